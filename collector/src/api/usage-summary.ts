/**
 * `GET /api/v1/usage/summary`: what a period comes to, and how it compares with the one before.
 *
 * Invariant: like is compared with like, and a ratio to nothing is null, never infinite.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { divideDecimal, formatDecimal, parseDecimal } from '../query/decimal.ts'
import { together } from '../query/execute.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { previousRange } from '../query/previous-period.ts'
import type { Range } from '../query/raw-range.ts'
import { usageCube } from '../query/usage-cube.ts'
import type { UsageSums } from '../query/usage-sums.ts'
import { type Amounts, addSums, amountsOf, amountsShape, exactText, share } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { examplePeriod, exampleSums } from './usage-example.ts'

interface Change {
  absolute: number
  ratio: number | null
}
/** The body of the answer. */
export interface UsageSummary {
  period: PeriodBody
  currency: 'USD'
  has_data: boolean
  total: Amounts & { cost_per_call_exact: string | null; error_ratio: number | null }
  previous: Amounts & { start: string; end: string }
  change: { cost: Change & { absolute_exact: string }; calls: Change; total_tokens: Change; errors: Change }
}

const change = {
  absolute: z.number().openapi({ description: 'This period minus the previous one.' }),
  ratio: z.number().nullable().openapi({
    description: '`absolute` as a part of the previous value: 0.25 is a quarter more. Null after nothing.',
  }),
}

/** The schema of the body. */
export const usageSummarySchema: z.ZodType<UsageSummary> = z
  .object({
    period: periodSchema,
    currency: z.literal('USD'),
    has_data: z.boolean().openapi({ description: 'False when the period has no call.' }),
    total: z.object({
      ...amountsShape,
      cost_per_call_exact: exactText('Cost of a call in the mean').nullable(),
      error_ratio: z.number().nullable().openapi({ description: 'errors / calls; null without calls.' }),
    }),
    previous: z.object({
      start: z.iso.datetime().openapi({ description: 'First instant of the range before, UTC.' }),
      end: z.iso.datetime().openapi({ description: 'First instant after it, UTC.' }),
      ...amountsShape,
    }),
    change: z.object({
      cost: z.object({ ...change, absolute_exact: exactText('`absolute`') }),
      calls: z.object(change),
      total_tokens: z.object(change),
      errors: z.object(change),
    }),
  })
  .openapi('UsageSummary')

/** Puts the two sums together. Pure. */
export function usageSummary(
  period: PeriodBody,
  total: UsageSums,
  before: Range,
  previous: UsageSums,
): UsageSummary {
  const [now, then] = [amountsOf(total), amountsOf(previous)]
  const average = divideDecimal(parseDecimal(total.cost), now.calls)
  const difference = formatDecimal(parseDecimal(total.cost) - parseDecimal(previous.cost))
  const against = (name: 'calls' | 'total_tokens' | 'errors'): Change => ({
    absolute: now[name] - then[name],
    ratio: share(now[name] - then[name], then[name]),
  })
  return {
    period,
    currency: 'USD',
    has_data: now.calls > 0,
    total: {
      ...now,
      cost_per_call_exact: average === null ? null : formatDecimal(average),
      error_ratio: share(now.errors, now.calls),
    },
    previous: {
      start: new Date(before.start).toISOString(),
      end: new Date(before.end).toISOString(),
      ...then,
    },
    change: {
      cost: {
        absolute: Number(difference),
        absolute_exact: difference,
        ratio: share(difference, previous.cost),
      },
      calls: against('calls'),
      total_tokens: against('total_tokens'),
      errors: against('errors'),
    },
  }
}

/** Creates the endpoint. */
export function createUsageSummary(options: ApiOptions): OpenAPIHono {
  const period = examplePeriod()
  return createEndpoint(options, {
    path: '/api/v1/usage/summary',
    operationId: 'getUsageSummary',
    summary: 'What a period comes to',
    description:
      'Totals of a period, the range before it and the change. A calendar period that is still running is ' +
      'compared with the same part of the one before it, a whole one with the whole one before it.',
    query: { ...periodShape, ...filterShape },
    schema: usageSummarySchema,
    example: usageSummary(periodOf(period), exampleSums(40), previousRange(period, 0), exampleSums(32)),
    table: (body) => tableOf(`usage-summary-${body.period.name}`, [{ ...body.period, ...body.total }]),
    async answer({ query, now, context }) {
      const asked = resolvePeriod(query, now)
      if (Array.isArray(asked)) return asked
      const filters = pickFilters(query)
      const before = previousRange(asked, now)
      const [total, previous] = await together(
        context,
        (shared) =>
          [
            usageCube(shared, { start: asked.start, end: asked.end, filters }),
            usageCube(shared, { ...before, filters }),
          ] as const,
      )
      return usageSummary(periodOf(asked), addSums(total.rows), before, addSums(previous.rows))
    },
  })
}
