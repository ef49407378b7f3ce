/**
 * One call before the gate: what is set aside for it, and what becomes of that.
 *
 * Invariant: what was set aside is settled once, with the end of the call, however it ends.
 */
import type { Attributes } from '@opentelemetry/api'
import { reportFailure } from '../capture/report.ts'
import { ATTR } from '../telemetry/attributes.ts'
import type { Admission, Ask, Verdict } from './admission.ts'
import { ceilAmount, ONE, parseAmount } from './amount.ts'
import type { CallOutlook, Estimate, HoldEstimator } from './hold-estimate.ts'
import type { BudgetDefinition, Scope } from './protocol.ts'
import { BudgetExceededError } from './refusal.ts'
import { settledAmount } from './settled-amount.ts'
import type { Ticket } from './ticket.ts'

export interface GateCall extends CallOutlook {
  scope: Scope
}

/** What the gate needs of the quota that it belongs to. */
export interface GateQuota {
  readonly admission: Admission
  readonly estimator: HoldEstimator
}

export class CallGate {
  readonly #quota: GateQuota
  #call: GateCall
  #estimate: Estimate | undefined
  #ticket: Ticket | undefined
  #refused: BudgetExceededError | undefined
  /** The call has ended, or will not be made. */
  #over = false
  #begun = false

  constructor(quota: GateQuota, call: GateCall) {
    this.#quota = quota
    this.#call = call
  }

  /** What the request says, where it was not known when the call began. */
  see(seen: { model: string | undefined; length: number; maxOutput: number | undefined }): void {
    const model = seen.model ?? this.#call.model
    this.#call = { ...this.#call, ...seen, model, scope: { ...this.#call.scope, model } }
  }

  /** Asks whether the call may be made. @param begun it is under way, and costs, also where the answer is no */
  admit(begun = false): Verdict | Promise<Verdict> {
    this.#begun = begun
    const ask: Ask = {
      scope: this.#call.scope,
      amount: (definition) => this.#holdFor(definition),
      priceVersion: () => this.#estimate?.route.prices?.version,
    }
    const verdict = this.#quota.admission.admit(ask)
    return verdict instanceof Promise ? verdict.then((said) => this.#heard(said)) : this.#heard(verdict)
  }

  #heard(verdict: Verdict): Verdict {
    if (verdict instanceof BudgetExceededError) this.#refused = verdict
    else this.#ticket = verdict
    // Whoever left while the answer was waited for holds nothing.
    if (this.#over) this.#ticket?.release()
    return verdict
  }

  /** What the span says of the decision; nothing where it was a plain yes. */
  attributes(): Attributes {
    if (this.#refused) {
      const { code, facts } = this.#refused
      return {
        [ATTR.budgetDecision]: 'blocked',
        [ATTR.budgetId]: facts.budget,
        [ATTR.budgetReason]: code,
        [ATTR.budgetDecisionId]: facts.decisionId,
      }
    }
    const note = this.#ticket?.note
    if (!note) return {}
    return {
      [ATTR.budgetDecision]: note.outcome,
      ...(note.budget === '' ? {} : { [ATTR.budgetId]: note.budget }),
      ...(note.decisionId === undefined ? {} : { [ATTR.budgetDecisionId]: note.decisionId }),
    }
  }

  /** The call has ended. @param attributes of its span @param failed it was refused, or was no call */
  settle(attributes: Attributes, failed: boolean): void {
    this.#over = true
    try {
      if (this.#refused && !this.#begun) return
      this.#learn(attributes)
      const actual = (definition: BudgetDefinition, held: bigint) =>
        settledAmount(definition, attributes, held, failed)
      const metered = attributes[ATTR.meterName] !== undefined
      this.#ticket?.settle(actual)
      if (this.#ticket && !metered) return
      const asked = this.#ticket !== undefined
      const scope = this.#call.scope
      const amount = (definition: BudgetDefinition) => {
        if (definition.unit === 'runs' || (asked && definition.unit !== 'meter')) return undefined
        const one = actual(definition, 0n)
        return one === 0n ? undefined : one
      }
      this.#quota.admission.charge({ scope, amount }).settle((_definition, held) => held)
    } catch (error) {
      reportFailure('settle a call', error)
    }
  }

  /** There was no call after all. */
  release(): void {
    this.#over = true
    this.#ticket?.release()
  }

  #holdFor({ unit, creditsPerUsd }: BudgetDefinition): bigint | undefined {
    if (unit === 'calls') return ONE
    if (unit === 'runs' || unit === 'meter') return undefined
    this.#estimate ??= this.#quota.estimator.estimate(this.#call, Date.now())
    const { usd, tokens } = this.#estimate
    if (unit === 'usd') return ceilAmount(usd)
    if (unit === 'tokens') return ceilAmount(tokens)
    return (ceilAmount(usd) * parseAmount(creditsPerUsd ?? '0')) / ONE
  }

  #learn(attributes: Attributes): void {
    if (!this.#estimate) return
    const exact = attributes[ATTR.costExact]
    const [input, output] = [attributes[ATTR.inputTokens], attributes[ATTR.outputTokens]]
    if (exact === undefined && input === undefined && output === undefined) return
    const usd = typeof exact === 'string' ? Number(exact) : undefined
    const tokens = Number(input ?? 0) + Number(output ?? 0)
    this.#quota.estimator.observe(this.#call, this.#estimate, usd, tokens, Number(output ?? 0))
  }
}
