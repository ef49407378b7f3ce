/**
 * Bodies of requests as undici's dispatchers are given them.
 *
 * Invariant: a body is read as it is sent, once, and nothing of it is kept.
 */
import type { Call } from './call.ts'
import { createRequestReader } from './request.ts'
import { toBytes } from './to-bytes.ts'

export interface DispatchOptions {
  origin?: string | URL
  path?: string
  method?: string
  headers?: unknown
  body?: unknown
  signal?: unknown
}

/** Headers as undici takes them (a flat list, pairs, or an object), as pairs; names in lower case. */
export function headerPairs(headers: unknown): [string, unknown][] {
  if (headers === null || typeof headers !== 'object') return []
  const list: unknown[] = Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : []
  if (!(Symbol.iterator in headers)) {
    return Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  }
  if (Array.isArray(list[0])) {
    return list.map((pair) => [String((pair as unknown[])[0]).toLowerCase(), (pair as unknown[])[1]])
  }
  return list.flatMap((name, at) =>
    at % 2 === 0 ? [[String(name).toLowerCase(), list[at + 1]] as [string, unknown]] : [],
  )
}

/** `fetch` hands its bodies down as iterables: they are read as they are sent. */
export function withBody(options: DispatchOptions, call: Call): DispatchOptions {
  const { body } = options
  return isFetchBody(body) ? { ...options, body: readAlong(body, call) } : options
}

/** Whether a body is as `fetch` hands it down. */
export function isFetchBody(body: unknown): body is AsyncGenerator<Uint8Array> {
  return Object.prototype.toString.call(body) === '[object AsyncGenerator]'
}

async function* readAlong(body: AsyncGenerator<Uint8Array>, call: Call): AsyncGenerator<Uint8Array> {
  const reader = createRequestReader(call.requestFields)
  try {
    for await (const piece of body) {
      const bytes = toBytes([piece])
      if (bytes) reader.push(bytes)
      yield piece
    }
  } finally {
    call.requested(reader.facts())
  }
}
