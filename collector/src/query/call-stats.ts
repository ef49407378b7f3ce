/**
 * How calls went: how many, how fast, what failed, in total and per provider, from the raw spans.
 *
 * Invariant: a provider was up in a minute in which at least one call to it succeeded; minutes without calls
 * say nothing and count nowhere.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, rawRange } from './raw-range.ts'

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

/** Asks how calls went; the first row is the total, then providers with the most calls first. */
export async function callStats(context: QueryContext, range: Range, filters: Filters): Promise<CallStats[]> {
  const time = rawRange(range)
  const filter = filterCondition(filters)
  return await execute<CallStats>(
    context,
    'call stats',
    `SELECT provider, grouping(provider) AS is_total, count() AS calls, countIf(failed) AS errors,
       countIf(failed AND http_status_code BETWEEN 400 AND 499 AND http_status_code != 429) AS client_errors,
       countIf(http_status_code = 429) AS rate_limited, countIf(http_status_code >= 500) AS server_errors,
       sum(spans.output_tokens) AS output_tokens, sum(duration_ns) / 1e9 AS busy_seconds,
       toString(sum(ifNull(spans.cost, toDecimal128(0, 12)))) AS cost,
       uniqExact(toStartOfMinute(start_time)) AS minutes,
       uniqExactIf(toStartOfMinute(start_time), NOT failed) AS minutes_up,
       quantilesTDigest(0.5, 0.95, 0.99)(duration_ns / 1e9) AS latency,
       arrayMap(x -> if(isFinite(x), x, NULL), quantilesTDigestIf(0.5, 0.95)(
         ifNull(time_to_first_chunk_ns, 0) / 1e9, isNotNull(time_to_first_chunk_ns))) AS first_chunk,
       toString(toDateTime64(max(start_time), 3, 'UTC')) AS last_call
     FROM (SELECT *, spans.output_tokens AS output_tokens, status = 'error' AS failed FROM spans WHERE ${time.sql}${filter.sql}) AS spans
     GROUP BY GROUPING SETS ((provider), ())
     HAVING calls > 0
     ORDER BY is_total DESC, calls DESC, provider`,
    { ...time.params, ...filter.params },
  )
}
