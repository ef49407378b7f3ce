/**
 * The limits that an installed meter keeps: calls, jobs, requests and metered quantities.
 *
 * Invariant: what breaks in here never stops a call: it is reported, and the call goes ahead.
 */
import type { Attributes } from '@opentelemetry/api'
import { reportFailure } from '../capture/report.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { Admission, type Ask, type Verdict } from './admission.ts'
import { CallGate, type GateCall } from './call-gate.ts'
import { HoldEstimator } from './hold-estimate.ts'
import { createHttpExchange } from './http-exchange.ts'
import { LeaseClient } from './lease-client.ts'
import type { LeaseRequest, LeaseResponse } from './protocol.ts'
import { BudgetExceededError } from './refusal.ts'
import { scopeOf } from './scope-of.ts'
import { settledAmount } from './settled-amount.ts'

/** How limits are kept. */
export interface LimitsOptions {
  /** Base URL of the collector, where it is not the meter's `endpoint`. */
  collector?: string
  /** While it is not known yet which budgets there are: `open` lets calls through, `closed` does not. Else: `open`. */
  onUnreachable?: 'open' | 'closed'
  /** How long a call waits for a lease, milliseconds; 1,000 unless said. */
  waitMs?: number
  /** What is set aside for a call: what such calls have come to (`learned`), or all that its request allows. */
  holds?: 'learned' | 'bound'
  /**
   * `true`: calls with a JSON body that can be written anew are sent with the most tokens that their answers may have:
   * where they say none, what is set aside for them, and less where a budget has no room for more.
   */
  injectMaxTokens?: boolean
  /** `false`: requests whose budget is used up reach their handlers all the same. */
  refuseRequests?: boolean
  /** `false`: responses do not say that a budget is nearly used up. */
  warnings?: boolean
}

export interface QuotaOptions extends LimitsOptions {
  endpoint: string
  headers: Record<string, string>
  service: string | undefined
  /** Takes the place of HTTP. */
  exchange?: (request: LeaseRequest) => Promise<LeaseResponse>
}

const WAIT_MS = 1_000

export class Quota {
  readonly client: LeaseClient
  readonly admission: Admission
  readonly estimator: HoldEstimator
  readonly injectMaxTokens: boolean
  readonly refuseRequests: boolean
  readonly warnings: boolean
  readonly #service: string | undefined

  /** @throws {Error} where the endpoint is no URL */
  constructor(options: QuotaOptions) {
    const { endpoint, headers, waitMs = WAIT_MS, onUnreachable = 'open' } = options
    this.#service = options.service
    this.refuseRequests = options.refuseRequests ?? true
    this.warnings = options.warnings ?? true
    this.injectMaxTokens = options.injectMaxTokens === true
    this.estimator = new HoldEstimator(options.holds === 'bound')
    this.client = new LeaseClient({
      instance: crypto.randomUUID(),
      exchange: options.exchange ?? createHttpExchange(endpoint, headers, waitMs),
      now: () => performance.now(),
      later(ms, work, keepAlive) {
        const timer = setTimeout(work, ms)
        if (!keepAlive) timer.unref()
        return () => clearTimeout(timer)
      },
      waitMs,
      report: reportFailure,
    })
    this.admission = new Admission(this.client, onUnreachable === 'open')
    this.client.refresh()
  }

  /** A call that is about to be made. */
  gate(call: Omit<GateCall, 'scope'>, attributes: Attributes): CallGate {
    const scope = scopeOf(attributes, this.#service, { provider: call.provider, model: call.model })
    return new CallGate(this, { ...call, scope })
  }

  /** Asks for what somebody states. @param amount in the unit of a budget; `undefined` = it does not concern it */
  admit(attributes: Attributes, amount: Ask['amount']): ReturnType<Admission['admit']> {
    return this.admission.admit({ scope: scopeOf(attributes, this.#service), amount })
  }

  /** Counts what nobody asked admission for. @param amount as for `admit` */
  charge(attributes: Attributes, amount: Ask['amount']): void {
    this.admission
      .charge({ scope: scopeOf(attributes, this.#service), amount })
      .settle((_definition, held) => held)
  }

  /** Counts a quantity that was recorded. */
  metered(attributes: Attributes): void {
    const scope = scopeOf(attributes, this.#service, providerOf(attributes))
    const amount: Ask['amount'] = (definition) => {
      const amount = settledAmount(definition, attributes, 0n, true)
      return amount === 0n ? undefined : amount
    }
    this.admission.charge({ scope, amount }).settle((_definition, held) => held)
  }

  /**
   * A request that arrives: refused where its calls would be. Amounts that only a call knows are asked for as the
   * smallest there is.
   */
  arrival(attributes: Attributes): Arrived | Promise<Arrived> {
    const verdict = this.admit(attributes, ({ unit }) => (unit === 'runs' ? undefined : 1n))
    return verdict instanceof Promise ? verdict.then(arrived) : arrived(verdict)
  }
}

/** What a request's budgets say when it arrives. */
export interface Arrived {
  refusal?: BudgetExceededError
  /** Budgets that are nearly used up, and to what percent. */
  near: readonly {
    budget: string
    percent: number
    unit: string
    limit: bigint
    spent: bigint
    endsInS: number
  }[]
}

/** Who was admitted only to be asked about holds nothing. */
function arrived(verdict: Verdict): Arrived {
  if (verdict instanceof BudgetExceededError) return { refusal: verdict, near: [] }
  const near = verdict.warnings().map(({ account, percent }) => ({
    budget: account.definition.id,
    percent,
    unit: account.definition.unit === 'meter' ? (account.definition.meter ?? '') : account.definition.unit,
    limit: account.limit ?? 0n,
    spent: account.spent(),
    endsInS: Math.ceil((account.lease.endsAt - performance.now()) / 1000),
  }))
  verdict.release()
  return { near }
}

function providerOf(attributes: Attributes): { provider?: string } {
  const provider = attributes[ATTR.provider]
  return typeof provider === 'string' ? { provider } : {}
}
