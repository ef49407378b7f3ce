/**
 * `GET /api/v1/health`, `/stats`, `/stats/light`, `/stats/cache`: how calls go, in total and per provider.
 *
 * Invariant: what was not measured is null; a provider without calls in the window is not there at all.
 */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { type CallStats, callStats } from '../query/call-stats.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { type UsageRow, usageCube } from '../query/usage-cube.ts'
import { addSums, amountsOf, count, number, share, text } from './amounts.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'
import { type CacheEffect, cacheEffect, cacheEffectShape } from './cache-effect.ts'
import { createEndpoint } from './endpoint.ts'
import { tableOf } from './table.ts'
import { examplePeriod, exampleRow, exampleSums } from './usage-example.ts'

interface Stats {
  calls: number
  errors: number
  error_ratio: number | null
  client_errors: number
  rate_limited: number
  server_errors: number
  latency_p50_seconds: number | null
  latency_p95_seconds: number | null
  latency_p99_seconds: number | null
  first_chunk_p50_seconds: number | null
  first_chunk_p95_seconds: number | null
  output_tokens_per_second: number | null
  uptime_ratio: number | null
  cost_per_success: number | null
  last_call_at: string | null
}
const nullable = (description: string): z.ZodNullable<z.ZodNumber> => number(description).nullable()
const statsShape: { [name in keyof Stats]: z.ZodType<Stats[name]> } = {
  calls: count('Calls to paid APIs.'),
  errors: count('Calls that ended in an error.'),
  error_ratio: nullable('errors / calls.'),
  client_errors: count('Errors with a 4xx status other than 429.'),
  rate_limited: count('Calls that were answered with 429.'),
  server_errors: count('Calls that were answered with 5xx.'),
  latency_p50_seconds: nullable('Half of the calls took at most this long, to the last byte.'),
  latency_p95_seconds: nullable('95 % of the calls took at most this long.'),
  latency_p99_seconds: nullable('99 % of the calls took at most this long.'),
  first_chunk_p50_seconds: nullable('The same to the first chunk, of streams.'),
  first_chunk_p95_seconds: nullable('The same to the first chunk, of streams.'),
  output_tokens_per_second: nullable('Output tokens by the time that calls took.'),
  uptime_ratio: nullable('Part of the minutes with calls in which at least one of them succeeded.'),
  cost_per_success: nullable('Known cost by calls without an error, USD.'),
  last_call_at: text('Start of the last call, UTC.').nullable(),
}

function statsOf(row: CallStats): Stats {
  const [calls, errors] = [Number(row.calls), Number(row.errors)]
  const [p50 = null, p95 = null, p99 = null] = row.latency
  const [first50 = null, first95 = null] = row.first_chunk
  return {
    calls,
    errors,
    error_ratio: share(errors, calls),
    client_errors: Number(row.client_errors),
    rate_limited: Number(row.rate_limited),
    server_errors: Number(row.server_errors),
    latency_p50_seconds: p50,
    latency_p95_seconds: p95,
    latency_p99_seconds: p99,
    first_chunk_p50_seconds: first50,
    first_chunk_p95_seconds: first95,
    output_tokens_per_second: share(row.output_tokens, row.busy_seconds),
    uptime_ratio: share(row.minutes_up, row.minutes),
    cost_per_success: share(row.cost, calls - errors),
    last_call_at: calls === 0 ? null : `${row.last_call.replace(' ', 'T')}Z`,
  }
}

const IDLE: CallStats = {
  ...{ provider: '', is_total: 1, calls: 0, errors: 0, client_errors: 0, rate_limited: 0, server_errors: 0 },
  ...{
    output_tokens: 0,
    busy_seconds: 0,
    cost: '0',
    minutes: 0,
    minutes_up: 0,
    latency: [],
    first_chunk: [],
  },
  last_call: '',
}
const EXAMPLE: readonly CallStats[] = [1, 0].map((is_total) => ({
  ...IDLE,
  ...{ is_total, provider: is_total ? '' : 'openai', calls: 40, errors: 2, rate_limited: 2 },
  ...{ output_tokens: 4000, busy_seconds: 80, cost: exampleSums(40).cost, minutes: 20, minutes_up: 20 },
  ...{ latency: [1.9, 3.2, 4.1], first_chunk: [0.3, 0.6], last_call: '2026-03-02 09:30:00.000' },
}))

