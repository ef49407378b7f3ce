/**
 * A call of `fetch` at the gate of its budgets: it goes on, changed or later, or gets the refusal as its answer.
 *
 * Invariant: a refusal is an HTTP answer as a provider would give it, because official SDKs hand such answers on
 * without trying again, and what is thrown they try again.
 */
import type { Verdict } from '../quota/admission.ts'
import { withMaxOutput } from '../quota/max-output.ts'
import { BudgetExceededError } from '../quota/refusal.ts'
import { parseObject } from '../streams/json-body.ts'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'

/** @param send sends the request as it is, or as it was changed */
export function passGate(
  call: Call,
  verdict: Verdict | Promise<Verdict>,
  init: RequestInit | undefined,
  send: (init: RequestInit | undefined) => Promise<Response>,
): Promise<Response> {
  if (!(verdict instanceof Promise)) return pass(call, verdict, init, send)
  return verdict.then(
    (said) => pass(call, said, init, send),
    (error: unknown) => {
      reportFailure('ask for admission', error)
      return send(init)
    },
  )
}

async function pass(
  call: Call,
  verdict: Verdict,
  init: RequestInit | undefined,
  send: (init: RequestInit | undefined) => Promise<Response>,
): Promise<Response> {
  if (verdict instanceof BudgetExceededError) {
    call.refuse(verdict)
    return verdict.toResponse()
  }
  if (verdict.delayMs > 0) await pause(verdict.delayMs, call.signal)
  if (call.signal?.aborted) call.unsent()
  const { model, maxOutput } = verdict
  if (model === undefined && maxOutput === undefined) return send(init)
  const body = typeof init?.body === 'string' ? parseObject(init.body) : undefined
  const path = call.origin.target.match.endpoint.maxOutput
  let changed = body
  if (changed && maxOutput !== undefined && path) changed = withMaxOutput(changed, path, maxOutput)
  if (changed && model !== undefined) changed = { ...changed, model }
  return send(changed === body ? init : withBody(init, JSON.stringify(changed)))
}

/** Waits, unless the host gives up. */
function pause(ms: number, signal: AbortSignal | null | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done)
  })
}

function withBody(init: RequestInit | undefined, body: string): RequestInit {
  const headers = new Headers(init?.headers)
  headers.delete('content-length')
  return { ...init, headers, body }
}
