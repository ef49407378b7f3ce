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
import { outputThatFits } from './max-output.ts'
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
  readonly injectMaxTokens: boolean
}

/** An answer of fewer tokens is none: such a call is refused. */
const MIN_OUTPUT = 16

export class CallGate {
  readonly #quota: GateQuota
  #call: GateCall
  #estimate: Estimate | undefined
  #ticket: Ticket | undefined
  #refused: BudgetExceededError | undefined
  /** The call has ended, or will not be made. */
  #over = false
  #begun = false
  #replaceable: (() => boolean) | undefined

  constructor(quota: GateQuota, call: GateCall) {
    this.#quota = quota
    this.#call = call
  }

  /** What the request says, where it was not known when the call began. */
  see(seen: { model: string | undefined; length: number; maxOutput: number | undefined }): void {
    const model = seen.model ?? this.#call.model
    this.#call = { ...this.#call, ...seen, model, scope: { ...this.#call.scope, model } }
  }

  /**
   * Asks whether the call may be made.
   *
   * @param begun it is under way, and costs, also where the answer is no
   * @param caps the answer's size can be written into the request
   * @param replaceable whether another model can be
   */
  admit({
    begun = false,
    caps,
    replaceable,
  }: {
    begun?: boolean
    caps?: (() => boolean) | undefined
    replaceable?: (() => boolean) | undefined
  } = {}): Verdict | Promise<Verdict> {
    this.#begun = begun
    this.#replaceable = replaceable
    const capped = this.#quota.injectMaxTokens && caps?.() === true
    const verdict = capped ? this.#admitCapped() : this.#ask(false)
    return verdict instanceof Promise ? verdict.then((said) => this.#heard(said)) : this.#heard(verdict)
  }

  #ask(tentative: boolean): Verdict | Promise<Verdict> {
    const ask: Ask = {
      scope: this.#call.scope,
      amount: (definition) => this.#holdFor(definition),
      priceVersion: () => this.#estimate?.route.prices?.version,
      tentative,
      replaceable: this.#replaceable,
    }
    return this.#quota.admission.admit(ask)
  }

  /** With the size that the request says, or is given; where that does not fit, with the one that does. */
  #admitCapped(): Verdict | Promise<Verdict> {
    const said = this.#call.maxOutput
    const full = said ?? this.#quota.estimator.unsaid(this.#call, Date.now())
    this.#cap(full)
    const hear = (verdict: Verdict): Verdict | Promise<Verdict> => {
      if (!(verdict instanceof BudgetExceededError)) return this.#capped(verdict, said === undefined)
      const fits = outputThatFits(verdict.facts, full, (tokens) => this.#estimateFor(tokens))
      if (fits >= MIN_OUTPUT) this.#cap(fits)
      const last = this.#ask(false)
      return last instanceof Promise ? last.then((one) => this.#capped(one, true)) : this.#capped(last, true)
    }
    const first = this.#ask(true)
    return first instanceof Promise ? first.then(hear) : hear(first)
  }

  #cap(maxOutput: number): void {
    this.#call = { ...this.#call, maxOutput }
    this.#estimate = undefined
  }

  /** @param changed the request does not say so itself */
  #capped(verdict: Verdict, changed: boolean): Verdict {
    if (!(verdict instanceof BudgetExceededError) && changed) verdict.maxOutput = this.#call.maxOutput
    return verdict
  }

  #estimateFor(maxOutput: number): Estimate {
    return this.#quota.estimator.estimate({ ...this.#call, maxOutput }, Date.now())
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
    const { note, maxOutput } = this.#ticket ?? {}
    const cap = maxOutput === undefined ? {} : { [ATTR.budgetMaxOutput]: maxOutput }
    if (!note) return cap
    return {
      ...cap,
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
    // what another model has come to says nothing of this one
    if (!this.#estimate || this.#ticket?.model !== undefined) return
    const exact = attributes[ATTR.costExact]
    const [input, output] = [attributes[ATTR.inputTokens], attributes[ATTR.outputTokens]]
    if (exact === undefined && input === undefined && output === undefined) return
    const usd = typeof exact === 'string' ? Number(exact) : undefined
    const tokens = Number(input ?? 0) + Number(output ?? 0)
    this.#quota.estimator.observe(this.#call, this.#estimate, usd, tokens, Number(output ?? 0))
  }
}
