/**
 * A request at the gate of its budgets: it goes as it is, or is written anew, now or later, or not at all.
 *
 * Invariant: one of both happens, once; a gate that fails lets the request go.
 */
import type { Verdict } from '../quota/admission.ts'
import { BudgetExceededError } from '../quota/refusal.ts'
import type { Call } from './call.ts'
import type { Draft, Rewritten, Wanted } from './draft.ts'
import { reportFailure } from './report.ts'

/** What a transport does with its request. */
export interface Ways {
  /** @param rewritten what differs from what the host wrote */
  go(rewritten?: Rewritten): void
  refuse(refusal: BudgetExceededError): void
}

/** What of a request was written anew, as its verdict wants it. */
export function rewrittenAs(call: Call, verdict: Wanted, draft: Draft | undefined): Rewritten | undefined {
  const { model, maxOutput } = verdict
  if (!draft || (model === undefined && maxOutput === undefined)) return undefined
  const rewritten = draft.rewrite(verdict)
  if (model !== undefined) call.askedInstead(model)
  return rewritten
}

/**
 * Asks the budgets of a call; where they know at once, the request goes, or not, before this returns.
 *
 * @param draft the request, where it can be written anew
 */
export function askGate(call: Call, { go, refuse }: Ways, draft?: Draft): void {
  const hear = (verdict: Verdict | undefined) => {
    if (verdict instanceof BudgetExceededError) {
      call.refuse(verdict)
      refuse(verdict)
      return
    }
    const rewritten = verdict && rewrittenAs(call, verdict, draft)
    if (verdict && verdict.delayMs > 0) setTimeout(() => go(rewritten), verdict.delayMs)
    else go(rewritten)
  }
  const failed = (error: unknown) => {
    reportFailure('ask for admission', error)
    go()
  }
  let verdict: ReturnType<Call['admit']>
  try {
    verdict = call.admit(draft)
  } catch (error) {
    failed(error)
    return
  }
  if (verdict instanceof Promise) verdict.then(hear, failed)
  else hear(verdict)
}
