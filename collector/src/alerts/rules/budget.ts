/**
 * A budget of the ledger that has been used up to one of its thresholds: told once a period.
 *
 * Invariant: the number that is told is the number that blocks: it comes from the ledger. The past is asked of what
 * the ledger had stored then.
 */
import { z } from 'zod'
import { budgetSamples } from '../../query/budget-samples.ts'
import { formatDecimal, parseDecimal } from '../../query/decimal.ts'
import { THRESHOLDS, thresholdFindings } from './amount.ts'
import type { RuleContext, RuleKind } from './rule-kind.ts'

/** How a budget stands for one subject in its present period; amounts are units of 1e-12. */
export interface BudgetStanding {
  /** Id in the configuration. */
  readonly budget: string
  readonly subject: Readonly<Record<string, string>>
  readonly period: string
  readonly committed: bigint
  readonly limit: bigint
  /** `usd`, `tokens`, or a meter. */
  readonly unit: string
  /** Percent of the limit. */
  readonly thresholds: readonly number[]
}

interface Settings {
  budgets?: string[] | undefined
  thresholds?: number[] | undefined
}

export const budget: RuleKind<Settings> = {
  kind: 'budget',
  what: 'a budget is used up to one of its thresholds',
  settings: {
    budgets: z.array(z.string().min(1)).min(1).optional().describe('Ids of budgets; absent = all'),
    thresholds: z
      .array(z.number().positive().max(10_000))
      .min(1)
      .max(20)
      .optional()
      .describe('Percent; absent = those of the budget'),
  },
  once: true,
  defaults: { severity: 'warning', forSeconds: 0, keepSeconds: 0 },
  lagMs: 0,
  async read(context, { budgets: wanted, thresholds }, now) {
    const known = context.budgets === undefined ? await past(context, now) : [...context.budgets()]
    return known
      .filter((standing) => wanted === undefined || wanted.includes(standing.budget))
      .flatMap((standing) =>
        thresholdFindings({
          subject: { budget: standing.budget, ...standing.subject },
          spent: standing.committed,
          limit: standing.limit,
          percents: thresholds ?? standing.thresholds,
          period: standing.period,
          what: 'Use',
          ...(standing.unit !== 'usd' && {
            show: (units: bigint) => `${formatDecimal(units)} ${standing.unit}`,
          }),
        }),
      )
  },
}

async function past(context: RuleContext, now: number): Promise<BudgetStanding[]> {
  const samples = await budgetSamples(context, now)
  return samples.map(({ budget, subject, period, unit, committed, limit }) => ({
    ...{ budget, subject, period, unit },
    committed: parseDecimal(committed),
    limit: parseDecimal(limit),
    thresholds: context.thresholdsOf?.(budget) ?? THRESHOLDS,
  }))
}
