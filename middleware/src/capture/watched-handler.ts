/**
 * Handlers that show an answer to a call on its way to the handler that the host (or its `fetch`) gave undici.
 *
 * Invariant: every method gives what the inner handler's gives, back-pressure included, and runs with the inner
 * handler as its `this`; what fails in here is nobody's. One class for each generation of undici, so that all
 * handlers have one shape.
 */
import type { Socket } from 'node:net'
import type { Call } from './call.ts'
import { type AnswerFeed, feedAnswer } from './decoded-answer.ts'
import { givenUp } from './given-up.ts'
import { reportFailure } from './report.ts'
import { watchSocket } from './websocket.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shapes of three generations of undici
type Method = (this: any, ...args: any[]) => any
/** What a dispatcher tells of a request; the methods are those of undici's generation. */
export type Handler = Record<string, Method | undefined>

/** Begins no second call where a handler with it passes another patched dispatcher; shared by copies of the package. */
const WATCHED = Symbol.for('spanmeter.watched.v1')

/** Whether the request behind a handler is counted already. */
export function isWatched(handler: Handler): boolean {
  return (handler as { [WATCHED]?: boolean })[WATCHED] === true
}

/**
 * A handler that does what `handler` does, and shows the answer to `call`; `undefined` where undici will refuse
 * `handler`.
 */
export function watched(handler: Handler, call: Call, joined = false): Handler | undefined {
  if (typeof handler.onRequestStart === 'function') {
    return new ControlledHandler(handler, call, joined) as unknown as Handler
  }
  const { onConnect, onHeaders, onData, onComplete, onError } = handler
  return onConnect && onHeaders && onData && onComplete && onError
    ? (new RawHandler(handler, call, joined) as unknown as Handler)
    : undefined
}

/** How many requests of watched handlers have begun so far. */
let begun = 0

/** The call's side of an answer. */
class Watch {
  readonly inner: Handler
  readonly #call: Call
  readonly #joined: boolean
  #feed: AnswerFeed | undefined
  #connected = false
  readonly [WATCHED] = true

  /**
   * @param joined the request was found on its way: where its handler holds another watched one, which undici has
   * wrapped, it was counted above
   */
  constructor(inner: Handler, call: Call, joined: boolean) {
    this.inner = inner
    this.#call = call
    this.#joined = joined
  }

