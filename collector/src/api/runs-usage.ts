/**
 * `GET /api/v1/runs/usage`: how many runs a month has, and what is left of a limit.
 *
 * Invariant: only successful runs count against a limit; what failed runs cost is shown all the same.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { type Filters, filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { type RunsUsage, runsUsage } from '../query/runs.ts'
import { dateAt, startOfDay } from '../query/zone.ts'
import { count, exactText, number, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'
import { iso } from './run-schema.ts'
import { exampleSums } from './usage-example.ts'

const LIMIT_STATUSES = ['active', 'warning', 'limit_reached'] as const
interface RunsUsageBody {
  monthlyUsage: {
    user_id: string | null
    month: string
    total_runs: number
    successful_runs: number
    failed_runs: number
    cancelled_runs: number
    running_runs: number
    total_tokens: number
    total_cost_usd: number
    total_cost_exact: string
    unpriced_calls: number
    last_run_at: string | null
  }
  canRunMore: boolean | null
  monthlyLimit: number | null
  remaining: number | null
  resetsAt: string
  status: (typeof LIMIT_STATUSES)[number] | null
}
const usageSchema: z.ZodType<RunsUsageBody> = z
  .object({
    monthlyUsage: z.object({
      user_id: text('The user that was asked for, where it is one.').nullable(),
      month: text('`2026-03`, in the zone.'),
      total_runs: count('Runs of the month.'),
      successful_runs: count('With status `success`.'),
      failed_runs: count('With status `failed`.'),
      cancelled_runs: count('With status `cancelled`.'),
      running_runs: count('With status `running`.'),
      total_tokens: count('Tokens of the calls of all runs.'),
      total_cost_usd: number('Known cost of the calls of all runs, USD.'),
      total_cost_exact: exactText('Known cost of the calls of all runs'),
      unpriced_calls: count('Calls without a known cost.'),
      last_run_at: text('Start of the newest run, UTC.').nullable(),
    }),
    canRunMore: z.boolean().nullable().openapi({
      description: 'Whether fewer runs succeeded than `monthlyLimit`; null without `monthly_limit`.',
    }),
    monthlyLimit: count('The limit that was asked with.').nullable(),
    remaining: count('Successful runs that are left.').nullable(),
    resetsAt: z.iso.datetime().openapi({ description: 'First instant of the next month, UTC.' }),
    status: z
      .enum(LIMIT_STATUSES)
      .nullable()
      .openapi({ description: '`warning` from 80 % of the limit on; null without `monthly_limit`.' }),
  })
  .openapi('RunsUsage')

function usageBody(
  month: { readonly name: string; readonly end: number },
  filters: Filters,
  usage: RunsUsage,
  limit: number | null,
): RunsUsageBody {
  const exact = formatDecimal(parseDecimal(usage.cost))
  const done = Number(usage.success)
  const used =
    limit === null ? null : done >= limit ? 'limit_reached' : done >= limit * 0.8 ? 'warning' : 'active'
  return {
    monthlyUsage: {
      user_id: filters.user_id?.length === 1 ? (filters.user_id[0] ?? null) : null,
      month: month.name,
      total_runs: Number(usage.runs),
      successful_runs: done,
      failed_runs: Number(usage.failed),
      cancelled_runs: Number(usage.cancelled),
      running_runs: Number(usage.running),
      total_tokens: Number(usage.tokens),
      total_cost_usd: Number(exact),
      total_cost_exact: exact,
      unpriced_calls: Number(usage.unpriced_calls),
      last_run_at: usage.last === '' ? null : iso(usage.last),
    },
    canRunMore: limit === null ? null : done < limit,
    monthlyLimit: limit,
    remaining: limit === null ? null : Math.max(0, limit - done),
    resetsAt: new Date(month.end).toISOString(),
    status: used,
  }
}

/** Creates the endpoint. */
export function createRunsUsage(options: ApiOptions): OpenAPIHono {
  const usage = {
    runs: 42,
    running: 0,
    success: 40,
    failed: 2,
    cancelled: 0,
    tokens: 46_200,
    unpriced_calls: 0,
  }
  return createEndpoint(options, {
    path: '/api/v1/runs/usage',
    operationId: 'getRunsUsage',
    summary: 'Runs of this month',
    description:
      'How many runs this month has in the zone, and what is left of `monthly_limit`: only successful runs count.',
    query: {
      ...filterShape,
      timezone: periodShape.timezone,
      monthly_limit: z
        .string()
        .regex(/^\d{1,9}$/, 'must be a whole number from 0 to 999999999')
        .transform(Number)
        .optional()
        .openapi({ type: 'integer', description: 'Successful runs that a month may have.', example: 50 }),
    },
    schema: usageSchema,
    example: usageBody(
      { name: '2026-03', end: Date.parse('2026-04-01') },
      { user_id: ['u-9'] },
      { ...usage, cost: exampleSums(42).cost, last: '2026-03-02 09:30:00.000' },
      50,
    ),
    async answer({ query, now, context }) {
      const asked = resolvePeriod({ period: 'month', timezone: query.timezone }, now)
      if (Array.isArray(asked)) return asked
      const filters = pickFilters(query)
      const first = dateAt(asked.start, asked.timezone)
      const month = {
        name: first.toString().slice(0, 7),
        end: startOfDay(first.add({ months: 1 }), asked.timezone),
      }
      return usageBody(month, filters, await runsUsage(context, asked, filters), query.monthly_limit ?? null)
    },
  })
}
