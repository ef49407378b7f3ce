/**
 * Requests as undici's dispatchers are given them: where they go, and the calls that they begin.
 *
 * Invariant: nothing of a request is changed.
 */
import type { Call } from './call.ts'
import type { DispatchOptions } from './dispatched-body.ts'
import type { Layer } from './layer.ts'
import { readRequest } from './request.ts'

/** The call that a request begins, where nobody has counted it above. @param dispatcher whose origin may be meant */
export function begin(layer: Layer, options: DispatchOptions, dispatcher?: unknown): Call | undefined {
  const { method, body } = options
  return layer.begin(
    method,
    () => addressOf(options, dispatcher),
    (fields) => readRequest({ body: body as BodyInit }, fields),
  )
}

/** Where a request goes; `undefined` where nobody says so. */
export function addressOf({ origin, path }: DispatchOptions, dispatcher?: unknown): string | undefined {
  const named = origin ?? originOf(dispatcher)
  if (named === undefined) return undefined
  return `${typeof named === 'string' ? named : named.origin}${path ?? '/'}`
}

/** Clients and pools are for one origin, which their requests need not name. */
function originOf(dispatcher: unknown): URL | undefined {
  if (typeof dispatcher !== 'object' || dispatcher === null) return undefined
  const symbol = Object.getOwnPropertySymbols(dispatcher).find(({ description }) => description === 'url')
  const url: unknown = symbol && (dispatcher as { [symbol]?: unknown })[symbol]
  return url instanceof URL ? url : undefined
}
