/**
 * `GET /api/v1/insights`: where money could be saved, and when it is spent.
 *
 * Invariant: what is counted is exact; what is a what-if says so, and is computed from the tokens of the calls
 * at list prices without tiers.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { together } from '../query/execute.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { type HeatCell, heatMap } from '../query/heat-map.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { type RetryWaste, retryWaste } from '../query/retry-waste.ts'
import { type UsageRow, usageCube } from '../query/usage-cube.ts'
import { count, exactText, number, share, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { type CacheEffect, cacheEffect, cacheEffectShape, tokenPrices } from './cache-effect.ts'
import { createEndpoint } from './endpoint.ts'
import { examplePeriod, exampleRow, exampleSums } from './usage-example.ts'

/** How many models are rated anew, and how many cheaper ones are named for each. */
const [MODELS, CANDIDATES] = [20, 3]

interface Cheaper {
  provider: string
  model: string
  estimated_cost: number
  estimated_saving: number
}
interface Insights {
  period: PeriodBody
  cache: { total: Omit<CacheEffect, 'provider' | 'model'>; models: CacheEffect[] }
  retries: {
    failed_calls: number
    failed_cost_exact: string
    failed_tokens: number
    failed_seconds: number
    retries: number
    recovered: number
  }
  providers: {
    provider: string | null
    successful_calls: number
    cost_per_success: number | null
    error_ratio: number | null
  }[]
  what_if: { provider: string; model: string; calls: number; estimated_cost: number; cheaper: Cheaper[] }[]
  heat_map: { weekday: number; hour: number; calls: number; cost_exact: string }[]
}

const cheaper = z.object({
  provider: text('Provider.'),
  model: text('Another model of this period.'),
  estimated_cost: number('Estimate: the same tokens at its list prices, USD.'),
  estimated_saving: number('Estimate: how much less that is, USD.'),
})
const schema: z.ZodType<Insights> = z
  .object({
    period: periodSchema,
    cache: z.object({
      total: z.object((({ provider: _, model: __, ...shape }) => shape)(cacheEffectShape)),
      models: z.array(z.object(cacheEffectShape)),
    }),
    retries: z.object({
      failed_calls: count('Calls that ended in an error.'),
      failed_cost_exact: exactText('What they cost all the same'),
      failed_tokens: count('Their tokens.'),
      failed_seconds: number('How long they took.'),
      retries: count('Calls after a failed one of the same model under the same parent span.'),
      recovered: count('Pieces of work in which a call failed and a later one did not.'),
    }),
    providers: z.array(
      z.object({
        provider: text('Provider.').nullable(),
        successful_calls: count('Calls without an error.'),
        cost_per_success: number('Known cost by successful calls, USD; null without any.').nullable(),
        error_ratio: number('errors / calls.').nullable(),
      }),
    ),
    what_if: z
      .array(
        z.object({
          provider: text('Provider.'),
          model: text('Model.'),
          calls: count('Its calls.'),
          estimated_cost: number('Its tokens at list prices, USD: what the others are compared with.'),
          cheaper: z.array(cheaper),
        }),
      )
      .openapi({
        description:
          'For the most expensive models: the same tokens at other models of this period. Another model may need ' +
          'other tokens for the same work, and do it worse.',
      }),
    heat_map: z
      .array(
        z.object({
          weekday: z.int().min(1).max(7).openapi({ description: '1 is Monday.' }),
          hour: z.int().min(0).max(23).openapi({ description: 'Hour that clocks of the zone show.' }),
          calls: count('Calls.'),
          cost_exact: exactText('Sum of the known costs'),
        }),
      )
      .openapi({ description: 'All 168 hours of a week in the zone; they sum to the total.' }),
  })
  .openapi('Insights')

