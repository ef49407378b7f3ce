/**
 * A call of `fetch` at the gate of its budgets: it goes on, changed or later, or gets the refusal as its answer.
 *
 * Invariant: a refusal is an HTTP answer as a provider would give it, because official SDKs hand such answers on
 * without trying again, and what is thrown they try again.
 */
import type { Verdict } from '../quota/admission.ts'
import { BudgetExceededError } from '../quota/refusal.ts'
import { rewrittenAs } from './ask-gate.ts'
import type { Call } from './call.ts'
import type { Draft, Rewritten } from './draft.ts'
import { reportFailure } from './report.ts'

/** @param send sends the request as it is, or as it was written anew */
export function passGate(
  call: Call,
  verdict: Verdict | Promise<Verdict>,
  draft: Draft,
  send: (rewritten?: Rewritten) => Promise<Response>,
): Promise<Response> {
  if (!(verdict instanceof Promise)) return pass(call, verdict, draft, send)
  return verdict.then(
    (said) => pass(call, said, draft, send),
    (error: unknown) => {
      reportFailure('ask for admission', error)
      return send()
    },
  )
}

async function pass(
  call: Call,
  verdict: Verdict,
  draft: Draft,
  send: (rewritten?: Rewritten) => Promise<Response>,
): Promise<Response> {
  if (verdict instanceof BudgetExceededError) {
    call.refuse(verdict)
    return verdict.toResponse()
  }
  if (verdict.delayMs > 0) await pause(verdict.delayMs, call.signal)
  if (call.signal?.aborted) call.unsent()
  return send(rewrittenAs(call, verdict, draft))
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
