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
  const rows = await execute<RetryWaste>(
    context,
    'retry waste',
    `SELECT sum(failures) AS failed_calls, toString(sum(lost)) AS failed_cost, sum(tokens) AS failed_tokens,
       sum(seconds) AS failed_seconds, sumIf(later, parent_span_id != '') AS retries,
       countIf(parent_span_id != '' AND failures > 0 AND last_good > first_bad) AS recovered
     FROM (
       SELECT trace_id, parent_span_id, provider, request_model,
         countIf(failed) AS failures, sumIf(n_cost, failed) AS lost, sumIf(n_tokens, failed) AS tokens,
         sumIf(duration_ns, failed) / 1e9 AS seconds, minIf(start_time, failed) AS first_bad,
         maxIf(start_time, NOT failed) AS last_good,
         if(failures = 0, 0, arrayCount(t -> t > first_bad, groupArray(1000)(start_time))) AS later
       FROM (
         SELECT trace_id, parent_span_id, provider, request_model, start_time, duration_ns,
           status = 'error' AS failed, ifNull(cost, toDecimal128(0, 12)) AS n_cost, input_tokens + output_tokens AS n_tokens
         FROM spans WHERE ${time.sql}${filter.sql}
       )
       GROUP BY trace_id, parent_span_id, provider, request_model
       HAVING failures > 0
     )`,
    { ...time.params, ...filter.params },
  )
  return rows[0]
}