interface StatsBody {
  period: PeriodBody
  total: Stats
  providers: (Stats & { provider: string | null })[]
}
const provider = { provider: text('Provider of the paid API.').nullable() }
const statsSchema: z.ZodType<StatsBody> = z
  .object({
    period: periodSchema,
    total: z.object(statsShape),
    providers: z
      .array(z.object({ ...provider, ...statsShape }))
      .openapi({ description: 'Most calls first.' }),
  })
  .openapi('Stats')

function statsBody(period: PeriodBody, rows: readonly CallStats[]): StatsBody {
  const providers = rows.filter((row) => !Number(row.is_total))
  return {
    period,
    total: statsOf(rows.find((row) => Number(row.is_total)) ?? IDLE),
    providers: providers.map((row) => ({ provider: row.provider || null, ...statsOf(row) })),
  }
}

const STATUSES = ['healthy', 'degraded', 'failing', 'idle'] as const
interface Health {
  status: (typeof STATUSES)[number]
  window_seconds: number
  collector: { status: 'healthy'; uptime_seconds: number }
  total: Stats
  providers: (Stats & { provider: string | null; status: Health['status'] })[]
}
const status = z.enum(STATUSES).openapi({
  description:
    '`healthy`: less than 5 % of the calls failed; `degraded`: less than half; `failing`: half or more; `idle`: no calls.',
})
const healthSchema: z.ZodType<Health> = z
  .object({
    status,
    window_seconds: count('How far back calls are looked at.'),
    collector: z.object({
      status: z.literal('healthy'),
      uptime_seconds: count('Since the collector was started.'),
    }),
    total: z.object(statsShape),
    providers: z.array(z.object({ ...provider, status, ...statsShape })),
  })
  .openapi('Health')

const HEALTH_WINDOW_MS = 15 * 60_000

function statusOf({ calls, error_ratio }: Pick<Stats, 'calls' | 'error_ratio'>): Health['status'] {
  if (calls === 0 || error_ratio === null) return 'idle'
  return error_ratio < 0.05 ? 'healthy' : error_ratio < 0.5 ? 'degraded' : 'failing'
}

function healthBody(upMs: number, rows: readonly CallStats[]): Health {
  const { total, providers } = statsBody(periodOf(examplePeriod()), rows)
  return {
    status: statusOf(total),
    window_seconds: HEALTH_WINDOW_MS / 1000,
    collector: { status: 'healthy', uptime_seconds: Math.max(0, Math.floor(upMs / 1000)) },
    total,
    providers: providers.map((entry) => ({ ...entry, status: statusOf(entry) })),
  }
}

interface Light {
  period: PeriodBody
  calls: number
  errors: number
  error_ratio: number | null
  total_tokens: number
  cost: number
  cost_exact: string
  unpriced_calls: number
}
const lightSchema: z.ZodType<Light> = z
  .object({
    period: periodSchema,
    calls: count('Calls to paid APIs.'),
    errors: count('Calls that ended in an error.'),
    error_ratio: nullable('errors / calls.'),
    total_tokens: count('Input and output tokens.'),
    cost: number('Sum of the known costs, USD: the nearest double.'),
    cost_exact: text('The same, exact.'),
    unpriced_calls: count('Calls without a known cost.'),
  })
  .openapi('LightStats')

function lightBody(period: PeriodBody, rows: readonly UsageRow[]): Light {
  const { calls, errors, total_tokens, cost, cost_exact, unpriced_calls } = amountsOf(addSums(rows))
  return {
    period,
    calls,
    errors,
    error_ratio: share(errors, calls),
    total_tokens,
    cost,
    cost_exact,
    unpriced_calls,
  }
}

