/**
 * `GET /api/v1/usage/breakdown` and `/top`: usage of a period by one dimension.
 *
 * Invariant: the entries and "other" sum to the total of the period, to the last decimal.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { DIMENSION_NAMES, DIMENSIONS, type DimensionName } from '../query/dimensions.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { ORDERS, type UsageRow, usageCube } from '../query/usage-cube.ts'
import { type Amounts, addSums, amountsOf, amountsShape, count, share } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { type Entry, entryOf, entryShape } from './usage-entry.ts'
import { examplePeriod, exampleRow } from './usage-example.ts'
import { wholeNumber } from './whole-number.ts'

/** One entry. */
export type BreakdownEntry = Entry &
  Amounts & { members: number; cost_share: number | null; calls_share: number | null }
/** The body of both answers. */
export interface UsageBreakdown {
  period: PeriodBody
  currency: 'USD'
  by: DimensionName
  has_data: boolean
  total: Amounts
  entries: BreakdownEntry[]
}

/** The schema of the body. */
export const usageBreakdownSchema: z.ZodType<UsageBreakdown> = z
  .object({
    period: periodSchema,
    currency: z.literal('USD'),
    by: z.enum(DIMENSION_NAMES),
    has_data: z.boolean().openapi({ description: 'False when the period has no call.' }),
    total: z.object(amountsShape),
    entries: z
      .array(
        z.object({
          ...entryShape,
          members: count('How many entries this one stands for: 1, or more for "other".'),
          cost_share: z.number().nullable().openapi({ description: 'Part of the total cost, 0 to 1.' }),
          calls_share: z.number().nullable().openapi({ description: 'Part of all calls, 0 to 1.' }),
          ...amountsShape,
        }),
      )
      .openapi({ description: 'Largest first; "other", where there is one, at the end.' }),
  })
  .openapi('UsageBreakdown')

/** The body of the answer. Pure. */
export function usageBreakdown(
  period: PeriodBody,
  by: DimensionName,
  rows: readonly UsageRow[],
): UsageBreakdown {
  const total = amountsOf(addSums(rows))
  return {
    period,
    currency: 'USD',
    by,
    has_data: total.calls > 0,
    total,
    entries: rows.map((row) => ({
      ...entryOf(by, row),
      members: Number(row.members),
      cost_share: share(row.cost, total.cost_exact),
      calls_share: share(row.calls, total.calls),
      ...amountsOf(row),
    })),
  }
}

const what = DIMENSION_NAMES.map((name) => `\`${name}\` (${DIMENSIONS[name].what})`).join(', ')
const by = z.enum(DIMENSION_NAMES).openapi({ description: `The dimension: ${what}.`, example: 'model' })

/** Creates both endpoints; they differ in how many entries stand alone unless told otherwise. */
export function createUsageBreakdowns(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  app.route('/', create(options, 'breakdown', 'Usage by a dimension', 2000, 100))
  app.route('/', create(options, 'top', 'The largest of a dimension', 100, 10))
  return app
}

function create(
  options: ApiOptions,
  name: 'breakdown' | 'top',
  summary: string,
  max: number,
  usual: number,
): OpenAPIHono {
  const period = examplePeriod()
  return createEndpoint(options, {
    path: `/api/v1/usage/${name}`,
    operationId: name === 'top' ? 'getTopUsage' : 'getUsageBreakdown',
    summary,
    description:
      'Usage of a period by one dimension, largest first. What is beyond `limit` is one entry "other", so the ' +
      'entries always sum to the total.',
    query: {
      ...periodShape,
      ...filterShape,
      by,
      order: z.enum(ORDERS).default('cost').openapi({ description: 'What makes an entry large.' }),
      limit: wholeNumber('limit', max, usual, 'Entries beside "other".'),
    },
    schema: usageBreakdownSchema,
    example: usageBreakdown(periodOf(period), 'model', [
      exampleRow(30, period.start, ['openai', 'gpt-4o-mini'], 1),
      { ...exampleRow(10, period.start), members: 3 },
    ]),
    table: (body) => tableOf(`usage-by-${body.by}-${body.period.name}`, body.entries),
    async answer({ query, now, context }) {
      const asked = resolvePeriod(query, now)
      if (Array.isArray(asked)) return asked
      const { rows } = await usageCube(context, {
        start: asked.start,
        end: asked.end,
        filters: pickFilters(query),
        by: query.by,
        limit: query.limit,
        order: query.order,
      })
      return usageBreakdown(periodOf(asked), query.by, rows)
    },
  })
}
