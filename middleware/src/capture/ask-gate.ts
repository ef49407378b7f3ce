/**
 * A request at the gate of its budgets whose body is the host's: it goes as it is, now or later, or not at all.
 *
 * Invariant: one of both happens, once; a gate that fails lets the request go.
 */
import type { Verdict } from '../quota/admission.ts'
import { BudgetExceededError } from '../quota/refusal.ts'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'

/** What a transport does with its request. */
export interface Ways {
  go(): void
  refuse(refusal: BudgetExceededError): void
}

/** Asks the budgets of a call; where they know at once, the request goes, or not, before this returns. */
export function askGate(call: Call, { go, refuse }: Ways): void {
  const hear = (verdict: Verdict | undefined) => {
    if (verdict instanceof BudgetExceededError) {
      call.refuse(verdict)
      refuse(verdict)
      return
    }
    if (verdict && verdict.delayMs > 0) setTimeout(go, verdict.delayMs)
    else go()
  }
  const failed = (error: unknown) => {
    reportFailure('ask for admission', error)
    go()
  }
  let verdict: ReturnType<Call['admit']>
  try {
    verdict = call.admit()
  } catch (error) {
    failed(error)
    return
  }
  if (verdict instanceof Promise) verdict.then(hear, failed)
  else hear(verdict)
}
