/**
 * Runs (jobs, reports, pipelines): all spans that carry a run's id, put together.
 *
 * Invariant: a run belongs to one tenant. Its calls are counted as everywhere (`is_call`); its status is the
 * newest final one that a span carried, else `running` when one did, else unknown.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import type { Range } from './raw-range.ts'
import { type OnlyTable, scanOnly } from './scan.ts'
import { chooseSource } from './source.ts'
import { UNPRICED } from './usage-sums.ts'

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
function runsOf({ start, end }: Range, filters: Filters): { sql: string; params: Record<string, unknown> } {
  const filter = filterCondition(filters)
  const scans = chooseSource({ start, end, cuts: [], rollups: 'detail' }).map((segment, index) =>
    scanOnly(segment, index, RUN_TABLES, filter),
  )
  return {
    sql: `SELECT tenant_id, run_id, max(n_name).2 AS name, max(n_outcome).2 AS final,
       if(final != '', final, if(max(n_running) > 0, 'running', '')) AS status,
       argMaxIf(user_id, n_last, user_id != '') AS user_id,
       toString(toDateTime64(min(n_started), 3, 'UTC')) AS started,
       toString(toDateTime64(max(n_ended), 3, 'UTC')) AS ended,
       (toUnixTimestamp64Nano(max(n_ended)) - toUnixTimestamp64Nano(min(n_started))) / 1e9 AS seconds,
       sum(n_calls) AS calls, sum(n_errors) AS errors, sum(n_input_tokens) AS input_tokens,
       sum(n_output_tokens) AS output_tokens, sum(n_part) AS n_cost, toString(n_cost) AS cost,
       sum(n_unpriced_calls) AS unpriced_calls,
       arraySort(groupUniqArrayIf(20)(model, n_calls > 0 AND model != '')) AS models, max(n_error).2 AS error_type
     FROM (${scans.map(({ sql }) => sql).join(' UNION ALL ')})
     GROUP BY tenant_id, run_id`,
    params: Object.assign({}, ...scans.map(({ params }) => params)),
  }
}

const NEVER = "(toDateTime64(0, 9, 'UTC'), '')"
const ENDED = 'start_time + toIntervalNanosecond(duration_ns)'
const ofCalls = (sql: string) => `if(is_call, ${sql}, 0)`
/** Column of an answer → in the rollup, over `spans`. */
const RUN_COLUMNS = {
  n_name: ['run_name', `if(run_name = '', ${NEVER}, (start_time, toString(run_name)))`],
  n_outcome: ['outcome', `if(run_status IN ('', 'running'), ${NEVER}, (${ENDED}, toString(run_status)))`],
  n_error: ['error', `if(error_type = '', ${NEVER}, (start_time, toString(error_type)))`],
  n_running: ['running', "run_status = 'running'"],
  n_started: ['started', 'start_time'],
  n_last: ['last_started', 'start_time'],
  n_ended: ['ended', ENDED],
  n_calls: ['calls', 'is_call'],
  n_errors: ['errors', "is_call AND status = 'error'"],
  n_input_tokens: ['input_tokens', ofCalls('input_tokens')],
  n_output_tokens: ['output_tokens', ofCalls('output_tokens')],
  n_part: ['cost', ofCalls('ifNull(cost, toDecimal128(0, 12))')],
  n_unpriced_calls: ['unpriced_calls', `is_call AND ${UNPRICED}`],
} as const

function typeOfColumn(name: string): string {
  if (['n_name', 'n_outcome', 'n_error'].includes(name)) return "Tuple(DateTime64(9, 'UTC'), String)"
  if (['n_started', 'n_last', 'n_ended'].includes(name)) return "DateTime64(9, 'UTC')"
  return name === 'n_part' ? 'Decimal(38, 12)' : 'UInt64'
}

function runTable(table: string, side: 0 | 1, condition: string): OnlyTable {
  const columns = Object.entries(RUN_COLUMNS).map(
    ([name, sides]) => `CAST(${sides[side]}, '${typeOfColumn(name).replaceAll("'", "\\'")}') AS ${name}`,
  )
  return { table, condition, columns: ['tenant_id', 'run_id', 'user_id', 'model', ...columns].join(', ') }
}
const RUN_TABLES = {
  spans: runTable('spans', 1, "run_id != ''"),
  detail: runTable('rollup_run_hour', 0, '1'),
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
