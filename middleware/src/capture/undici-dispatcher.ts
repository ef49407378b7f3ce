/**
 * Capture at undici's dispatchers: the global one, for clients that took `fetch` before the middleware was installed and
 * for userland undici, which shares it with the runtime's own; and all others of every copy of undici.
 *
 * Invariant: a dispatcher stays the object that it is; only its `dispatch` is put before, which gives what the
 * original gives and runs with the same `this`.
 */
import { types } from 'node:util'
import { dispatchGated } from './dispatch-gate.ts'
import { type DispatchOptions, withBody } from './dispatched-body.ts'
import { begin } from './dispatched-request.ts'
import { joinRequests } from './joined-request.ts'
import type { Layer } from './layer.ts'
import { reportFailure } from './report.ts'
import { watchCopies } from './undici-copies.ts'
import { type Handler, isWatched, watched } from './watched-handler.ts'

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

/** Says to dispatchers below that a request is counted, where they are given another handler than the watching one. */
const COUNTED = Symbol.for('spanmeter.counted.v1')

function isCounted(options: DispatchOptions): boolean {
  return (options as { [COUNTED]?: true })[COUNTED] === true
}

/** Patches the global dispatchers that there are, and those of every copy of undici that is loaded. */
export function captureDispatchers(layer: Layer): DispatcherCapture {
  const holder = globalThis as unknown as Record<symbol, Dispatcher | undefined>
  const globals: (GlobalDispatcher | undefined)[] = []
  const undo: (() => void)[] = []
  let active = true
  /** Requests that are made meanwhile are counted. */
  let passing = 0
  // The runtime's own exists once anything of its fetch has been asked for.
  void globalThis.Response

  function pass(send: () => boolean): boolean {
    passing++
    try {
      return send()
    } finally {
      passing--
    }
  }

  /** @param original what the patched `dispatch` does @param marks other patched ones lie below it */
  function metered(original: Dispatch, marks: boolean): Dispatch {
    const counted = (options: DispatchOptions): DispatchOptions =>
      marks
        ? Object.assign(Object.create(Object.getPrototypeOf(options)), options, { [COUNTED]: true })
        : options
    return function dispatchMetered(this: unknown, options, handler) {
      if (!active || !options || !handler) return original.call(this, options, handler)
      if (isCounted(options)) return pass(() => original.call(this, options, handler))
      if (isWatched(handler)) return pass(() => original.call(this, counted(options), handler))
      const call = begin(layer, options, this)
      const watching = call && watched(handler, call)
      if (call && watching) {
        if ((options.signal as Partial<AbortSignal> | null | undefined)?.aborted) call.abortedBefore = true
        const send = (asked: DispatchOptions) =>
          layer.hand(call, () => pass(() => original.call(this, counted(asked), watching)))
        return call.gated ? dispatchGated(call, options, handler, send) : send(withBody(options, call))
      }
      call?.discard()
      const above = layer.above()
      return original.call(this, above?.requestUnknown ? withBody(options, above) : options, handler)
    }
  }

  function patch(slot: symbol, dispatcher: Dispatcher): Dispatcher {
    const dispatch = metered(dispatcher.dispatch, false)
    if (!types.isProxy(dispatcher)) {
      patchOwn(dispatcher, dispatch)
      return dispatcher
    }
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

  function patchOwn(dispatcher: Dispatcher, dispatch: Dispatch): void {
    const own = Object.getOwnPropertyDescriptor(dispatcher, 'dispatch')
    Object.defineProperty(dispatcher, 'dispatch', { value: dispatch, configurable: true, writable: true })
    undo.push(() => {
      if (dispatcher.dispatch !== dispatch) return
      if (own) Object.defineProperty(dispatcher, 'dispatch', own)
      else delete (dispatcher as Partial<Dispatcher>).dispatch
    })
  }

  const copies = new Set<Dispatcher>()
  function patchCopy(prototype: Dispatcher): void {
    if (copies.has(prototype)) return
    copies.add(prototype)
    try {
      patchOwn(prototype, metered(prototype.dispatch, true))
    } catch (error) {
      reportFailure('watch dispatchers', error)
    }
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
    const lowest = globals.every((known) => known === undefined)
    globals[index] = { dispatcher: now, lowest }
    try {
      if (typeof now.dispatch === 'function') globals[index] = { dispatcher: patch(slot, now), lowest }
    } catch (error) {
      reportFailure('watch a dispatcher', error)
    }
  }

  // A dispatcher that was set meanwhile (undici 8 does so when it is loaded) is noticed by its first request.
  const known = watchCopies(patchCopy)
  const isCountedNow = () => {
    refresh()
    return passing > 0
  }
  const ends = [known.end, joinRequests(layer, isCountedNow, known.look)]
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
      for (const one of ends) one()
      for (const one of undo.splice(0).reverse()) one()
    },
  }
}