function insightsBody(
  period: PeriodBody,
  at: number,
  models: readonly UsageRow[],
  providers: readonly UsageRow[],
  waste: RetryWaste | undefined,
  cells: readonly HeatCell[],
): Insights {
  const heat = new Map(cells.map((cell) => [`${cell.weekday} ${cell.hour}`, cell]))
  return {
    period,
    cache: cacheEffect(models, at),
    retries: {
      failed_calls: Number(waste?.failed_calls ?? 0),
      failed_cost_exact: formatDecimal(parseDecimal(waste?.failed_cost ?? '0')),
      failed_tokens: Number(waste?.failed_tokens ?? 0),
      failed_seconds: Number(waste?.failed_seconds ?? 0),
      retries: Number(waste?.retries ?? 0),
      recovered: Number(waste?.recovered ?? 0),
    },
    providers: providers.map((row) => {
      const good = Number(row.calls) - Number(row.errors)
      return {
        provider: row.place === 0 ? 'other' : row.key[0] || null,
        successful_calls: good,
        cost_per_success: share(row.cost, good),
        error_ratio: share(row.errors, row.calls),
      }
    }),
    what_if: whatIf(models, at),
    heat_map: Array.from({ length: 168 }, (_, index) => {
      const [weekday, hour] = [Math.floor(index / 24) + 1, index % 24]
      const cell = heat.get(`${weekday} ${hour}`)
      return {
        weekday,
        hour,
        calls: Number(cell?.calls ?? 0),
        cost_exact: formatDecimal(parseDecimal(cell?.cost ?? '0')),
      }
    }),
  }
}

/** Rates the tokens of each model at every other model that the same operation could use. */
function whatIf(rows: readonly UsageRow[], at: number): Insights['what_if'] {
  const known = rows.flatMap((row) => {
    const [provider = '', model = ''] = row.key
    const prices = row.place === 0 ? undefined : tokenPrices(provider, model, at)
    return prices === undefined ? [] : [{ row, provider, model, prices }]
  })
  const rated = (row: UsageRow, prices: NonNullable<ReturnType<typeof tokenPrices>>): number => {
    const [read, write] = [Number(row.cache_read_tokens), Number(row.cache_write_tokens)]
    const plain = Number(row.input_tokens) - read - write
    const output = Number(row.output_tokens)
    return plain * prices.input + read * prices.cacheRead + write * prices.cacheWrite + output * prices.output
  }
  return known.slice(0, MODELS).map(({ row, provider, model, prices }) => {
    const cost = rated(row, prices)
    const generates = Number(row.output_tokens) > 0
    const others = known
      // Models without output (embeddings) are no replacement for those that write, nor the other way round.
      .filter((other) => other.row !== row && Number(other.row.output_tokens) > 0 === generates)
      .map((other) => {
        const there = rated(row, other.prices)
        return {
          provider: other.provider,
          model: other.model,
          estimated_cost: there,
          estimated_saving: cost - there,
        }
      })
      .filter((other) => other.estimated_saving > cost * 0.1)
      .sort((a, b) => b.estimated_saving - a.estimated_saving)
    return {
      provider,
      model,
      calls: Number(row.calls),
      estimated_cost: cost,
      cheaper: others.slice(0, CANDIDATES),
    }
  })
}

/** Creates the endpoint. */
export function createInsights(options: ApiOptions): OpenAPIHono {
  const waste = { failed_calls: 1, failed_cost: exampleSums(1).cost, failed_tokens: 1100, failed_seconds: 2 }
  return createEndpoint(options, {
    path: '/api/v1/insights',
    operationId: 'getInsights',
    summary: 'Where money could be saved',
    description:
      'Effect of prompt caches, cost of failed calls and retries, cost per successful call, the same tokens at ' +
      'cheaper models, and when money is spent.',
    query: { ...periodShape, ...filterShape },
    schema,
    example: insightsBody(
      periodOf(examplePeriod()),
      Date.parse('2026-03-02'),
      [exampleRow(30, 0, ['openai', 'gpt-4o'], 1), exampleRow(10, 0, ['openai', 'gpt-4o-mini'], 2)],
      [exampleRow(40, 0, ['openai'], 1)],
      { ...waste, retries: 1, recovered: 1 },
      [{ weekday: 1, hour: 9, calls: 40, cost: exampleSums(40).cost }],
    ),
    async answer({ query, now, context }) {
      const asked = resolvePeriod(query, now)
      if (Array.isArray(asked)) return asked
      const filters = pickFilters(query)
      const [models, providers, waste, cells] = await together(
        context,
        (shared) =>
          [
            usageCube(shared, { start: asked.start, end: asked.end, filters, by: 'model', limit: 200 }),
            usageCube(shared, { start: asked.start, end: asked.end, filters, by: 'provider', limit: 200 }),
            retryWaste(shared, asked, filters),
            heatMap(shared, asked, asked.timezone, filters),
          ] as const,
      )
      const at = Math.min(asked.end, now)
      return insightsBody(periodOf(asked), at, models.rows, providers.rows, waste, cells)
    },
  })
}
