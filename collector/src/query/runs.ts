/**
 * Runs (jobs, reports, pipelines): all spans that carry a run's id, put together.
 *
 * Invariant: a run belongs to one tenant. Its calls are counted as everywhere (`is_call`); its status is the
 * newest final one that a span carried, else `running` when one did, else unknown.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, timeText } from './raw-range.ts'

export const RUN_STATUSES = ['running', 'success', 'failed', 'cancelled'] as const

/** One run; texts are empty where nothing is known, times are UTC with milliseconds. */
export interface RunRow {
  readonly tenant_id: string
  readonly run_id: string
  readonly name: string
  readonly status: string
  readonly user_id: string
  readonly started: string
  readonly ended: string
  readonly seconds: number
  readonly calls: number
  readonly errors: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cost: string
  readonly unpriced_calls: number
  readonly models: readonly string[]
  readonly error_type: string
}

/** What is asked. */
export interface RunsQuestion extends Range {
  readonly filters: Filters
  readonly status?: readonly string[] | undefined
  readonly limit: number
  readonly offset: number
}

/** The spans of runs that start in a range. Filters by provider and the like restrict the calls of a run. */
function runsOf(range: Range, filters: Filters): { sql: string; params: Record<string, unknown> } {
  const filter = filterCondition(filters)
  return {
    sql: `SELECT tenant_id, run_id, argMaxIf(run_name, start_time, run_name != '') AS name,
       argMaxIf(run_status, ended_at, run_status NOT IN ('', 'running')) AS final,
       if(final != '', final, if(countIf(run_status = 'running') > 0, 'running', '')) AS status,
       argMaxIf(user_id, start_time, user_id != '') AS user_id,
       toString(toDateTime64(min(start_time), 3, 'UTC')) AS started,
       toString(toDateTime64(max(ended_at), 3, 'UTC')) AS ended,
       (toUnixTimestamp64Nano(max(ended_at)) - toUnixTimestamp64Nano(min(start_time))) / 1e9 AS seconds,
       countIf(is_call) AS calls, countIf(is_call AND spans.status = 'error') AS errors,
       sumIf(spans.input_tokens, is_call) AS input_tokens, sumIf(spans.output_tokens, is_call) AS output_tokens,
       sumIf(ifNull(spans.cost, toDecimal128(0, 12)), is_call) AS n_cost, toString(n_cost) AS cost,
       countIf(is_call AND isNull(spans.cost) AND unpriced_reason != 'failed') AS unpriced_calls,
       arraySort(groupUniqArrayIf(20)(model, is_call AND model != '')) AS models,
       argMaxIf(error_type, start_time, error_type != '') AS error_type
     FROM (
       SELECT *, input_tokens, output_tokens, start_time + toIntervalNanosecond(duration_ns) AS ended_at
       FROM spans
       WHERE run_id != '' AND start_time >= {range_start:DateTime64(3, 'UTC')}
         AND start_time < {range_end:DateTime64(3, 'UTC')}${filter.sql}
     ) AS spans
     GROUP BY tenant_id, run_id`,
    params: { ...filter.params, range_start: timeText(range.start), range_end: timeText(range.end) },
  }
}

/** Asks for a page of runs, newest first. */
export async function listRuns(
  context: QueryContext,
  { filters, status, limit, offset, ...range }: RunsQuestion,
): Promise<{ readonly rows: readonly RunRow[]; readonly more: boolean }> {
  const runs = runsOf(range, filters)
  const rows = await execute<RunRow>(
    context,
    'runs',
    `SELECT * EXCEPT (n_cost, final) FROM (${runs.sql})
     ${status === undefined ? '' : 'WHERE status IN {status:Array(String)}'}
     ORDER BY started DESC, tenant_id, run_id
     LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    { ...runs.params, ...(status === undefined ? {} : { status }), limit: limit + 1, offset },
  )
  return { rows: rows.slice(0, limit), more: rows.length > limit }
}

/** Counts of runs and sums over their calls. */
export interface RunsUsage {
  readonly runs: number
  readonly running: number
  readonly success: number
  readonly failed: number
  readonly cancelled: number
  readonly tokens: number
  readonly cost: string
  readonly unpriced_calls: number
  /** Start of the newest run, empty without one. */
  readonly last: string
}

/** Asks how many runs there were, by status. */
export async function runsUsage(context: QueryContext, range: Range, filters: Filters): Promise<RunsUsage> {
  const runs = runsOf(range, filters)
  const [row] = await execute<RunsUsage>(
    context,
    'runs usage',
    `SELECT count() AS runs, ${RUN_STATUSES.map((status) => `countIf(status = '${status}') AS ${status}`).join(', ')},
       sum(input_tokens + output_tokens) AS tokens, toString(sum(n_cost)) AS cost,
       sum(r.unpriced_calls) AS unpriced_calls, if(runs = 0, '', max(started)) AS last
     FROM (${runs.sql}) AS r`,
    runs.params,
  )
  if (row === undefined) throw new Error('cannot answer runs usage: the store gave no row')
  return row
}
