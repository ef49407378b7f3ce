/**
 * Capture at `globalThis.fetch`.
 *
 * Invariant: a call that is not metered gets the very promise that the original `fetch` returns; a metered one
 * gets the same response or error, also when everything in here fails.
 */
import { type Context, context, createContextKey, trace } from '@opentelemetry/api'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'
import { methodOf, type RequestFacts, readRequest, urlOf } from './request.ts'
import { createResponseWatcher } from './watch-response.ts'

/** Starts a call for a POST to a URL, or says that it is none of ours. */
export type Begin = (url: URL, readRequest: () => RequestFacts) => Call | undefined

/** The key that OpenTelemetry's SDK marks its own exports with; keys of one name are one symbol. */
const SUPPRESSED = createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/** Patches `globalThis.fetch`. @returns a function that takes the patch off, or out of action where it is buried */
export function captureFetch(begin: Begin): () => void {
  const original = globalThis.fetch
  const Base = globalThis.Response
  const watch = createResponseWatcher(Base)
  let active = true

  function start(input: unknown, init: RequestInit | undefined): Call | undefined {
    if (!active || methodOf(input, init) !== 'POST') return undefined
    const url = urlOf(input)
    if (!url || context.active().getValue(SUPPRESSED) === true) return undefined
    return begin(url, () => readRequest(init))
  }

  function answer(call: Call, response: Response): Response {
    try {
      call.head(response)
      if (response instanceof Base && hasBody(response)) watch(response, call)
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

  function fetch(this: unknown, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    let call: Call | undefined
    try {
      call = start(input, init)
    } catch (error) {
      reportFailure('start a call', error)
    }
    if (!call) return original.call(this as typeof globalThis, input, init)
    const begun = call
    const send = () => original.call(this as typeof globalThis, input, init)
    const sent = begun.active(
      (parent: Context, span) => context.with(trace.setSpan(parent, span), send),
      send,
    )
    return sent.then(
      (response) => answer(begun, response),
      (error: unknown) => refused(begun, error),
    )
  }

  globalThis.fetch = fetch
  return () => {
    active = false
    if (globalThis.fetch === fetch) globalThis.fetch = original
  }
}

/** Whether there is anything to wait for; asked without creating what `body` would create. */
function hasBody(response: Response): boolean {
  return (
    response.status !== 204 && response.status !== 205 && response.status !== 304 && response.body !== null
  )
}
