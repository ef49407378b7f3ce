/**
 * `GET /api/v1/usage/trends`: one metric by month, for the last 3, 6 or 12 months.
 *
 * Invariant: the month that is still running is marked as such and takes no part in the trend.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { Temporal } from 'temporal-polyfill'
import { filterShape, pickFilters } from '../query/filters.ts'
import { type Bucket, bucketsOf } from '../query/intervals.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { type UsageRow, usageCube } from '../query/usage-cube.ts'
import { NOTHING } from '../query/usage-sums.ts'
import { dateAt, startOfDay } from '../query/zone.ts'
import { type Amounts, amountsOf, amountsShape, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { exampleRow } from './usage-example.ts'

const RANGES = { '3m': 3, '6m': 6, '12m': 12 } as const
type RangeName = keyof typeof RANGES
const METRICS = { cost: 'cost', calls: 'calls', tokens: 'total_tokens' } as const
type Metric = keyof typeof METRICS

type Month = Amounts & {
  month: string
  start: string
  complete: boolean
  value: number
  change_ratio: number | null
}
/** The body of the answer. */
export interface UsageTrends {
  range: RangeName
  metric: Metric
  timezone: string
  currency: 'USD'
  months: Month[]
  trend: { slope_per_month: number; direction: 'up' | 'down' | 'flat' } | null
}

/** The schema of the body. */
const usageTrendsSchema: z.ZodType<UsageTrends> = z
  .object({
    range: z.enum(['3m', '6m', '12m']),
    metric: z.enum(['cost', 'calls', 'tokens']),
    timezone: text('IANA zone of the months.'),
    currency: z.literal('USD'),
    months: z.array(
      z.object({
        month: text('`2026-03`, in the zone.'),
        start: z.iso.datetime().openapi({ description: 'First instant, UTC.' }),
        complete: z.boolean().openapi({ description: 'False for the month that is still running.' }),
        value: z.number().openapi({ description: 'The metric: USD, calls or tokens.' }),
        change_ratio: z.number().nullable().openapi({
          description:
            'Change of the metric against the month before: 0.25 is a quarter more. Null after nothing and while the month runs.',
        }),
        ...amountsShape,
      }),
    ),
    trend: z
      .object({
        slope_per_month: z.number().openapi({
          description:
            'Slope of the least-squares line through the complete months, in the unit of the metric.',
        }),
        direction: z.enum(['up', 'down', 'flat']).openapi({
          description: '`flat` when the slope is less than 5 % of the mean.',
        }),
      })
      .nullable()
      .openapi({
        description: 'Null with fewer than three complete months, counted from the first one with calls.',
      }),
  })
  .openapi('UsageTrends')

/** The body of the answer. Pure; `now` is in milliseconds. */
function usageTrends(
  range: RangeName,
  metric: Metric,
  timezone: string,
  buckets: readonly Bucket[],
  rows: readonly UsageRow[],
): UsageTrends {
  const at = new Map(rows.map((row) => [Number(row.bucket), row]))
  const months = buckets.map(({ start, label }, index): Month => {
    const amounts = amountsOf(at.get(start / 1000) ?? NOTHING)
    const previous = buckets[index - 1]
    const before =
      previous === undefined ? 0 : amountsOf(at.get(previous.start / 1000) ?? NOTHING)[METRICS[metric]]
    const value = amounts[METRICS[metric]]
    const complete = index < buckets.length - 1
    return {
      month: label,
      start: new Date(start).toISOString(),
      complete,
      value,
      change_ratio: complete && before !== 0 ? (value - before) / before : null,
      ...amounts,
    }
  })
  return { range, metric, timezone, currency: 'USD', months, trend: trendOf(months) }
}

function trendOf(months: readonly Month[]): UsageTrends['trend'] {
  const first = months.findIndex((month) => month.calls > 0)
  const values = first < 0 ? [] : months.slice(first, -1).map((month) => month.value)
  if (values.length < 3) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const middle = (values.length - 1) / 2
  const across = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0)
  const slope = across / values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0)
  const flat = Math.abs(slope) < Math.abs(mean) * 0.05 || slope === 0
  return { slope_per_month: slope, direction: flat ? 'flat' : slope > 0 ? 'up' : 'down' }
}

/** Creates the endpoint. */
export function createUsageTrends(options: ApiOptions): OpenAPIHono {
  const { timezone } = periodShape
  return createEndpoint(options, {
    path: '/api/v1/usage/trends',
    operationId: 'getUsageTrends',
    summary: 'Months in comparison',
    description:
      'The last 3, 6 or 12 complete months of the zone and the one that is running, with one metric as `value`.',
    query: {
      ...filterShape,
      timezone,
      range: z.enum(['3m', '6m', '12m']).default('6m').openapi({ description: 'How many complete months.' }),
      metric: z
        .enum(['cost', 'calls', 'tokens'])
        .default('cost')
        .openapi({ description: 'What `value` is.' }),
    },
    schema: usageTrendsSchema,
    example: example(),
    table: (body) => tableOf(`usage-trends-${body.range}`, body.months),
    async answer({ query, now, context }) {
      const today = resolvePeriod({ period: 'today', timezone: query.timezone }, now)
      if (Array.isArray(today)) return today
      const month = dateAt(now, today.timezone).with({ day: 1 })
      const start = startOfDay(month.subtract({ months: RANGES[query.range] }), today.timezone)
      const buckets = bucketsOf({ ...today, start }, 'month')
      if (!Array.isArray(buckets)) return [buckets]
      const { rows } = await usageCube(context, {
        start,
        end: today.end,
        filters: pickFilters(query),
        starts: buckets.map((bucket) => bucket.start),
      })
      return usageTrends(query.range, query.metric, today.timezone, buckets, rows)
    },
  })
}

function example(): UsageTrends {
  const months = [0, 1, 2, 3].map((index) => Temporal.PlainDate.from('2026-01-01').add({ months: index }))
  const buckets = months.map((date) => ({
    start: startOfDay(date, 'UTC'),
    label: date.toString().slice(0, 7),
  }))
  const rows = buckets.map(({ start }, index) => exampleRow(100 + 20 * index, start))
  return usageTrends('3m', 'cost', 'UTC', buckets, rows)
}
