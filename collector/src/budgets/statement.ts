/**
 * A statement: what a tenant's month comes to on its plan, and what has changed since it was closed.
 *
 * Invariant: pure and exact. A closed statement says what was known when it was closed; whatever came later is an
 * adjustment, so that both together are what the store says now.
 */
import { formatAmount, parseAmount } from '@spanmeter/middleware/quota'
import type { PlanConfig, PlansConfig, SubscriptionConfig } from '../config/plans.ts'
import { type BudgetPeriod, periodAt } from './period.ts'
import { metersOf, ruleOf } from './plan-budgets.ts'
import { chargeOf, type MonthUsage, type PlanCharge } from './plan-charge.ts'

/** Spans that come within so long after the end of a month are still in its statement, milliseconds. */
export const CLOSES_AFTER_MS = 86_400_000

/** What was used. */
export interface StatementUsage {
  calls: number
  tokens: number
  /** What providers were paid, decimal text. */
  cost_exact: string
}

/** A month of a tenant. */
export interface Statement {
  readonly tenant: string
  readonly plan: string | undefined
  readonly name: string | undefined
  readonly period: BudgetPeriod
  readonly timezone: string
  readonly closesAt: number
  readonly isClosed: boolean
  readonly usage: StatementUsage
  readonly charge: PlanCharge
  /** What came after it was closed; nothing while it is open. */
  readonly adjustment: StatementUsage & { total_exact: string }
  /** Total and adjustment, decimal text. */
  readonly balance: string
}

/** A tenant's months: the one that holds `now` and `count` before it, newest first. */
export function statementPeriods(
  subscription: SubscriptionConfig | undefined,
  now: number,
  count: number,
): BudgetPeriod[] {
  const rule = ruleOf(subscription)
  const periods = [periodAt(rule, now)]
  for (let index = 0; index < count; index++)
    periods.push(periodAt(rule, (periods.at(-1) as BudgetPeriod).start - 1))
  return periods
}

/** A statement of one month. `closed` is the usage that was known when it was closed, `present` what is known now. */
export function statementOf(
  config: PlansConfig & { creditsPerUsd: string },
  tenant: string,
  period: BudgetPeriod,
  usage: { readonly closed: MonthUsage; readonly present: MonthUsage },
  now: number,
): Statement {
  const subscription = config.subscriptions.find((one) => one.tenant === tenant)
  const id = subscription?.plan ?? config.defaultPlan
  const plan = id === undefined ? undefined : config.plans[id]
  const closesAt = period.end + CLOSES_AFTER_MS
  const isClosed = now >= closesAt
  const stated = isClosed ? usage.closed : usage.present
  const own = planOf(plan, subscription)
  const charge = chargeOf(own, stated, config.creditsPerUsd)
  const present = chargeOf(own, usage.present, config.creditsPerUsd)
  const difference = parseAmount(present.total_exact) - parseAmount(charge.total_exact)
  const [then, today] = [usageOf(stated), usageOf(usage.present)]
  return {
    ...{ tenant, plan: id, name: plan?.name ?? id, period, closesAt, isClosed, charge },
    timezone: subscription?.timezone ?? 'UTC',
    usage: then,
    adjustment: {
      calls: today.calls - then.calls,
      tokens: today.tokens - then.tokens,
      cost_exact: formatAmount(usage.present.usd - stated.usd),
      total_exact: formatAmount(difference),
    },
    balance: present.total_exact,
  }
}

const NO_PLAN: PlanConfig = { price: '0', meters: {} }

/** The plan with what is different for this tenant. */
function planOf(plan: PlanConfig | undefined, subscription: SubscriptionConfig | undefined): PlanConfig {
  if (plan === undefined) return NO_PLAN
  const meters = Object.entries(metersOf(plan)).map(([meter, rule]) => {
    const own = subscription?.overrides[meter]
    return [
      meter,
      {
        ...rule,
        ...(own?.included !== undefined && { included: own.included }),
        ...(own?.hardLimit !== undefined && { hardLimit: own.hardLimit }),
      },
    ]
  })
  return { price: plan.price, meters: Object.fromEntries(meters) }
}

const ONE = 10n ** 12n

function usageOf({ calls, tokens, usd }: MonthUsage): StatementUsage {
  return { calls: Number(calls / ONE), tokens: Number(tokens / ONE), cost_exact: formatAmount(usd) }
}