  /**
   * @param aborted before anything was sent
   * @param before of {@link begun}, before the inner handler was told
   */
  seeConnection(aborted: boolean, before: number): void {
    if (this.#joined && begun !== before) this.#call.discard()
    begun++
    if (!aborted) this.#connected = true
  }

  seeHead(status: number, headers: { get(name: string): string | null }): void {
    if (status < 200) return
    try {
      this.#feed = feedAnswer(this.#call, { status, headers })
    } catch (error) {
      reportFailure('watch an answer', error)
    }
  }

  seeChunk(bytes: unknown): void {
    if (bytes instanceof Uint8Array) this.#feed?.chunk(bytes)
  }

  seeEnd(): void {
    this.#feed?.end('done')
  }

  /** @param aborted by whoever the answer is for; undici then hands on the reason, which may be anything */
  seeFailure(error: unknown, aborted: boolean): void {
    const cause = aborted ? givenUp(error) : error
    if (aborted && !this.#connected) this.#call.unsent()
    if (this.#feed) this.#feed.end('cut', cause)
    else this.#call.end('refused', cause)
  }

  seeUpgrade(headers: { get(name: string): string | null }, socket: unknown): void {
    try {
      watchSocket(this.#call, headers, socket as Socket)
    } catch (error) {
      reportFailure('watch a connection', error)
    }
  }

  // Of both generations.

  onResponseStarted(...args: unknown[]): unknown {
    return this.inner.onResponseStarted?.(...args)
  }

  onBodySent(...args: unknown[]): unknown {
    return this.inner.onBodySent?.(...args)
  }

  onRequestSent(...args: unknown[]): unknown {
    return this.inner.onRequestSent?.(...args)
  }
}

/** Up to undici 7: methods get what the wire has. */
class RawHandler extends Watch {
  #aborted = false

  onConnect(abort: (reason?: unknown) => unknown, context: unknown): unknown {
    const abortMetered = (reason?: unknown): unknown => {
      this.#aborted = true
      return abort(reason)
    }
    const before = begun
    const answer = this.inner.onConnect?.(abortMetered, context)
    this.seeConnection(this.#aborted, before)
    return answer
  }

  onHeaders(status: number, headers: RawHeaders['raw'], resume: unknown, text: unknown): unknown {
    this.seeHead(status, new RawHeaders(headers))
    return this.inner.onHeaders?.(status, headers, resume, text)
  }

  onData(bytes: unknown): unknown {
    this.seeChunk(bytes)
    return this.inner.onData?.(bytes)
  }

  onComplete(trailers: unknown): unknown {
    this.seeEnd()
    return this.inner.onComplete?.(trailers)
  }

  onError(error: unknown): unknown {
    this.seeFailure(error, this.#aborted)
    return this.inner.onError?.(error)
  }

  onUpgrade(status: unknown, headers: RawHeaders['raw'], socket: unknown): unknown {
    this.seeUpgrade(new RawHeaders(headers), socket)
    return this.inner.onUpgrade?.(status, headers, socket)
  }
}

/** From undici 7 on: methods get a controller. */
class ControlledHandler extends Watch {
  onRequestStart(controller: { aborted?: boolean } | null | undefined, context: unknown): unknown {
    const before = begun
    const answer = this.inner.onRequestStart?.(controller, context)
    this.seeConnection(controller?.aborted === true, before)
    return answer
  }

  onRequestUpgrade(
    controller: unknown,
    status: unknown,
    headers: NamedHeaders['named'],
    socket: unknown,
  ): unknown {
    this.seeUpgrade(new NamedHeaders(headers), socket)
    return this.inner.onRequestUpgrade?.(controller, status, headers, socket)
  }

  onResponseStart(
    controller: unknown,
    status: number,
    headers: NamedHeaders['named'],
    text: unknown,
  ): unknown {
    this.seeHead(status, new NamedHeaders(headers))
    return this.inner.onResponseStart?.(controller, status, headers, text)
  }

  onResponseData(controller: unknown, bytes: unknown): unknown {
    this.seeChunk(bytes)
    return this.inner.onResponseData?.(controller, bytes)
  }

  onResponseEnd(controller: unknown, trailers: unknown): unknown {
    this.seeEnd()
    return this.inner.onResponseEnd?.(controller, trailers)
  }

  onResponseError(controller: { aborted?: boolean } | null | undefined, error: unknown): unknown {
    this.seeFailure(error, controller?.aborted === true)
    return this.inner.onResponseError?.(controller, error)
  }
}

/** Header names and values in turn, as bytes. */
class RawHeaders {
  readonly raw: readonly (Buffer | string)[] | null

  constructor(raw: readonly (Buffer | string)[] | null) {
    this.raw = raw
  }

  get(name: string): string | null {
    const { raw } = this
    if (!raw) return null
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const candidate = raw[at] as Buffer | string
      // Most names differ in their length: they are not decoded.
      if (candidate.length === name.length && latin1(candidate).toLowerCase() === name) {
        return latin1(raw[at + 1] as Buffer | string)
      }
    }
    return null
  }
}

function latin1(value: Buffer | string): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value)
}

class NamedHeaders {
  readonly named: Readonly<Record<string, unknown>> | null

  constructor(named: Readonly<Record<string, unknown>> | null) {
    this.named = named
  }

  get(name: string): string | null {
    const value = this.named?.[name]
    return value === undefined || value === null ? null : String(value)
  }
}
