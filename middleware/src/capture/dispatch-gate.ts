/**
 * A request of undici at the gate of its budgets: it is dispatched once they have answered, or answered by them.
 *
 * Invariant: a refusal is an HTTP answer, as in {@link passGate}; its handler is told what a dispatcher tells of any
 * answer, and no connection is opened for it.
 */
import type { BudgetExceededError } from '../quota/refusal.ts'
import { askGate } from './ask-gate.ts'
import type { Call } from './call.ts'
import { type DispatchOptions, headerPairs, isFetchBody, withBody } from './dispatched-body.ts'
import { Draft, type Rewritten, type Source } from './draft.ts'
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
    void readAhead(options.body, call).then(({ body, whole }) => {
      ask(call, { ...options, body }, handler, whole, send, true)
    })
    return true
  }
  return ask(call, withBody(options, call), handler, options.body, send, false)
}

/**
 * @param body the whole of it, where it is at hand
 * @param later the dispatcher has returned already: what is thrown is the handler's
 */
function ask(
  call: Call,
  options: DispatchOptions,
  handler: Handler,
  body: unknown,
  send: (options: DispatchOptions) => boolean,
  later: boolean,
): boolean {
  let isLate = later
  let taken = true
  const go = (rewritten?: Rewritten) => {
    const asked = rewritten ? withRewritten(options, rewritten) : options
    if (!isLate) {
      taken = send(asked)
      return
    }
    try {
      send(asked)
    } catch (error) {
      fail(handler, error)
    }
  }
  const draft = new Draft(() => draftOf(call, options, body))
  askGate(call, { go, refuse: (refusal) => answer(handler, refusal) }, draft)
  isLate = true
  return taken
}

function draftOf(call: Call, { path, headers }: DispatchOptions, body: unknown): Source {
  const pairs = new Map(headerPairs(headers))
  const { target } = call.origin
  return { target, address: path ?? '/', body, header: (name) => pairs.get(name) }
}

/** undici counts the bytes itself where no header says how many there are. */
function withRewritten(options: DispatchOptions, { address, body }: Rewritten): DispatchOptions {
  const asked = { ...options, path: address ?? options.path ?? '/' }
  if (body === undefined) return asked
  const headers = headerPairs(options.headers).filter(([name]) => name !== 'content-length')
  return { ...asked, headers: headers.flat(), body: Buffer.from(body) }
}

/** What was read of a body, and all of it where that has come to its end. */
interface ReadAhead {
  body: AsyncGenerator<Uint8Array>
  whole: Uint8Array | undefined
}

/** Reads a body up to what a gate keeps. */
async function readAhead(body: AsyncGenerator<Uint8Array>, call: Call): Promise<ReadAhead> {
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
  async function* again() {
    yield* kept
    if (failure) throw failure.error
    if (!done) yield* body
  }
  const isWhole = done && kept.every((piece) => piece instanceof Uint8Array)
  return { body: again(), whole: isWhole ? joined(kept) : undefined }
}

/** Nothing is copied of the one piece that most bodies are. */
function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
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
