/**
 * A statement: what a tenant's month comes to on its plan, and what has changed since it was closed.
 *
 * Invariant: pure and exact. A closed statement says what was known when it was closed, rated with the terms that held
 * when its month ended; whatever came later is an adjustment, so that both together are what the store says now.
 */
import { formatAmount, parseAmount } from '@spanmeter/middleware/quota'
import type { BudgetPeriod } from './period.ts'
import { chargeOf, type MonthUsage, type PlanCharge } from './plan-charge.ts'
import type { Terms } from './terms.ts'
import type { TermsHistory } from './terms-history.ts'

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
export function statementPeriods(history: TermsHistory, now: number, count: number): BudgetPeriod[] {
  const periods = [history.periodAt(now)]
  for (let index = 0; index < count; index++)
    periods.push(history.periodAt((periods.at(-1) as BudgetPeriod).start - 1))
  return periods
}

/** What a month is rated with: the terms that held when it ended; those of today while it has not. */
export function termsFor(history: TermsHistory, period: BudgetPeriod, now: number): Terms {
  return history.at(Math.min(now, period.end - 1))
}

/** A statement of one month. `closed` is the usage that was known when it was closed, `present` what is known now. */
export function statementOf(
  terms: Terms,
  tenant: string,
  period: BudgetPeriod,
  usage: { readonly closed: MonthUsage; readonly present: MonthUsage },
  now: number,
): Statement {
  const closesAt = period.end + CLOSES_AFTER_MS
  const isClosed = now >= closesAt
  const stated = isClosed ? usage.closed : usage.present
  const charge = chargeOf(terms, stated, terms.creditsPerUsd)
  const present = chargeOf(terms, usage.present, terms.creditsPerUsd)
  const difference = parseAmount(present.total_exact) - parseAmount(charge.total_exact)
  const [then, today] = [usageOf(stated), usageOf(usage.present)]
  return {
    ...{ tenant, plan: terms.plan, name: terms.name, timezone: terms.timezone },
    ...{ period, closesAt, isClosed, charge },
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

const ONE = 10n ** 12n

function usageOf({ calls, tokens, usd }: MonthUsage): StatementUsage {
  return { calls: Number(calls / ONE), tokens: Number(tokens / ONE), cost_exact: formatAmount(usd) }
}
