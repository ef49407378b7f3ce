/**
 * Capture at a `fetch` function: the global one, or one that the host wraps itself.
 *
 * Invariant: a call that is not metered gets the very promise that the original `fetch` returns, and so does a
 * metered one where the original is undici's; elsewhere it gets the same response or error, also when everything
 * in here fails.
 */
import type { Target } from '../providers/targets.ts'
import type { Call } from './call.ts'
import { type DirectFetch, isCounted, isPlain } from './direct-fetch.ts'
import { Draft, type Source } from './draft.ts'
import { hasChatStreams, sendAsking, streamUsageHost, withStreamUsage } from './inject-usage.ts'
import type { Layer } from './layer.ts'
import { passGate } from './pass-gate.ts'
import { reportFailure } from './report.ts'
import { addressOf, methodOf, readRequest } from './request.ts'
import { createResponseWatcher, type WatchResponse } from './watch-response.ts'

type Fetch = typeof globalThis.fetch

/** What a metered `fetch` stands on at the moment of a call. */
export interface FetchCapture {
  layer: Layer
  /** Where the original is undici's, or may be. */
  direct?: DirectFetch | undefined
  /** Whether chat streams may have to be asked for their usage, which takes the response into our hands. */
  asksForUsage?(): boolean
  /** Whether a budget has to be asked before a call is made. */
  hasGate?(): boolean
}

/** Patches `globalThis.fetch`. @returns a function that takes the patch off, or out of action where it is buried */
export function captureFetch(captureOf: (original: Fetch) => FetchCapture): () => void {
  const original = globalThis.fetch
  let capture: FetchCapture | undefined = captureOf(original)
  const fetch = meteredFetch(original, () => capture)
  globalThis.fetch = fetch
  return () => {
    capture = undefined
    if (globalThis.fetch === fetch) globalThis.fetch = original
  }
}

/** A `fetch` that meters. @param captureNow is asked at every call; `undefined` = not now */
export function meteredFetch(original: Fetch, captureNow: () => FetchCapture | undefined): Fetch {
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

  /** Takes the response into our hands: for functions that no dispatcher stands behind. */
  function watch(
    { layer, direct }: FetchCapture,
    call: Call,
    send: (init: RequestInit | undefined) => Promise<Response>,
    init: RequestInit | undefined,
  ): Promise<Response> {
    const host = streamUsageHost(call.origin)
    const asking = host === undefined ? undefined : withStreamUsage(init)
    const hand = (asked: RequestInit | undefined) =>
      layer.hand(call, () => send(direct ? direct.probing(asked) : asked))
    if (host !== undefined && asking) {
      return sendAsking(
        host,
        (asks) => hand(asks ? asking : init),
        (response) => answer(call, response),
      ).catch((error: unknown) => refused(call, error))
    }
    return hand(init).then(
      (response) => answer(call, response),
      (error: unknown) => refused(call, error),
    )
  }

  return function fetch(this: unknown, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    let to = input
    const send = (asked: RequestInit | undefined) => original.call(this as typeof globalThis, to, asked)
    const capture = captureNow()
    const found = capture && find(capture.layer, input, init)
    if (!found) return original.call(this as typeof globalThis, input, init)
    const { target, address } = found
    const { direct } = capture
    const isLeft = direct?.works && isDirect(capture, target, input, init)
    if (isLeft && !capture.hasGate?.()) return send(direct.counted(target, address, init))
    const call = capture.layer.open(target, address, (fields) => readRequest(init, fields))
    if (!call) return send(init)
    call.signal = init?.signal ?? (input as Partial<Request>).signal
    if (call.signal?.aborted) call.abortedBefore = true
    const go = (asked: RequestInit | undefined) =>
      isLeft
        ? send(direct.carrying(call, asked)).catch((error: unknown) => refused(call, error))
        : watch(capture, call, send, asked)
    if (!call.gated) return go(init)
    const draft = new Draft(() => draftOf(target, address, input, init))
    const verdict = call.admit(draft)
    if (verdict === undefined) return go(init)
    return passGate(call, verdict, draft, (rewritten) => {
      to = rewritten?.address ?? to
      return go(rewritten?.body === undefined ? init : withBody(init, rewritten.body))
    })
  }
}

/** A `Request` holds a body that cannot be read twice, and headers that are its own. */
function draftOf(
  target: Target,
  address: string,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Source | undefined {
  if (typeof input !== 'string' && !(input instanceof URL)) return undefined
  const headers = new Headers(init?.headers)
  return { target, address, body: init?.body, header: (name) => headers.get(name) }
}

function withBody(init: RequestInit | undefined, body: string): RequestInit {
  const headers = new Headers(init?.headers)
  headers.delete('content-length')
  return { ...init, headers, body }
}

/** Whether a call can be left to the dispatcher that it is given. */
function isDirect(
  { asksForUsage }: FetchCapture,
  target: Target,
  input: unknown,
  init: RequestInit | undefined,
): boolean {
  // A `Request` may have a dispatcher of its own, which nobody can see.
  if (!isPlain(init) || input instanceof Request) return false
  return !(asksForUsage?.() && hasChatStreams(target))
}

function find(
  layer: Layer,
  input: unknown,
  init: RequestInit | undefined,
): { target: Target; address: string } | undefined {
  try {
    if (isCounted(init)) return undefined
    const address = addressOf(input)
    const target = layer.find(methodOf(input, init), address)
    return target && { target, address }
  } catch (error) {
    reportFailure('recognise a call', error)
    return undefined
  }
}

/** Whether there is anything to wait for; asked without creating what `body` would create. */
function hasBody(response: Response): boolean {
  return (
    response.status !== 204 && response.status !== 205 && response.status !== 304 && response.body !== null
  )
}
