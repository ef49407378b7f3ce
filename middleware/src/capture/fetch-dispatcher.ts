/**
 * The dispatcher that a metered `fetch` is given for one call: it begins the call when undici really sends it, and
 * hands the request on to the dispatcher that would have sent it anyway.
 *
 * Invariant: the host gets the promise and the response of its own `fetch`, untouched. Every request that is sent
 * is counted once, here or at the patched global dispatcher: also where `fetch` ignores what it is given, and
 * where one call sends several requests because it is sent elsewhere.
 */
import type { Target } from '../providers/targets.ts'
import type { Call } from './call.ts'
import { type DirectFetch, isPlain, METERED } from './direct-fetch.ts'
import { dispatchGated } from './dispatch-gate.ts'
import { type DispatchOptions, withBody } from './dispatched-body.ts'
import { begin } from './dispatched-request.ts'
import type { Layer } from './layer.ts'
import { reportFailure } from './report.ts'
import { readRequest } from './request.ts'
import type { Dispatcher, DispatcherCapture, GlobalDispatcher } from './undici-dispatcher.ts'
import { type Handler, watched } from './watched-handler.ts'

type Init = RequestInit & { dispatcher?: Dispatcher }

/** @param works whether that is known already */
export function createDirectFetch(layer: Layer, dispatchers: DispatcherCapture, works: boolean): DirectFetch {
  const dispatcherFor = (init: Init | undefined) => new CallDispatcher(layer, dispatchers, init?.dispatcher)
  const direct: DirectFetch = {
    works,
    counted(target, address, init) {
      const dispatcher = dispatcherFor(init)
      dispatcher.expect(target, address, init)
      return using(dispatcher, init)
    },
    carrying(call, init) {
      const dispatcher = dispatcherFor(init)
      dispatcher.carry(call)
      return using(dispatcher, init)
    },
    probing(init) {
      if (!isPlain(init) || (init as Init | undefined)?.dispatcher) return init
      const dispatcher: Dispatcher = {
        dispatch(options, handler) {
          direct.works = true
          const global = dispatchers.globalFor(handler)
          if (!global) throw new Error('cannot dispatch: undici has no global dispatcher')
          return global.dispatcher.dispatch(options, handler)
        },
      }
      return using(dispatcher, init)
    },
  }
  return direct
}

function using(dispatcher: Dispatcher, init: RequestInit | undefined): RequestInit {
  // Not by a spread before a further key, which costs several times as much.
  const changed: Init = Object.assign({}, init)
  changed.dispatcher = dispatcher
  return changed
}

class CallDispatcher implements Dispatcher {
  readonly #layer: Layer
  readonly #dispatchers: DispatcherCapture
  /** The one that the host chose for this call. */
  readonly #own: Dispatcher | undefined
  /** The call that the first request is, where it has begun already. */
  #call: Call | undefined
  #target: Target | undefined
  #address = ''
  #body: RequestInit['body'] | undefined
  readonly [METERED]: true = true

  constructor(layer: Layer, dispatchers: DispatcherCapture, own: Dispatcher | undefined) {
    this.#layer = layer
    this.#dispatchers = dispatchers
    this.#own = own
  }

  /** What the first request calls. */
  expect(target: Target, address: string, init: RequestInit | undefined): void {
    this.#target = target
    this.#address = address
    this.#body = init?.body
  }

  /** The first request is that of a call that has begun already. */
  carry(call: Call): void {
    this.#call = call
  }

  /** Undici gives bodies to mocks in another way. */
  get isMockActive(): unknown {
    const own = this.#own ?? this.#dispatchers.globalFor({})?.dispatcher
    return (own as { isMockActive?: unknown } | undefined)?.isMockActive
  }

  dispatch(options: DispatchOptions, handler: Handler): boolean {
    const global: GlobalDispatcher | undefined = this.#own
      ? { dispatcher: this.#own, lowest: false }
      : this.#dispatchers.globalFor(handler)
    if (!global) throw new Error('cannot dispatch: undici has no global dispatcher')
    const { dispatcher, lowest } = global
    const first = this.#target !== undefined || this.#call !== undefined
    const call = this.#open(options)
    const watching = call && watched(handler, call)
    if (!call || !watching) {
      call?.discard()
      return dispatcher.dispatch(options, handler)
    }
    const send = (asked: DispatchOptions) => {
      const dispatch = () => dispatcher.dispatch(asked, watching)
      return lowest ? this.#layer.enter(call, dispatch) : this.#layer.hand(call, dispatch)
    }
    if (call.gated) return dispatchGated(call, options, handler, send)
    return send(first ? options : withBody(options, call))
  }

  #open(options: DispatchOptions): Call | undefined {
    try {
      const carried = this.#call
      this.#call = undefined
      if (carried) return carried
      const target = this.#target
      // Sent elsewhere: the request says itself what it is.
      if (!target) return begin(this.#layer, options)
      const body = this.#body
      this.#target = undefined
      this.#body = undefined
      return this.#layer.open(target, this.#address, (fields) => readRequest({ body: body ?? null }, fields))
    } catch (error) {
      reportFailure('start a call', error)
      return undefined
    }
  }
}
