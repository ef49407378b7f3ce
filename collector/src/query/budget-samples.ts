/**
 * How budgets stood at an instant, as collectors stored it.
 *
 * Invariant: the last sample of each subject in the period that ran at the instant; what was not stored for two hours
 * is not known.
 */
import { execute, type QueryContext } from './execute.ts'
import { timeText } from './raw-range.ts'

/** One subject of one budget; amounts are decimal text. */
export interface BudgetSample {
  readonly budget: string
  readonly subject: Readonly<Record<string, string>>
  readonly period: string
  readonly unit: string
  readonly committed: string
  readonly limit: string
}

/** A sample is written when something has changed, and once an hour. */
const KNOWN_MS = 2 * 3_600_000
const TIME = "DateTime64(3, 'UTC')"

/** Asks for every subject of every budget that has a limit; `at` in milliseconds. */
export function budgetSamples(context: QueryContext, at: number): Promise<BudgetSample[]> {
  return execute<BudgetSample>(
    context,
    'how budgets stood',
    `SELECT budget, subject, argMax(period, at) AS period, argMax(unit, at) AS unit,
       toString(argMax(budget_samples.committed, at)) AS committed, toString(argMax(budget_limit, at)) AS limit
     FROM budget_samples WHERE at > {known:${TIME}} AND at <= {at:${TIME}} AND ifNull(resets_at > {at:${TIME}}, true)
     GROUP BY budget, subject HAVING argMax(budget_limit, at) > 0 ORDER BY budget, subject`,
    { known: timeText(at - KNOWN_MS), at: timeText(at) },
  )
}
