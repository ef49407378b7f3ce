/**
 * `GET /api/v1/usage/series`: usage by minute, hour, day, week or month, in total or by a dimension.
 *
 * Invariant: every bucket of the period is there, also those without calls, and the buckets of all entries
 * sum to the total of the period.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { DIMENSION_NAMES, type DimensionName } from '../query/dimensions.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import {
  type Bucket,
  bucketsOf,
  INTERVALS,
  type Interval,
  MAX_BUCKETS,
  suitableInterval,
} from '../query/intervals.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { ORDERS, type UsageRow, usageCube } from '../query/usage-cube.ts'
import { NOTHING } from '../query/usage-sums.ts'
import { type Amounts, addSums, amountsOf, amountsShape, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint } from './endpoint.ts'
import { type Table, tableOf } from './table.ts'
import { type Entry, entryOf, entryShape } from './usage-entry.ts'
import { examplePeriod, exampleRow } from './usage-example.ts'
import { wholeNumber } from './whole-number.ts'

/** The most points (buckets × entries) of one answer. */
const MAX_POINTS = 25_000

/** One bucket of a series. */
export type Point = Amounts & { start: string; label: string }
/** The body of the answer. */
export interface UsageSeries {
  period: PeriodBody
  currency: 'USD'
  interval: Interval
  by: DimensionName | null
  has_data: boolean
  total: Amounts
  series: (Entry & { total: Amounts; points: Point[] })[]
}

/** The schema of the body. */
export const usageSeriesSchema: z.ZodType<UsageSeries> = z
  .object({
    period: periodSchema,
    currency: z.literal('USD'),
    interval: z.enum(INTERVALS),
    by: z.enum(DIMENSION_NAMES).nullable(),
    has_data: z.boolean().openapi({ description: 'False when the period has no call.' }),
    total: z.object(amountsShape),
    series: z
      .array(
        z.object({
          ...entryShape,
          total: z.object(amountsShape),
          points: z.array(
            z.object({
              start: z.iso.datetime().openapi({ description: 'First instant of the bucket, UTC.' }),
              label: text(
                'The bucket in the zone of the period: `2026-03`, `2026-03-01`, or a time with its offset.',
              ),
              ...amountsShape,
            }),
          ),
        }),
      )
      .openapi({ description: 'One entry without `by`; else the largest ones and, at the end, "other".' }),
  })
  .openapi('UsageSeries')

/** Rows as one series for each entry, every bucket filled. Pure. */
function seriesOf(
  buckets: readonly Bucket[],
  rows: readonly UsageRow[],
  by: DimensionName | undefined,
): UsageSeries['series'] {
  const places = new Map<number, UsageRow[]>()
  for (const row of rows) {
    const list = places.get(row.place)
    if (list === undefined) places.set(row.place, [row])
    else list.push(row)
  }
  if (by === undefined && places.size === 0) places.set(0, [])
  return [...places.entries()]
    .sort(([a], [b]) => (a || Number.MAX_VALUE) - (b || Number.MAX_VALUE))
    .map(([, list]) => {
      const at = new Map(list.map((row) => [Number(row.bucket), row]))
      const entry: Entry =
        by === undefined
          ? { key: {}, name: 'total', other: false }
          : { ...entryOf(by, list[0] as UsageRow), ...nameOf(by, list) }
      return {
        ...entry,
        total: amountsOf(addSums(list)),
        points: buckets.map(({ start, label }) => ({
          start: new Date(start).toISOString(),
          label,
          ...amountsOf(at.get(Math.floor(start / 1000)) ?? NOTHING),
        })),
      }
    })
}

/** The newest name of an entry, which a bucket may know and another one not. */
function nameOf(by: DimensionName, rows: readonly UsageRow[]): Partial<Entry> {
  const named = rows.findLast((row) => row.label !== '')
  return named === undefined ? {} : { name: entryOf(by, named).name }
}

/** The body of the answer. Pure. */
export function usageSeries(
  period: PeriodBody,
  interval: Interval,
  by: DimensionName | undefined,
  buckets: readonly Bucket[],
  rows: readonly UsageRow[],
): UsageSeries {
  const total = amountsOf(addSums(rows))
  return {
    period,
    currency: 'USD',
    interval,
    by: by ?? null,
    has_data: total.calls > 0,
    total,
    series: seriesOf(buckets, rows, by),
  }
}

function table(body: UsageSeries, columns: 'all' | 'billing'): Table {
  const name = `usage-${body.by === null ? '' : `${body.by}-`}${body.interval}-${body.period.name}`
  const points = body.series.flatMap(({ key, name, points }) =>
    points.map((point) => (body.by === null ? point : { ...(key ?? {}), name, ...point })),
  )
  if (columns === 'all') return tableOf(name, points)
  return {
    name: `billing-${body.period.name}`,
    header: ['Date', 'Tokens', 'Cost'],
    rows: points.map((point) => [point.label, point.total_tokens, point.cost_exact]),
  }
}

const columns = z.enum(['all', 'billing']).default('all').openapi({
  description: 'For files: `all`, or `billing` for `Date,Tokens,Cost` alone.',
})

/** Creates the endpoint. */
export function createUsageSeries(options: ApiOptions): OpenAPIHono {
  const period = examplePeriod()
  return createEndpoint(options, {
    path: '/api/v1/usage/series',
    operationId: 'getUsageSeries',
    summary: 'Usage over time',
    description:
      `Usage by interval in the zone of the period, at most ${MAX_BUCKETS} buckets; with \`by\`, one series for each of ` +
      'the largest entries and one for all others, so that they sum to the total.',
    query: {
      ...periodShape,
      ...filterShape,
      interval: z.enum(INTERVALS).optional().openapi({
        description: 'Length of a bucket; default: what suits the period.',
      }),
      by: z
        .enum(DIMENSION_NAMES)
        .optional()
        .openapi({ description: 'Split every bucket by this dimension.' }),
      order: z.enum(ORDERS).default('cost').openapi({ description: 'What makes an entry of `by` large.' }),
      limit: wholeNumber('limit', 50, 10, 'Entries of `by` beside "other".'),
      columns,
    },
    schema: usageSeriesSchema,
    example: usageSeries(
      periodOf(period),
      'day',
      undefined,
      period.days.map(({ start, date }) => ({ start, label: date })),
      [exampleRow(30, period.start)],
    ),
    table: (body, query) => table(body, query.columns),
    async answer({ query, now, context }) {
      const asked = resolvePeriod(query, now)
      if (Array.isArray(asked)) return asked
      const interval = query.interval ?? suitableInterval(asked)
      const buckets = bucketsOf(asked, interval)
      if (!Array.isArray(buckets)) return [buckets]
      if (query.by !== undefined && buckets.length * (query.limit + 1) > MAX_POINTS)
        return [
          {
            name: 'limit',
            detail: `${buckets.length} buckets by ${query.limit + 1} entries are more than ${MAX_POINTS} points; lower limit or take a longer interval`,
          },
        ]
      const { rows } = await usageCube(context, {
        start: asked.start,
        end: asked.end,
        filters: pickFilters(query),
        starts: buckets.map((bucket) => bucket.start),
        by: query.by,
        limit: query.limit,
        order: query.order,
      })
      return usageSeries(periodOf(asked), interval, query.by, buckets, rows)
    },
  })
}
