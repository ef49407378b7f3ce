/**
 * Feeds a call from the raw bytes of an answer, for the transports that see a body before it is decompressed.
 *
 * Invariant: at most {@link MAX_BACKLOG} bytes wait to be decompressed; more, or bytes that are not what the head
 * says, leave the call without usage and change nothing for the host.
 */
import type { Transform } from 'node:stream'
import type { Call } from './call.ts'
import type { AnswerHead } from './call-start.ts'
import { reportFailure } from './report.ts'
import type { CallEnd } from './settle.ts'

/** Takes an answer as it comes off the wire. None of its methods throws. */
export interface AnswerFeed {
  chunk(raw: Uint8Array): void
  /** As {@link Call.end}, once what came before is decoded. */
  end(outcome: CallEnd['outcome'], cause?: unknown): void
}

const MAX_BACKLOG = 4 * 1024 * 1024
/** Bytes that are decoded at once, and how many they may become. */
const SMALL = 32 * 1024
const MAX_AT_ONCE = 1024 * 1024

/** Shows the head to the call. @returns where the bytes go; `undefined` where it sends the client elsewhere */
export function feedAnswer(call: Call, head: AnswerHead): AnswerFeed | undefined {
  if (head.status >= 300 && head.status < 400 && head.headers.get('location') !== null) {
    call.discard()
    return undefined
  }
  call.head(head)
  call.claim(call)
  const encoding = head.headers.get('content-encoding')?.trim().toLowerCase()
  if (!encoding || encoding === 'identity') return call
  return call.streamed ? decode(call, encoding) : decodeWhole(call, encoding)
}

/**
 * Decodes a body at its end and at once, because a decoder that works piece by piece costs many times as much as all
 * that is in a small body. One that grows larger goes on piece by piece.
 */
function decodeWhole(call: Call, encoding: string): AnswerFeed {
  let held: Uint8Array[] = []
  let size = 0
  let further: AnswerFeed | undefined
  let ended = false
  function goOn(): AnswerFeed {
    const feed = decode(call, encoding)
    for (const raw of held) feed.chunk(raw)
    held = []
    return feed
  }
  return {
    chunk(raw) {
      if (ended || raw.byteLength === 0) return
      if (further) {
        further.chunk(raw)
        return
      }
      // A copy, because the host may change or hand on its bytes while they wait.
      held.push(new Uint8Array(raw))
      size += raw.byteLength
      if (size > SMALL) further = goOn()
    },
    end(outcome, cause) {
      if (ended) return
      ended = true
      const bytes = further ? undefined : atOnce(encoding, held)
      if (bytes) {
        call.chunk(bytes)
        call.end(outcome, cause)
      } else (further ?? goOn()).end(outcome, cause)
    },
  }
}

/** The bytes behind a small body; `undefined` where that is too much to do at once, or the body is broken. */
function atOnce(encoding: string, held: readonly Uint8Array[]): Uint8Array | undefined {
  const body = held.length === 1 ? held[0] : Buffer.concat(held)
  if (!body || body.length === 0) return undefined
  const zlib = process.getBuiltinModule('node:zlib')
  const { constants } = zlib
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: MAX_AT_ONCE }
  try {
    switch (encoding) {
      case 'gzip':
      case 'x-gzip':
        return zlib.gunzipSync(body, options)
      case 'br':
        return zlib.brotliDecompressSync(body, {
          ...options,
          finishFlush: constants.BROTLI_OPERATION_FLUSH,
        })
    }
  } catch {
    // Whoever decodes it piece by piece will say what is wrong.
  }
  return undefined
}

function decode(call: Call, encoding: string): AnswerFeed {
  let decoder: Transform | undefined
  let ended = false
  let broken = false
  function fail(error: unknown): void {
    broken = true
    decoder?.destroy()
    reportFailure('decode an answer', error)
  }
  function start(raw: Uint8Array): Transform {
    const created = createDecoder(encoding, raw[0] ?? 0)
    created.on('data', (bytes: Uint8Array) => call.chunk(bytes))
    created.on('error', fail)
    return created
  }
  return {
    chunk(raw) {
      if (ended || broken || raw.byteLength === 0) return
      try {
        decoder ??= start(raw)
        if (decoder.writableLength > MAX_BACKLOG) throw new Error('too much waits to be decoded')
        // A copy, because the host may change or hand on its bytes while they wait.
        decoder.write(new Uint8Array(raw))
      } catch (error) {
        fail(error)
      }
    },
    end(outcome, cause) {
      if (ended) return
      ended = true
      if (!decoder || decoder.destroyed) {
        call.end(outcome, cause)
        return
      }
      const last = decoder
      call.finishing = new Promise((resolve) => {
        last.once('close', () => {
          call.end(outcome, cause)
          resolve()
        })
      })
      last.end()
    },
  }
}

/** Decoders that give what they have when the body ends too early. @param first byte of the body */
function createDecoder(encoding: string, first: number): Transform {
  const zlib = process.getBuiltinModule('node:zlib')
  const { constants } = zlib
  const finishFlush = constants.Z_SYNC_FLUSH
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip({ finishFlush })
    case 'deflate':
      // Servers mean either format by it; only zlib's begins with its method, 8.
      return (first & 15) === 8 ? zlib.createInflate({ finishFlush }) : zlib.createInflateRaw({ finishFlush })
    case 'br':
      return zlib.createBrotliDecompress({ finishFlush: constants.BROTLI_OPERATION_FLUSH })
    case 'zstd': {
      // Since Node 22.15.
      const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
      if (createZstdDecompress) return createZstdDecompress()
    }
  }
  throw new Error(`nothing here decodes content-encoding ${encoding.slice(0, 32)}`)
}
