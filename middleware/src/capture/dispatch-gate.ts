/**
 * A request of undici at the gate of its budgets: it is dispatched once they have answered, or answered by them.
 *
 * Invariant: a refusal is an HTTP answer, as in {@link passGate}; its handler is told what a dispatcher tells of any
 * answer, and no connection is opened for it.
 */
import type { BudgetExceededError } from '../quota/refusal.ts'
import { askGate } from './ask-gate.ts'
import type { Call } from './call.ts'
import { type DispatchOptions, isFetchBody, withBody } from './dispatched-body.ts'
import { MAX_KEPT } from './held-request.ts'
import { createRequestReader } from './request.ts'
import { toBytes } from './to-bytes.ts'
import type { Handler } from './watched-handler.ts'

/**
 * @param handler the host's, which a refusal is told
 * @param send dispatches the request
 */
export function dispatchGated(
  call: Call,
  options: DispatchOptions,
  handler: Handler,
  send: (options: DispatchOptions) => boolean,
): boolean {
  if (isFetchBody(options.body)) {
    void readAhead(options.body, call).then((body) => {
      const read = { ...options, body }
      ask(call, handler, () => send(read), true)
    })
    return true
  }
  return ask(call, handler, () => send(withBody(options, call)), false)
}

/** @param later the dispatcher has returned already: what is thrown is the handler's */
function ask(call: Call, handler: Handler, send: () => boolean, later: boolean): boolean {
  let isLate = later
  let taken = true
  const go = () => {
    if (!isLate) {
      taken = send()
      return
    }
    try {
      send()
    } catch (error) {
      fail(handler, error)
    }
  }
  askGate(call, { go, refuse: (refusal) => answer(handler, refusal) })
  isLate = true
  return taken
}

/** Reads a body up to what a gate keeps. @returns the whole of it */
async function readAhead(body: AsyncGenerator<Uint8Array>, call: Call): Promise<AsyncGenerator<Uint8Array>> {
  const reader = createRequestReader(call.requestFields)
  const kept: Uint8Array[] = []
  let size = 0
  let failure: { error: unknown } | undefined
  let done = false
  try {
    while (!done && size <= MAX_KEPT) {
      const next = await body.next()
      done = next.done === true
      if (next.done) break
      kept.push(next.value)
      const bytes = toBytes([next.value])
      if (!bytes) continue
      size += bytes.byteLength
      reader.push(bytes)
    }
  } catch (error) {
    failure = { error }
  }
  call.requested(reader.facts())
  return (async function* again() {
    yield* kept
    if (failure) throw failure.error
    if (!done) yield* body
  })()
}

/** Gives the refusal as the answer. */
function answer(handler: Handler, refusal: BudgetExceededError): void {
  const { status, statusText, headers, body } = refusal.answer()
  const bytes = Buffer.from(body)
  const named = { ...headers, 'content-length': String(bytes.length) }
  try {
    if (typeof handler.onRequestStart === 'function') {
      const controller = new AnswerController(handler)
      handler.onRequestStart(controller, {})
      if (!controller.aborted) handler.onResponseStart?.(controller, status, named, statusText)
      if (!controller.aborted) handler.onResponseData?.(controller, bytes)
      if (!controller.aborted) handler.onResponseEnd?.(controller, {})
      return
    }
    let aborted = false
    handler.onConnect?.((reason?: unknown) => {
      if (!aborted) handler.onError?.(reason)
      aborted = true
    }, null)
    const raw = Object.entries(named).flatMap((pair) => pair.map((text) => Buffer.from(text)))
    if (!aborted) handler.onHeaders?.(status, raw, () => {}, statusText)
    if (!aborted) handler.onData?.(bytes)
    if (!aborted) handler.onComplete?.([])
  } catch (error) {
    fail(handler, error)
  }
}

/** What handlers of undici 7 and later hold the connection by. */
class AnswerController {
  readonly #handler: Handler
  aborted = false
  paused = false
  reason: unknown = null

  constructor(handler: Handler) {
    this.#handler = handler
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#handler.onResponseError?.(this, reason)
  }
}

function fail(handler: Handler, error: unknown): void {
  if (typeof handler.onRequestStart === 'function') handler.onResponseError?.(null, error)
  else handler.onError?.(error)
}
