/**
 * Capture at undici's global dispatcher: for clients that took `fetch` before the middleware was installed, and for
 * userland undici, which shares the dispatcher with the runtime's own.
 *
 * Invariant: a dispatcher and a handler stay the objects that they are; only methods are put before theirs, which
 * give what theirs give (back-pressure included) and run with the same `this`.
 */
import { channel } from 'node:diagnostics_channel'
import { types } from 'node:util'
import type { Call } from './call.ts'
import { type AnswerFeed, feedAnswer } from './decoded-answer.ts'
import type { Layer } from './layer.ts'
import { reportFailure } from './report.ts'
import { createRequestReader, readRequest } from './request.ts'
import { toBytes } from './to-bytes.ts'
import { watchSocket } from './websocket.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shapes of three generations of undici
type Method = (this: any, ...args: any[]) => any
type Handler = Record<string, Method | undefined>
interface DispatchOptions {
  origin?: string | URL
  path?: string
  method?: string
  body?: unknown
}
type Dispatch = (this: unknown, options: DispatchOptions, handler: Handler) => boolean
interface Dispatcher {
  dispatch: Dispatch
}

/** Up to undici 7, and in each runtime; undici 8 has its own and writes a bridge to the first. */
const SLOTS = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) => Symbol.for(name))

export interface DispatcherCapture {
  /** Looks whether the host has set another dispatcher since. */
  refresh(): void
  restore(): void
}

/** Patches the global dispatchers that there are. */
export function captureDispatchers(layer: Layer): DispatcherCapture {
  const holder = globalThis as unknown as Record<symbol, Dispatcher | undefined>
  const last: (Dispatcher | undefined)[] = []
  const undo: (() => void)[] = []
  let active = true
  // The runtime's own exists once anything of its fetch has been asked for.
  void globalThis.Response

  function patch(slot: symbol, dispatcher: Dispatcher): Dispatcher {
    const original = dispatcher.dispatch
    const dispatch: Dispatch = function dispatchMetered(this: unknown, options, handler) {
      const call = active ? begin(layer, options, handler) : undefined
      if (!call) {
        const above = active ? layer.above() : undefined
        return original.call(this, above?.requestUnknown ? withBody(options, above) : options, handler)
      }
      return layer.hand(call, () => original.call(this, withBody(options, call), handler))
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
    for (const [index, slot] of SLOTS.entries()) {
      const now = holder[slot]
      if (now === last[index]) continue
      last[index] = now
      try {
        if (typeof now?.dispatch === 'function') last[index] = patch(slot, now)
      } catch (error) {
        reportFailure('watch a dispatcher', error)
      }
    }
  }

  // A dispatcher that was set meanwhile is noticed at the latest when it opens its first connection.
  const connecting = channel('undici:client:beforeConnect')
  connecting.subscribe(refresh)
  refresh()
  return {
    refresh,
    restore() {
      active = false
      connecting.unsubscribe(refresh)
      for (const one of undo.splice(0).reverse()) one()
    },
  }
}

function begin(layer: Layer, options: DispatchOptions, handler: Handler): Call | undefined {
  const { origin, path, method, body } = options
  if (origin === undefined) return undefined
  const call = layer.begin(
    method,
    () => new URL(path ?? '/', origin),
    (fields) => readRequest({ body: body as BodyInit }, fields),
  )
  if (!call) return undefined
  try {
    watchHandler(handler, call)
    return call
  } catch (error) {
    reportFailure('watch a request', error)
    call.discard()
    return undefined
  }
}

/** `fetch` hands its bodies down as iterables: they are read as they are sent. */
function withBody(options: DispatchOptions, call: Call): DispatchOptions {
  const { body } = options
  if (Object.prototype.toString.call(body) !== '[object AsyncGenerator]') return options
  return { ...options, body: readAlong(body as AsyncGenerator<Uint8Array>, call) }
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

/** Handlers that a host uses again, and the call that each is at. */
const current = new WeakMap<Handler, Call>()

function watchHandler(handler: Handler, call: Call): void {
  const reused = current.has(handler)
  current.set(handler, call)
  if (reused) return
  let feed: AnswerFeed | undefined
  let of: Call | undefined

  const head = (status: number, headers: (name: string) => string | null) => {
    if (status < 200) return
    of = current.get(handler)
    feed = of && feedAnswer(of, { status, headers: { get: headers } })
  }
  const chunk = (bytes: unknown) => {
    if (bytes instanceof Uint8Array) feed?.chunk(bytes)
  }
  const fail = (error: unknown) => {
    const answering = of === current.get(handler) ? feed : undefined
    if (answering) answering.end('cut', error)
    else current.get(handler)?.end('refused', error)
  }

  /** Puts `see` before a method that the handler has; its own failure is nobody's. */
  function before(name: string, see: Method): void {
    const original = handler[name]
    if (typeof original !== 'function') return
    handler[name] = function metered(this: unknown, ...args) {
      try {
        see(...args)
      } catch (error) {
        reportFailure('watch an answer', error)
      }
      return original.apply(this, args)
    }
  }

  if (typeof handler.onRequestStart === 'function') {
    before('onResponseStart', (_controller, status, headers) => head(status, namedHeader(headers)))
    before('onResponseData', (_controller, bytes) => chunk(bytes))
    before('onResponseEnd', () => feed?.end('done'))
    before('onResponseError', (_controller, error) => fail(error))
    before('onRequestUpgrade', (_controller, _status, headers, socket) =>
      watchSocket(call, { get: namedHeader(headers) }, socket),
    )
    return
  }
  before('onHeaders', (status, raw) => head(status, rawHeader(raw)))
  before('onData', chunk)
  before('onComplete', () => feed?.end('done'))
  before('onError', fail)
  before('onUpgrade', (_status, raw, socket) => watchSocket(call, { get: rawHeader(raw) }, socket))
}

/** Header names and values in turn, as bytes. */
function rawHeader(raw: readonly (Buffer | string)[] | null): (name: string) => string | null {
  return (name) => {
    for (let at = 0; raw && at + 1 < raw.length; at += 2) {
      if (String(raw[at]).toLowerCase() === name) return String(raw[at + 1])
    }
    return null
  }
}

function namedHeader(headers: Readonly<Record<string, unknown>> | null): (name: string) => string | null {
  return (name) => {
    const value = headers?.[name]
    return value === undefined || value === null ? null : String(value)
  }
}
