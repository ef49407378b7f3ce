/**
 * Requests that a dispatcher has taken before anybody could count them: of copies of undici that cannot be found (in a
 * bundle), or that were loaded unnoticed.
 *
 * Invariant: such a request is counted once, and no budget refuses it any more: it has begun.
 */
import { channel } from 'node:diagnostics_channel'
import { type DispatchOptions, withBody } from './dispatched-body.ts'
import { addressOf } from './dispatched-request.ts'
import { type Layer, mayBeMetered } from './layer.ts'
import { reportFailure } from './report.ts'
import { readRequest } from './request.ts'
import { type Handler, isWatched, watched } from './watched-handler.ts'

/** As `undici:request:create` has it; its handler is behind a symbol. */
interface MadeRequest extends DispatchOptions {
  [handler: symbol]: Handler | undefined
}

/** Where a copy of undici has the handlers of its requests. */
const symbols = new WeakMap<object, symbol>()

function handlerSymbol(request: MadeRequest): symbol | undefined {
  const made = request.constructor
  const known = symbols.get(made)
  if (known) return known
  const found = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler')
  if (found) symbols.set(made, found)
  return found
}

/**
 * Follows every request that is made.
 *
 * @param isCounted whether the one that is made right now is counted by whoever hands it down
 * @param onCopy is told of the first request of each copy that is joined
 * @returns a function that ends it
 */
export function joinRequests(layer: Layer, isCounted: () => boolean, onCopy: () => void): () => void {
  const created = channel('undici:request:create')
  const onCreated = (message: unknown) => {
    if (!isCounted()) join(layer, (message as { request: MadeRequest }).request, onCopy)
  }
  created.subscribe(onCreated)
  return () => {
    created.unsubscribe(onCreated)
  }
}

function join(layer: Layer, request: MadeRequest, onCopy: () => void): void {
  try {
    const address = mayBeMetered(request.method) ? addressOf(request) : undefined
    const target = address === undefined ? undefined : layer.find(request.method, address)
    if (!target || address === undefined) return
    const isKnown = symbols.has(request.constructor)
    const symbol = handlerSymbol(request)
    const handler = symbol && request[symbol]
    if (!handler || isWatched(handler)) return
    const { body } = request
    const call = layer.open(target, address, (fields) => readRequest({ body: body as BodyInit }, fields))
    const watching = call && watched(handler, call, true)
    if (!call || !watching) {
      call?.discard()
      return
    }
    request[symbol] = watching
    request.body = withBody(request, call).body
    if (!isKnown) onCopy()
  } catch (error) {
    reportFailure('watch a request', error)
  }
}
