import zlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { awsEvent, awsException, awsFrame } from '../../../examples/provider/aws-events.ts'
import { createAwsEventStreamParser } from './aws-event-stream.ts'
import { crc32 } from './crc32.ts'
import { toLatin1 } from './latin1.ts'

function parse(bytes: Uint8Array, cuts: readonly number[], maxData?: number): unknown[] {
  const seen: unknown[] = []
  const parser = createAwsEventStreamParser(
    {
      onEvent: (type, data) => seen.push([type, data]),
      onLargeEvent(type) {
        let size = 0
        return { push: (part) => (size += part.length), end: () => seen.push([type, size]) }
      },
      onException: (type) => seen.push({ exception: type }),
    },
    maxData,
  )
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    parser.push(toLatin1(bytes.subarray(from, to)))
    from = to
  }
  parser.end()
  return seen
}

const STREAM = Buffer.concat([
  awsEvent('messageStart', { role: 'assistant' }),
  awsEvent('contentBlockDelta', { delta: { text: 'grüße' } }),
  awsFrame({ ':event-type': 'empty', ':message-type': 'event' }, ''),
  awsEvent('metadata', { usage: { inputTokens: 3 } }),
  awsException('throttlingException', 'slow down'),
])
const WANT = [
  ['messageStart', '{"role":"assistant"}'],
  ['contentBlockDelta', toLatin1(Buffer.from('{"delta":{"text":"grüße"}}'))],
  ['empty', ''],
  ['metadata', '{"usage":{"inputTokens":3}}'],
  { exception: 'throttlingException' },
]

describe('CRC-32', () => {
  it('is the one of ISO 3309, whole and in pieces', () => {
    expect(crc32('123456789')).toBe(0xcbf43926)
    expect(crc32('6789', crc32('12345'))).toBe(0xcbf43926)
    const gzip = zlib.gzipSync('some text')
    expect(crc32('some text')).toBe(gzip.readUInt32LE(gzip.length - 8))
  })
})

describe('AWS event streams', () => {
  it('gives the same messages wherever the bytes are cut', () => {
    expect(parse(STREAM, [])).toEqual(WANT)
    for (let at = 1; at < STREAM.length; at++) expect(parse(STREAM, [at])).toEqual(WANT)
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
        expect(
          parse(
            STREAM,
            cuts.sort((a, b) => a - b),
          ),
        ).toEqual(WANT)
      }),
    )
  })

  it('delivers no message of which a bit has changed, and none after it', () => {
    for (let at = 0; at < STREAM.length; at++) {
      const changed = Buffer.from(STREAM)
      changed[at] = (changed[at] ?? 0) ^ 16
      const seen = parse(changed, [])
      expect(seen.length).toBeLessThan(WANT.length)
      expect(seen).toEqual(WANT.slice(0, seen.length))
    }
  })

  it('hands what is too large on in pieces, and says its end only where the CRC fits', () => {
    const large = awsEvent('chunk', { bytes: 'x'.repeat(5_000) })
    const want = [['chunk', 5_012], ...WANT]
    const all = Buffer.concat([large, STREAM])
    for (const cuts of [[], [20], [100, 3_000], [large.length - 2]]) {
      expect(parse(all, cuts, 1_000)).toEqual(want)
    }
    const changed = Buffer.from(all)
    changed[3_000] = 0
    expect(parse(changed, [], 1_000)).toEqual([])
  })

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        parse(bytes, [])
        parse(Buffer.concat([STREAM.subarray(0, 60), bytes]), [30])
      }),
    )
  })

  it('reads headers of every type', () => {
    const odd = Buffer.from([
      1,
      97,
      0,
      1,
      98,
      4,
      0,
      0,
      0,
      1,
      1,
      99,
      6,
      0,
      2,
      1,
      2,
      1,
      100,
      9,
      ...Array(16).fill(7),
    ])
    const named = awsFrame({ ':event-type': 'x' }, '').subarray(12, -4)
    const head = Buffer.concat([odd, named])
    const prelude = Buffer.alloc(12)
    prelude.writeUInt32BE(16 + head.length, 0)
    prelude.writeUInt32BE(head.length, 4)
    prelude.writeUInt32BE(crc32(toLatin1(prelude.subarray(0, 8))), 8)
    const message = Buffer.concat([prelude, head])
    const sum = Buffer.alloc(4)
    sum.writeUInt32BE(crc32(toLatin1(message)))
    expect(parse(Buffer.concat([message, sum]), [])).toEqual([['x', '']])
  })
})
