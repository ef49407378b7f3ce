import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Call } from './call.ts'
import { feedAnswer } from './decoded-answer.ts'

/** What a call would see. */
function record(streamed: boolean) {
  const seen = { text: '', ends: [] as unknown[], discarded: false, finishing: undefined as unknown }
  const call = {
    finishing: undefined as Promise<void> | undefined,
    streamed,
    head() {},
    claim: () => true,
    chunk(bytes: Uint8Array) {
      seen.text += Buffer.from(bytes).toString('latin1')
    },
    end: (outcome: string, cause?: unknown) => void seen.ends.push([outcome, cause]),
    discard() {
      seen.discarded = true
    },
  }
  return { seen, call: call as unknown as Call }
}

const head = (encoding: string | null, status = 200, location: string | null = null) => ({
  status,
  headers: {
    get: (name: string) => (name === 'content-encoding' ? encoding : name === 'location' ? location : null),
  },
})

/** Decodes as a stream and as a whole, which must be the same. */
async function decode(encoding: string, bytes: Uint8Array, cuts: number[], outcome: 'done' | 'cut' = 'done') {
  const streamed = await decodeAs(true, encoding, bytes, cuts, outcome)
  expect(await decodeAs(false, encoding, bytes, cuts, outcome)).toBe(streamed)
  return streamed
}

async function decodeAs(
  streamed: boolean,
  encoding: string,
  bytes: Uint8Array,
  cuts: number[],
  outcome: 'done' | 'cut',
) {
  const { seen, call } = record(streamed)
  const feed = feedAnswer(call, head(encoding))
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    feed?.chunk(bytes.subarray(from, to))
    from = to
  }
  feed?.end(outcome)
  await call.finishing
  expect(seen.ends).toEqual([[outcome, undefined]])
  return seen.text
}

const TEXT = Buffer.from(Array.from({ length: 500 }, (_, at) => `data: {"n":${at}}\n\n`).join(''))
const FORMATS: [string, Uint8Array][] = [
  ['gzip', zlib.gzipSync(TEXT)],
  ['x-gzip', zlib.gzipSync(TEXT)],
  [' GZIP ', zlib.gzipSync(TEXT)],
  ['deflate', zlib.deflateSync(TEXT)],
  ['deflate', zlib.deflateRawSync(TEXT)],
  ['br', zlib.brotliCompressSync(TEXT)],
]
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }
if (zstdCompressSync) FORMATS.push(['zstd', zstdCompressSync(TEXT)])

describe('a compressed answer', () => {
  it('is decoded the same wherever it is cut', async () => {
    for (const [encoding, bytes] of FORMATS) {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 8 }), async (cuts) => {
          const text = await decode(
            encoding,
            bytes,
            cuts.sort((a, b) => a - b),
          )
          expect(text).toBe(TEXT.toString())
        }),
        { numRuns: 20 },
      )
    }
  })

  it('is decoded whatever its size is, before and behind', async () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7919 * (at % 251)) % 128))
    for (const text of [noise, Buffer.alloc(3_000_000, 'a')]) {
      for (const bytes of [zlib.gzipSync(text), zlib.brotliCompressSync(text)]) {
        const encoding = bytes[0] === 0x1f ? 'gzip' : 'br'
        expect((await decode(encoding, bytes, [1, bytes.length >> 1])) === text.toString('latin1')).toBe(true)
      }
    }
  })

  it('gives what it has where it breaks off', async () => {
    const zip = zlib.createGzip()
    zip.write(TEXT)
    await new Promise<void>((resolve) => zip.flush(resolve))
    // Since Node 26, one read gives one of the pieces that are there.
    const pieces: Buffer[] = []
    for (let piece = zip.read(); piece !== null; piece = zip.read()) pieces.push(piece)
    const bytes = Buffer.concat(pieces)
    zip.destroy()
    expect(await decode('gzip', bytes, [], 'cut')).toBe(TEXT.toString())
    for (const [encoding, whole] of FORMATS) {
      const text = await decode(encoding, whole.subarray(0, whole.length - 9), [], 'cut')
      expect(TEXT.toString().startsWith(text)).toBe(true)
    }
  })

  it('ends the call once, also where it is no such thing', async () => {
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd', 'compress', 'gzip, br']) {
      expect(await decode(encoding, Buffer.from('{"not":"compressed"}'), [5])).not.toContain('not"')
    }
    expect(await decode('gzip', new Uint8Array(), [])).toBe('')
  })

  it('is given up, not kept, where more comes than can be decoded', async () => {
    const { seen, call } = record(false)
    const feed = feedAnswer(call, head('gzip'))
    const large = zlib.gzipSync(Buffer.alloc(1_000), { level: 0 })
    const piece = Buffer.concat(Array(1_000).fill(large))
    // All in one turn: nothing is decoded meanwhile.
    for (let at = 0; at < 64; at++) feed?.chunk(piece)
    feed?.end('done')
    await call.finishing
    expect(seen.ends).toEqual([['done', undefined]])
    expect(seen.text.length).toBeLessThan(64 * 1_000 * 1_000)
  })
})

describe('an answer as it is', () => {
  it('goes to the call itself', () => {
    for (const encoding of [null, '', 'identity']) {
      const { call } = record(false)
      expect(feedAnswer(call, head(encoding))).toBe(call)
    }
  })

  it('is no call where it sends the client elsewhere', () => {
    const { seen, call } = record(false)
    expect(feedAnswer(call, head(null, 307, '/other'))).toBeUndefined()
    expect(seen.discarded).toBe(true)
    expect(feedAnswer(record(false).call, head(null, 304))).toBeDefined()
  })
})
