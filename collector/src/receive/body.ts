/**
 * Reads a request's body, decompressed, within bounds.
 *
 * Invariant: neither the wire nor the decompressor ever holds more than `maxBytes` of it; a bomb is refused
 * as soon as it crosses the bound.
 */
import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { BadInput } from './bad-input.ts'
import type { BodyBuffers } from './body-buffers.ts'

/** More room than this is not made before anything has come. */
const MAX_AHEAD = 4 * 1024 * 1024

const DECODERS = { gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate) }

/** Throws `BadInput` with 413, 415 or 400. @param buffers where a body of a known length is put */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  buffers?: BodyBuffers,
): Promise<Buffer> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (encoding !== 'identity' && !(encoding in DECODERS)) {
    throw new BadInput(
      415,
      'encoding',
      `cannot read the body: content-encoding ${JSON.stringify(encoding.slice(0, 40))} is not supported; send gzip, deflate or identity`,
    )
  }
  const raw = await collect(request, maxBytes, buffers)
  if (encoding === 'identity') return raw
  try {
    return await DECODERS[encoding as keyof typeof DECODERS](raw, { maxOutputLength: maxBytes })
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, 'decompressed', cause)
    throw new BadInput(
      400,
      'compression',
      `cannot decompress the body: it is no valid ${encoding} data (${message}); send it again whole or with content-encoding identity`,
      { cause },
    )
  }
}

async function collect(request: IncomingMessage, maxBytes: number, buffers?: BodyBuffers): Promise<Buffer> {
  const declared = Number(request.headers['content-length'])
  if (declared > maxBytes) throw tooLarge(maxBytes, 'compressed')
  // the parser of HTTP sees to it that there is neither more nor less
  const whole = declared > 0 && declared <= MAX_AHEAD ? buffers?.take(declared) : undefined
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += part.length
      if (length > maxBytes) throw tooLarge(maxBytes, 'compressed')
      if (whole === undefined) parts.push(part)
      else part.copy(whole, length - part.length)
    }
  } catch (cause) {
    if (cause instanceof BadInput) throw cause
    throw new BadInput(
      400,
      'aborted',
      'cannot read the body: the connection ended before its end; send it again',
      { cause },
    )
  }
  if (whole !== undefined) return whole
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length)
}

function tooLarge(maxBytes: number, form: string, cause?: unknown): BadInput {
  return new BadInput(
    413,
    'too_large',
    `cannot accept the body: it is larger than ${maxBytes} bytes ${form}; send smaller batches`,
    { cause },
  )
}
