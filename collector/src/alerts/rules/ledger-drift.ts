/**
 * A budget of which the ledger and telemetry say different things.
 *
 * Invariant: what is read are the comparisons that collectors made and stored, so that it can be asked for the past;
 * it is a drift only where it is large in USD and beside what the budget has spent.
 */
import { z } from 'zod'
import { formatDecimal, parseDecimal } from '../../query/decimal.ts'
import { execute } from '../../query/execute.ts'
import { timeText } from '../../query/raw-range.ts'
import { amount, usd } from './amount.ts'
import { HYSTERESIS, percent, type RuleKind } from './rule-kind.ts'
import { keyOf } from './scope.ts'

interface Settings {
  usd: string
  percent: number
  budgets?: string[] | undefined
}

interface Row {
  budget: string
  drift: number
  committed: string
}

/** Collectors store a comparison every half minute. */
const FRESH_MS = 5 * 60_000
/** How a budget stands is stored when it has changed, and once an hour. */
const STANDING_MS = 2 * 3_600_000
const TIME = "DateTime64(3, 'UTC')"

export const ledgerDrift: RuleKind<Settings> = {
  kind: 'ledger_drift',
  what: 'the ledger of a budget and telemetry differ',
  settings: {
    usd: amount.default('1').describe('By so much at least'),
    percent: percent.default(2).describe('And by so much of what the budget has spent'),
    budgets: z.array(z.string().min(1)).min(1).optional().describe('Ids of budgets; absent = all in USD'),
  },
  once: false,
  defaults: { severity: 'warning', forSeconds: 300, keepSeconds: 300 },
  lagMs: 0,
  async read(context, settings, now) {
    const rows = await execute<Row>(
      context,
      'drift of the ledger',
      `SELECT budget, drift, toString(spent) AS committed FROM (
         SELECT label AS budget, argMax(value, abs(value)) AS drift FROM (
           SELECT instance, label, argMax(collector_samples.value, at) AS value FROM collector_samples
           WHERE name = 'spanmeter_budget_ledger_drift_usd' AND at > {fresh:${TIME}} AND at <= {now:${TIME}}
             ${settings.budgets === undefined ? '' : 'AND label IN {budgets:Array(String)}'}
           GROUP BY instance, label
         ) GROUP BY budget
       ) AS drifts LEFT JOIN (
         SELECT budget, sum(last) AS spent FROM (
           SELECT budget, subject, argMax(committed, at) AS last FROM budget_samples
           WHERE at > {standing:${TIME}} AND at <= {now:${TIME}} AND ifNull(resets_at > {now:${TIME}}, true)
           GROUP BY budget, subject
         ) GROUP BY budget
       ) AS spends USING budget
       ORDER BY budget`,
      {
        fresh: timeText(now - FRESH_MS),
        standing: timeText(now - STANDING_MS),
        now: timeText(now),
        ...(settings.budgets !== undefined && { budgets: settings.budgets }),
      },
    )
    const least = Number(settings.usd)
    return rows.map(({ budget, drift, committed }) => {
      const spent = parseDecimal(committed)
      const off = Math.abs(drift)
      const bound = Math.max(least, (Number(formatDecimal(spent)) * settings.percent) / 100)
      const subject = { budget }
      return {
        key: keyOf(subject),
        subject,
        period: '',
        breached: off >= bound,
        cleared: off < bound * HYSTERESIS,
        value: `$${off.toFixed(2)}`,
        threshold: `$${bound.toFixed(2)}`,
        title: `The ledger of budget ${budget} has ${drift > 0 ? 'more' : 'less'} than telemetry`,
        summary: `${drift > 0 ? 'Reported to the ledger and not seen as spans' : 'Seen as spans and not reported to the ledger'}: $${off.toFixed(2)}, beside ${usd(spent)} that are spent.`,
      }
    })
  },
}
