/**
 * Capture at undici's global dispatcher: for clients that took `fetch` before the middleware was installed, and for
 * userland undici, which shares the dispatcher with the runtime's own.
 *
 * Invariant: a dispatcher stays the object that it is; only its `dispatch` is put before, which gives what the
 * original gives and runs with the same `this`.
 */
import { channel } from 'node:diagnostics_channel'
import { types } from 'node:util'
import type { Call } from './call.ts'
import { dispatchGated } from './dispatch-gate.ts'
import { type DispatchOptions, withBody } from './dispatched-body.ts'
import type { Layer } from './layer.ts'
import { reportFailure } from './report.ts'
import { readRequest } from './request.ts'
import { type Handler, isWatched, watched } from './watched-handler.ts'

/** As `undici:request:create` has it; its handler is behind a symbol. */
interface MadeRequest extends DispatchOptions {
  [handler: symbol]: Handler | undefined
}
export type Dispatch = (this: unknown, options: DispatchOptions, handler: Handler) => boolean
export interface Dispatcher {
  dispatch: Dispatch
}

/** Up to undici 7, and in each runtime; undici 8 has its own and writes a bridge to the first. */
const SLOTS = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) => Symbol.for(name))

/** A global dispatcher, and how calls that were counted above it are given to it. */
export interface GlobalDispatcher {
  dispatcher: Dispatcher
  /** No other patched dispatcher lies below it: a watched handler is enough to be counted once. */
  lowest: boolean
}

export interface DispatcherCapture {
  /** Looks whether the host has set another dispatcher since. */
  refresh(): void
  /** The dispatcher that takes requests with such a handler, where none is named. */
  globalFor(handler: Handler): GlobalDispatcher | undefined
  restore(): void
}

/** Patches the global dispatchers that there are. */
export function captureDispatchers(layer: Layer): DispatcherCapture {
  const holder = globalThis as unknown as Record<symbol, Dispatcher | undefined>
  const globals: (GlobalDispatcher | undefined)[] = []
  const undo: (() => void)[] = []
  let active = true
  // The runtime's own exists once anything of its fetch has been asked for.
  void globalThis.Response

  function patch(slot: symbol, dispatcher: Dispatcher): Dispatcher {
    const original = dispatcher.dispatch
    const dispatch: Dispatch = function dispatchMetered(this: unknown, options, handler) {
      if (!active || isWatched(handler)) return original.call(this, options, handler)
      const call = begin(layer, options)
      const watching = call && watched(handler, call)
      if (call && watching) {
        if ((options.signal as Partial<AbortSignal> | null | undefined)?.aborted) call.abortedBefore = true
        const send = (asked: DispatchOptions) => layer.hand(call, () => original.call(this, asked, watching))
        return call.gated ? dispatchGated(call, options, handler, send) : send(withBody(options, call))
      }
      call?.discard()
      const above = layer.above()
      return original.call(this, above?.requestUnknown ? withBody(options, above) : options, handler)
    }
    if (types.isProxy(dispatcher)) {
      // Composed ones answer for `dispatch` themselves, whatever is set on them.
      const outer = new Proxy(dispatcher, {
        get: (target, name) => (name === 'dispatch' ? dispatch.bind(target) : Reflect.get(target, name)),
      })
      holder[slot] = outer
      undo.push(() => {
        if (holder[slot] === outer) holder[slot] = dispatcher
      })
      return outer
    }
    const own = Object.getOwnPropertyDescriptor(dispatcher, 'dispatch')
    Object.defineProperty(dispatcher, 'dispatch', { value: dispatch, configurable: true, writable: true })
    undo.push(() => {
      if (dispatcher.dispatch !== dispatch) return
      if (own) Object.defineProperty(dispatcher, 'dispatch', own)
      else delete (dispatcher as Partial<Dispatcher>).dispatch
    })
    return dispatcher
  }

  function refresh(): void {
    // The newest first: what undici 8 writes for the others lies above it.
    for (let index = SLOTS.length - 1; index >= 0; index--) look(index, SLOTS[index] as symbol)
  }

  function look(index: number, slot: symbol): void {
    const now = holder[slot]
    if (now === globals[index]?.dispatcher) return
    const same = globals.find((known) => known?.dispatcher === now)
    if (now === undefined || same) {
      globals[index] = same
      return
    }
    // Whoever came before may lie below, wherever it was found.
    const lowest = undo.length === 0
    globals[index] = { dispatcher: now, lowest }
    try {
      if (typeof now.dispatch === 'function') globals[index] = { dispatcher: patch(slot, now), lowest }
    } catch (error) {
      reportFailure('watch a dispatcher', error)
    }
  }

  // A dispatcher that was set meanwhile (undici 8 does so when it is loaded) is noticed by its first request, which
  // has passed it already and is joined on its way.
  const created = channel('undici:request:create')
  const onCreated = (message: unknown) => {
    const known = undo.length
    refresh()
    if (undo.length > known) join(layer, (message as { request: MadeRequest }).request)
  }
  created.subscribe(onCreated)
  refresh()
  return {
    refresh,
    globalFor(handler) {
      refresh()
      const controlled = typeof handler.onRequestStart === 'function'
      return (controlled ? globals[1] : undefined) ?? globals[0]
    },
    restore() {
      active = false
      created.unsubscribe(onCreated)
      for (const one of undo.splice(0).reverse()) one()
    },
  }
}

/** Follows a request that a dispatcher has taken already. */
function join(layer: Layer, request: MadeRequest): void {
  try {
    const symbol = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler')
    const handler = symbol && request[symbol]
    if (!handler || isWatched(handler)) return
    const call = begin(layer, request)
    const watching = call && watched(handler, call)
    if (!call || !watching) {
      call?.discard()
      return
    }
    request[symbol] = watching
    request.body = withBody(request, call).body
  } catch (error) {
    reportFailure('watch a request', error)
  }
}

/** The call that a request begins, where nobody has counted it above. */
export function begin(layer: Layer, options: DispatchOptions): Call | undefined {
  const { origin, path, method, body } = options
  if (origin === undefined) return undefined
  return layer.begin(
    method,
    () => `${typeof origin === 'string' ? origin : origin.origin}${path ?? '/'}`,
    (fields) => readRequest({ body: body as BodyInit }, fields),
  )
}