interface CacheBody {
  period: PeriodBody
  total: Omit<CacheEffect, 'provider' | 'model'>
  models: CacheEffect[]
}
const cacheSchema: z.ZodType<CacheBody> = z
  .object({
    period: periodSchema,
    total: z.object((({ provider: _, model: __, ...shape }) => shape)(cacheEffectShape)),
    models: z.array(z.object(cacheEffectShape)).openapi({ description: 'Most expensive first.' }),
  })
  .openapi('CacheStats')

/** The effect of prompt caches. Pure. */
function cacheBody(period: PeriodBody, at: number, rows: readonly UsageRow[]): CacheBody {
  return { period, ...cacheEffect(rows, at) }
}

/** Creates the endpoints. */
export function createStats(options: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const started = options.now().getTime()
  const period = periodOf(examplePeriod())
  const common = { ...periodShape, ...filterShape }
  const parts = [
    createEndpoint(options, {
      path: '/api/v1/health',
      operationId: 'getHealth',
      summary: 'Whether everything works',
      description: 'The collector, and the calls of the last 15 minutes, in total and per provider.',
      query: filterShape,
      schema: healthSchema,
      example: healthBody(3_600_000, EXAMPLE),
      async answer({ query, now, context }) {
        const range = { start: now - HEALTH_WINDOW_MS, end: now }
        return healthBody(now - started, await callStats(context, range, pickFilters(query)))
      },
    }),
    createEndpoint(options, {
      path: '/api/v1/stats',
      operationId: 'getStats',
      summary: 'How calls went',
      description:
        'Response times, errors and uptime of a period, in total and per provider. Default: `last_24h`.',
      query: common,
      schema: statsSchema,
      example: statsBody(period, EXAMPLE),
      table: (body) => tableOf(`stats-${body.period.name}`, body.providers),
      async answer({ query, now, context }) {
        const asked = resolvePeriod(recent(query, 'last_24h'), now)
        if (Array.isArray(asked)) return asked
        return statsBody(periodOf(asked), await callStats(context, asked, pickFilters(query)))
      },
    }),
    createEndpoint(options, {
      path: '/api/v1/stats/light',
      operationId: 'getLightStats',
      summary: 'A few numbers, quickly',
      description:
        'Calls, errors, tokens and cost of a period, for a header or a status line. Default: `last_hour`.',
      query: common,
      schema: lightSchema,
      example: lightBody(period, [exampleRow(40, 0)]),
      async answer({ query, now, context }) {
        const asked = resolvePeriod(recent(query, 'last_hour'), now)
        if (Array.isArray(asked)) return asked
        const { rows } = await usageCube(context, { ...asked, filters: pickFilters(query) })
        return lightBody(periodOf(asked), rows)
      },
    }),
    createEndpoint(options, {
      path: '/api/v1/stats/cache',
      operationId: 'getCacheStats',
      summary: 'What prompt caches bring',
      description:
        'Tokens read from and written to the caches of providers, and what that saved at list prices.',
      query: common,
      schema: cacheSchema,
      example: cacheBody(period, Date.parse('2026-03-02'), [
        { ...exampleRow(40, 0, ['openai', 'gpt-4o-mini'], 1), cache_read_tokens: 24_000 },
      ]),
      table: (body) => tableOf(`cache-${body.period.name}`, body.models),
      async answer({ query, now, context }) {
        const asked = resolvePeriod(query, now)
        if (Array.isArray(asked)) return asked
        const { rows } = await usageCube(context, {
          ...asked,
          filters: pickFilters(query),
          by: 'model',
          limit: 2000,
        })
        return cacheBody(periodOf(asked), Math.min(asked.end, now), rows)
      },
    }),
  ]
  for (const part of parts) app.route('/', part)
  return app
}

/** The period of a query, another one than `month` when it names none. */
function recent<Query extends { period?: unknown; startDate?: unknown; endDate?: unknown }, Name>(
  query: Query,
  name: Name,
): Query | (Query & { period: Name }) {
  return query.period === undefined && query.startDate === undefined && query.endDate === undefined
    ? { ...query, period: name }
    : query
}
