/**
 * `GET /api/v1/quality` and `/quality/unpriced`: how far the numbers can be trusted.
 *
 * Invariant: shares are of the calls that have something to bill; null without any.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import {
  ATTRIBUTES,
  type Attribute,
  type QualityRow,
  quality,
  type UnpricedRow,
  unpricedModels,
} from '../query/quality.ts'
import { count, exactText, share, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { examplePeriod, exampleSums } from './usage-example.ts'
import { wholeNumber } from './whole-number.ts'

const NAMES = Object.keys(ATTRIBUTES) as [Attribute, ...Attribute[]]
const ratio = (description: string): z.ZodNullable<z.ZodNumber> =>
  z
    .number()
    .nullable()
    .openapi({ description: `${description}, 0 to 1; null without calls.` })

interface Quality {
  period: PeriodBody
  calls: number
  failed_calls: number
  billable_calls: number
  unpriced: { calls: number; share: number | null }
  missing: { calls: number; share: number | null }
  estimated: { calls: number; share: number | null }
  billed_by_provider: { calls: number; share: number | null }
  complete_share: number | null
  unattributed: {
    attribute: Attribute
    calls: number
    share: number | null
    cost_exact: string
    cost_share: number | null
  }[]
}

const part = (what: string) =>
  z.object({ calls: count(`Calls ${what}.`), share: ratio('Part of `billable_calls`') })
const schema: z.ZodType<Quality> = z
  .object({
    period: periodSchema,
    calls: count('Calls to paid APIs.'),
    failed_calls: count('Calls that the provider refused without usage: nothing to bill.'),
    billable_calls: count('calls − failed_calls.'),
    unpriced: part('that cost something nobody could rate'),
    missing: part('whose usage is not known'),
    estimated: part('whose usage was estimated'),
    billed_by_provider: part('whose cost is what the provider said it bills'),
    complete_share: ratio('Part of `billable_calls` with a cost'),
    unattributed: z.array(
      z.object({
        attribute: z.enum(NAMES),
        calls: count('Calls without it.'),
        share: ratio('Part of `billable_calls` without it'),
        cost_exact: exactText('Cost of the calls without it'),
        cost_share: ratio('Part of the cost without it'),
      }),
    ),
  })
  .openapi('Quality')

function qualityOf(period: PeriodBody, row: QualityRow): Quality {
  const calls = Number(row.calls)
  const billable = calls - Number(row.failed_calls)
  const of = (value: number): { calls: number; share: number | null } => ({
    calls: Number(value),
    share: share(value, billable),
  })
  return {
    period,
    calls,
    failed_calls: Number(row.failed_calls),
    billable_calls: billable,
    unpriced: of(row.unpriced_calls),
    missing: of(row.missing_calls),
    estimated: of(row.estimated_calls),
    billed_by_provider: of(row.provider_billed_calls),
    complete_share: share(billable - Number(row.unpriced_calls), billable),
    unattributed: NAMES.map((attribute) => ({
      attribute,
      ...of(row[`without_${attribute}`]),
      cost_exact: formatDecimal(parseDecimal(row[`cost_without_${attribute}`])),
      cost_share: share(row[`cost_without_${attribute}`], row.cost),
    })),
  }
}

interface Unpriced {
  period: PeriodBody
  models: (Omit<UnpricedRow, 'provider' | 'model'> & { provider: string | null; model: string | null })[]
}
const unpricedSchema: z.ZodType<Unpriced> = z
  .object({
    period: periodSchema,
    models: z
      .array(
        z.object({
          provider: text('Provider of the paid API.').nullable(),
          model: text('Model that answered, or was asked for.').nullable(),
          reason: text('Why there is no cost: `unknown_model`, `missing_usage` or `unpriced_usage`.'),
          calls: count('Calls.'),
          input_tokens: count('Input tokens of these calls.'),
          output_tokens: count('Output tokens of these calls.'),
          first_seen: text('First such call of the period, UTC.'),
          last_seen: text('Last such call of the period, UTC.'),
        }),
      )
      .openapi({ description: 'Most tokens first.' }),
  })
  .openapi('UnpricedModels')

const iso = (utc: string): string => `${utc.replace(' ', 'T')}Z`
function unpricedOf(period: PeriodBody, rows: readonly UnpricedRow[]): Unpriced {
  const models = rows.map((row) => ({
    ...row,
    provider: row.provider || null,
    model: row.model || null,
    calls: Number(row.calls),
    input_tokens: Number(row.input_tokens),
    output_tokens: Number(row.output_tokens),
    first_seen: iso(row.first_seen),
    last_seen: iso(row.last_seen),
  }))
  return { period, models }
}

/** Creates both endpoints. */
export function createQuality(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const period = periodOf(examplePeriod())
  const common = { ...periodShape, ...filterShape }
  const sums = exampleSums(40)
  const none = Object.fromEntries(
    NAMES.flatMap((name) => [
      [`without_${name}`, 0],
      [`cost_without_${name}`, '0'],
    ]),
  )
  const example = { ...sums, ...none, unpriced_calls: 1, provider_billed_calls: 4 } as unknown as QualityRow
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/quality',
      operationId: 'getQuality',
      summary: 'How far the numbers can be trusted',
      description:
        'Calls without a price, without usage, with estimated usage, and without someone to charge.',
      query: common,
      schema,
      example: qualityOf(period, example),
      table: (body) => tableOf(`quality-${body.period.name}`, body.unattributed),
      async answer({ query, now, context }) {
        const asked = resolvePeriod(query, now)
        if (Array.isArray(asked)) return asked
        return qualityOf(periodOf(asked), await quality(context, asked, pickFilters(query)))
      },
    }),
  )
  app.route(
    '/',
    createEndpoint(options, {
      path: '/api/v1/quality/unpriced',
      operationId: 'getUnpricedModels',
      summary: 'What nobody could rate',
      description:
        'Models with calls that have a cost nobody knows, with their tokens and when they were seen.',
      query: { ...common, limit: wholeNumber('limit', 1000, 100, 'Length of the list.') },
      schema: unpricedSchema,
      example: unpricedOf(period, [
        {
          ...{ provider: 'openai', model: 'gpt-next', reason: 'unknown_model', calls: 1 },
          ...{ input_tokens: 1000, output_tokens: 100 },
          ...{ first_seen: '2026-03-02 09:30:00.000', last_seen: '2026-03-02 09:30:00.000' },
        },
      ]),
      table: (body) => tableOf(`unpriced-${body.period.name}`, body.models),
      async answer({ query, now, context }) {
        const asked = resolvePeriod(query, now)
        if (Array.isArray(asked)) return asked
        const rows = await unpricedModels(context, asked, pickFilters(query), query.limit)
        return unpricedOf(periodOf(asked), rows)
      },
    }),
  )
  return app
}
