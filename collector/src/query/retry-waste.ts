/**
 * What failed calls cost, and how many of them were tried again, from the raw spans.
 *
 * Invariant: a retry is a later call of the same model under the same parent span; calls without a parent
 * cannot be told apart and count as no retries.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, rawRange } from './raw-range.ts'

/** Sums over failed calls; the cost is a decimal string in USD, the time in seconds. */
export interface RetryWaste {
  readonly failed_calls: number
  readonly failed_cost: string
  readonly failed_tokens: number
  readonly failed_seconds: number
  /** Calls after a failed one of the same work. */
  readonly retries: number
  /** Pieces of work in which a call failed and a later one did not. */
  readonly recovered: number
}

/** Asks for the waste of a period. */
export async function retryWaste(
  context: QueryContext,
  range: Range,
  filters: Filters,
): Promise<RetryWaste | undefined> {
  const time = rawRange(range)
  const filter = filterCondition(filters)
  const asked = `${time.sql}${filter.sql}`
  const rows = await execute<RetryWaste>(
    context,
    'retry waste',
    `SELECT failed_calls, failed_cost, failed_tokens, failed_seconds, retries, recovered
     FROM (
       SELECT count() AS failed_calls, toString(sum(ifNull(cost, toDecimal128(0, 12)))) AS failed_cost,
         sum(input_tokens + output_tokens) AS failed_tokens, sum(duration_ns) / 1e9 AS failed_seconds
       FROM spans WHERE ${asked} AND status = 'error'
     ) AS waste
     CROSS JOIN (${triedAgain(asked)}) AS again`,
    { ...time.params, ...filter.params },
  )
  return rows[0]
}

/** Only work in which a call failed is put together: it is little, and the rest of the calls is not kept in memory. */
function triedAgain(asked: string): string {
  return `SELECT sum(later) AS retries, countIf(last_good > first_bad) AS recovered
     FROM (
       SELECT minIf(start_time, failed) AS first_bad, maxIf(start_time, NOT failed) AS last_good,
         countIf(failed) AS failures, arrayCount(t -> t > first_bad, groupArray(1000)(start_time)) AS later
       FROM (
         SELECT trace_id, parent_span_id, provider, request_model, start_time, status = 'error' AS failed
         FROM spans
         WHERE ${asked} AND parent_span_id != '' AND parent_span_id IN (
           SELECT parent_span_id FROM spans WHERE ${asked} AND status = 'error' AND parent_span_id != ''
         )
       )
       GROUP BY trace_id, parent_span_id, provider, request_model
       HAVING failures > 0
     )`
}
