/**
 * How calls went: how many, how fast, what failed, in total and per provider.
 *
 * Invariant: a provider was up in a minute in which at least one call to it succeeded; minutes without calls
 * say nothing and count nowhere.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Condition, type Filters, filterCondition } from './filters.ts'
import type { Range } from './raw-range.ts'
import { withinSegment } from './scan.ts'
import { chooseSource, type Segment } from './source.ts'

/** Counts of calls; durations in seconds, null where there is nothing to measure. */
export interface CallStats {
  /** Empty for the total. */
  readonly provider: string
  readonly is_total: number
  readonly calls: number
  readonly errors: number
  readonly client_errors: number
  readonly rate_limited: number
  readonly server_errors: number
  readonly output_tokens: number
  readonly busy_seconds: number
  readonly cost: string
  readonly minutes: number
  readonly minutes_up: number
  /** p50, p95, p99 of the duration. */
  readonly latency: readonly (number | null)[]
  /** p50, p95 of the time to the first chunk. */
  readonly first_chunk: readonly (number | null)[]
  /** UTC with milliseconds. */
  readonly last_call: string
}

/** What the latency rollups have of the calls of one provider, from the raw spans. */
const RAW = `count() AS n_calls, countIf(failed) AS n_errors,
  countIf(failed AND http_status_code BETWEEN 400 AND 499 AND http_status_code != 429) AS n_client_errors,
  countIf(http_status_code = 429) AS n_rate_limited, countIf(http_status_code >= 500) AS n_server_errors,
  sum(spans.output_tokens) AS n_output_tokens, sum(duration_ns) AS n_duration,
  sum(ifNull(spans.cost, toDecimal128(0, 12))) AS n_cost,
  quantilesTDigestState(0.5, 0.95, 0.99)(duration_ns / 1e9) AS n_latency,
  quantilesTDigestStateIf(0.5, 0.95, 0.99)(
    toFloat64(ifNull(time_to_first_chunk_ns, 0)) / 1e9, isNotNull(time_to_first_chunk_ns)) AS n_ttfc,
  max(toDateTime64(start_time, 3, 'UTC')) AS n_last`
const ROLLED = `sum(calls) AS n_calls, sum(errors) AS n_errors, sum(client_errors) AS n_client_errors,
  sum(rate_limited) AS n_rate_limited, sum(server_errors) AS n_server_errors, sum(output_tokens) AS n_output_tokens,
  sum(duration_ns) AS n_duration, sum(cost) AS n_cost,
  quantilesTDigestMergeState(0.5, 0.95, 0.99)(latency) AS n_latency,
  quantilesTDigestMergeState(0.5, 0.95, 0.99)(ttfc) AS n_ttfc, max(last_call) AS n_last`
/** A bit for each minute of an hour: with a call, and with one that succeeded. */
const RAW_MINUTES = `toStartOfHour(start_time) AS at,
  groupBitOr(bitShiftLeft(toUInt64(1), toMinute(start_time))) AS n_minutes,
  groupBitOr(if(failed, toUInt64(0), bitShiftLeft(toUInt64(1), toMinute(start_time)))) AS n_up`
const ROLLED_MINUTES = 'hour AS at, groupBitOr(minutes) AS n_minutes, groupBitOr(minutes_up) AS n_up'

/** The filters that the latency rollups have a column for. */
const KNOWN: ReadonlySet<string> = new Set(['tenant_id', 'provider', 'model'])

/** One segment, per provider; `minutes` per hour, too. */
function scan(segment: Segment, index: string, filter: Condition, minutes: boolean): Condition {
  const within = withinSegment(segment, index)
  const params = { ...filter.params, ...within.params }
  const group = minutes ? 'provider, at' : 'provider'
  if (segment.source === 'spans') {
    return {
      sql: `SELECT provider, ${minutes ? RAW_MINUTES : RAW} FROM (
          SELECT *, spans.output_tokens AS output_tokens, status = 'error' AS failed FROM spans
          WHERE is_call AND ${within.sql}${filter.sql}
        ) AS spans GROUP BY ${group}`,
      params,
    }
  }
  const table = segment.source === 'day' ? 'rollup_latency_day' : 'rollup_latency_hour'
  return {
    sql: `SELECT provider, ${minutes ? ROLLED_MINUTES : ROLLED} FROM ${table}
      WHERE ${within.sql}${filter.sql} GROUP BY ${group}`,
    params,
  }
}

/** Asks how calls went; the first row is the total, then providers with the most calls first. */
export async function callStats(context: QueryContext, range: Range, filters: Filters): Promise<CallStats[]> {
  const filter = filterCondition(filters)
  const known = Object.entries(filters).every(([name, values]) => values === undefined || KNOWN.has(name))
  const { start, end } = range
  const rollups = known ? ('cost' as const) : ('none' as const)
  const scans = chooseSource({ start, end, cuts: [], rollups }).map((segment, index) =>
    scan(segment, `${index}`, filter, false),
  )
  const hours = chooseSource({ start, end, cuts: [], rollups, days: false }).map((segment, index) =>
    scan(segment, `hour_${index}`, filter, true),
  )
  return await execute<CallStats>(
    context,
    'call stats',
    `WITH available AS (
         SELECT provider, is_total, sum(bitCount(minutes)) AS minutes, sum(bitCount(up)) AS minutes_up
         FROM (
           SELECT provider, at, grouping(provider) AS is_total, groupBitOr(n_minutes) AS minutes, groupBitOr(n_up) AS up
           FROM (${hours.map((part) => part.sql).join(' UNION ALL ')})
           GROUP BY GROUPING SETS ((provider, at), (at))
         )
         GROUP BY provider, is_total
       )
     SELECT provider, is_total, calls, errors, client_errors, rate_limited, server_errors, output_tokens,
       busy_seconds, cost, available.minutes AS minutes, available.minutes_up AS minutes_up, latency, first_chunk, last_call
     FROM (
       SELECT provider, grouping(provider) AS is_total, sum(n_calls) AS calls, sum(n_errors) AS errors,
         sum(n_client_errors) AS client_errors, sum(n_rate_limited) AS rate_limited,
         sum(n_server_errors) AS server_errors, sum(n_output_tokens) AS output_tokens,
         sum(n_duration) / 1e9 AS busy_seconds, toString(sum(n_cost)) AS cost,
         quantilesTDigestMerge(0.5, 0.95, 0.99)(n_latency) AS latency,
         arrayMap(x -> if(isFinite(x), x, NULL),
           arraySlice(quantilesTDigestMerge(0.5, 0.95, 0.99)(n_ttfc), 1, 2)) AS first_chunk,
         toString(max(n_last)) AS last_call
       FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})
       GROUP BY GROUPING SETS ((provider), ())
       HAVING calls > 0
     ) AS stats
     JOIN available USING (provider, is_total)
     ORDER BY is_total DESC, calls DESC, provider`,
    Object.assign({}, ...[...scans, ...hours].map((part) => part.params)),
  )
}
