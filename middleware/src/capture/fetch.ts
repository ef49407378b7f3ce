/**
 * Capture at a `fetch` function: the global one, or one that the host wraps itself.
 *
 * Invariant: a call that is not metered gets the very promise that the original `fetch` returns; a metered one
 * gets the same response or error, also when everything in here fails.
 */
import type { Call } from './call.ts'
import { sendAsking, withStreamUsage } from './inject-usage.ts'
import type { Layer } from './layer.ts'
import { passGate } from './pass-gate.ts'
import { reportFailure } from './report.ts'
import { methodOf, readRequest, urlOf } from './request.ts'
import { createResponseWatcher, type WatchResponse } from './watch-response.ts'

type Fetch = typeof globalThis.fetch

/** Patches `globalThis.fetch`. @returns a function that takes the patch off, or out of action where it is buried */
export function captureFetch(layer: Layer): () => void {
  const original = globalThis.fetch
  let active = true
  const fetch = meteredFetch(original, () => (active ? layer : undefined))
  globalThis.fetch = fetch
  return () => {
    active = false
    if (globalThis.fetch === fetch) globalThis.fetch = original
  }
}

/** A `fetch` that meters. @param layerNow is asked at every call; `undefined` = not now */
export function meteredFetch(original: Fetch, layerNow: () => Layer | undefined): Fetch {
  const watchers = new Map<unknown, WatchResponse>()

  /** Of the class that the response is of: userland undici has one of its own. */
  function watcherOf(response: Response): WatchResponse | undefined {
    const Base = response.constructor as typeof Response
    if (!(response.body instanceof ReadableStream) || typeof Base?.prototype?.json !== 'function') {
      return undefined
    }
    const watch = watchers.get(Base) ?? createResponseWatcher(Base)
    watchers.set(Base, watch)
    return watch
  }

  function answer(call: Call, response: Response): Response {
    try {
      call.head(response)
      const watch = hasBody(response) ? watcherOf(response) : undefined
      if (watch) watch(response, call)
      else call.end('done')
    } catch (error) {
      reportFailure('watch an answer', error)
      call.end('unread')
    }
    return response
  }

  function refused(call: Call, error: unknown): never {
    call.end('refused', error)
    throw error
  }

  return function fetch(this: unknown, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const layer = layerNow()
    const call = layer && begin(layer, input, init)
    if (!layer || !call) return original.call(this as typeof globalThis, input, init)
    const send = (as: RequestInit | undefined) => dispatch(layer, call, this as typeof globalThis, input, as)
    const verdict = call.admit()
    return verdict === undefined ? send(init) : passGate(call, verdict, init, send)
  }

  function dispatch(
    layer: Layer,
    call: Call,
    self: typeof globalThis,
    input: RequestInfo | URL,
    init: RequestInit | undefined,
  ): Promise<Response> {
    const host = call.streamUsageHost
    const asking = host === undefined ? undefined : withStreamUsage(init)
    if (host !== undefined && asking) {
      const send = (asks: boolean) => layer.hand(call, () => original.call(self, input, asks ? asking : init))
      return sendAsking(host, send, (response) => answer(call, response)).catch((error: unknown) =>
        refused(call, error),
      )
    }
    return layer
      .hand(call, () => original.call(self, input, init))
      .then(
        (response) => answer(call, response),
        (error: unknown) => refused(call, error),
      )
  }
}

function begin(layer: Layer, input: unknown, init: RequestInit | undefined): Call | undefined {
  try {
    return layer.begin(
      methodOf(input, init),
      () => urlOf(input),
      (fields) => readRequest(init, fields),
    )
  } catch (error) {
    reportFailure('start a call', error)
    return undefined
  }
}

/** Whether there is anything to wait for; asked without creating what `body` would create. */
function hasBody(response: Response): boolean {
  return (
    response.status !== 204 && response.status !== 205 && response.status !== 304 && response.body !== null
  )
}
