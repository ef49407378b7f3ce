/**
 * What tenants have used in each of some months, in everything that plans count.
 *
 * Invariant: a run counts once, in the month in which it began, by how it ended; refused calls count nothing, nor does
 * what is only observed (the level of a store).
 */
import { execute, type QueryContext, together } from './execute.ts'
import { type Range, startedBetween, timeText } from './raw-range.ts'
import { scanOnly, scanSegment } from './scan.ts'
import { chooseSource } from './source.ts'

/** Months of tenants. */
export interface Months {
  readonly tenants: readonly string[]
  /** One after the other, milliseconds. */
  readonly months: readonly { readonly start: number; readonly end: number }[]
}

/** What is asked. */
export interface PlanQuestion extends Months {
  /** Whether somebody wants to know of runs; there are none in the answer otherwise. */
  readonly runs: boolean
}

/** A tenant in one month. */
export interface OfMonth {
  readonly tenant: string
  /** Start of the month, seconds since the Unix epoch. */
  readonly bucket: number
}

/** Calls, tokens and cost. */
export interface CallCount extends OfMonth {
  readonly calls: number
  readonly tokens: number
  /** USD, exact. */
  readonly cost: string
}

/** Runs of one kind that ended in one way. */
export interface RunCount extends OfMonth {
  readonly status: string
  readonly kind: string
  readonly runs: number
}

/** One meter. */
export interface MeterCount extends OfMonth {
  readonly meter: string
  /** Decimal text. */
  readonly quantity: string
}

/** The rows of each. */
export interface PlanUsage {
  readonly calls: readonly CallCount[]
  readonly runs: readonly RunCount[]
  readonly meters: readonly MeterCount[]
}

/** Asks for everything that plans count, as it is known now. */
export async function planUsage(context: QueryContext, question: PlanQuestion): Promise<PlanUsage> {
  const [calls, runs, meters] = await together(
    context,
    (each) =>
      [
        presentCalls(each, question),
        question.runs ? presentRuns(each, question) : Promise.resolve([]),
        presentMeters(each, question),
      ] as const,
  )
  return { calls, runs, meters }
}

/** The month of an instant (seconds since the Unix epoch). */
const bucketOf = (seconds: string) => `roundDown(${seconds}, {starts:Array(UInt32)})`
/** The month in which a span began. */
export const BUCKET: string = bucketOf('toUnixTimestamp(start_time)')
/** That a span began in one of the months, and is of one of the tenants. */
export const WITHIN: string = `tenant_id IN {tenants:Array(String)} AND ${startedBetween('range_start', 'range_end')}`
const OF_TENANTS = ' AND tenant_id IN {tenants:Array(String)}'
const CALL_SUMS = ['calls', 'failed_calls', 'input_tokens', 'output_tokens', 'cost'] as const

/** The parameters of `BUCKET` and `WITHIN`. */
export function monthParams({ tenants, months }: Months): Record<string, unknown> {
  const { start, end } = rangeOf({ tenants, months })
  return {
    tenants,
    starts: months.map((month) => Math.floor(month.start / 1000)),
    range_start: timeText(start),
    range_end: timeText(end),
  }
}

function rangeOf({ months }: Months): Range {
  return { start: months[0]?.start ?? 0, end: months.at(-1)?.end ?? 0 }
}

/** Calls out of the rollups, and the cost of spans that record a meter and are no calls, of which no rollup knows. */
function presentCalls(context: QueryContext, question: Months): Promise<CallCount[]> {
  const filter = { sql: OF_TENANTS, params: {} }
  const cuts = question.months.map(({ start }) => start)
  const scans = chooseSource({ ...rangeOf(question), cuts, rollups: 'cost' }).map((segment, index) =>
    scanSegment(segment, index, ['tenant_id'], filter, CALL_SUMS),
  )
  const nothing = 'toUInt64(0)'
  return execute<CallCount>(
    context,
    'usage by plan',
    `SELECT tenant, bucket, sum(part_calls) AS calls, sum(part_tokens) AS tokens, toString(sum(part_cost)) AS cost FROM (
       SELECT tenant_id AS tenant, ${bucketOf('time')} AS bucket, toUInt64(sum(n_calls) - sum(n_failed_calls)) AS part_calls,
         toUInt64(sum(n_input_tokens) + sum(n_output_tokens)) AS part_tokens, sum(n_cost) AS part_cost
       FROM (${scans.map(({ sql }) => sql).join(' UNION ALL ')}) GROUP BY tenant, bucket
       UNION ALL
       SELECT tenant_id AS tenant, ${BUCKET} AS bucket, ${nothing}, ${nothing}, sum(ifNull(cost, toDecimal128(0, 12)))
       FROM spans WHERE ${WITHIN} AND meter_name != '' AND NOT is_call GROUP BY tenant, bucket
     ) GROUP BY tenant, bucket ORDER BY tenant, bucket`,
    Object.assign(monthParams(question), ...scans.map(({ params }) => params)),
  )
}

const NEVER = "(toDateTime64(0, 9, 'UTC'), '')"
const RUN_TABLES = {
  spans: {
    table: 'spans',
    condition: "run_id != ''",
    columns: `tenant_id, run_id, start_time AS n_started, attributes['spanmeter.run.kind'] AS n_kind,
      if(run_status IN ('', 'running'), ${NEVER},
        (start_time + toIntervalNanosecond(duration_ns), toString(run_status))) AS n_outcome`,
  },
  detail: {
    table: 'rollup_run_hour',
    condition: '1',
    columns: `tenant_id, run_id, toDateTime64(started, 9, 'UTC') AS n_started, toString(run_kind) AS n_kind,
      CAST(outcome, 'Tuple(DateTime64(9, \\'UTC\\'), String)') AS n_outcome`,
  },
} as const

function presentRuns(context: QueryContext, question: Months): Promise<RunCount[]> {
  const filter = { sql: OF_TENANTS, params: {} }
  const scans = chooseSource({ ...rangeOf(question), cuts: [], rollups: 'detail' }).map((segment, index) =>
    scanOnly(segment, index, RUN_TABLES, filter),
  )
  return execute<RunCount>(
    context,
    'runs by plan',
    runsSql(scans.map(({ sql }) => sql).join(' UNION ALL ')),
    Object.assign(monthParams(question), ...scans.map(({ params }) => params)),
  )
}

/** Counts the runs of a relation with `tenant_id`, `run_id`, `n_started`, `n_kind` and `n_outcome`. */
function runsSql(relation: string): string {
  return `SELECT tenant, bucket, status, kind, count() AS runs FROM (
      SELECT tenant_id AS tenant, ${bucketOf('toUnixTimestamp(min(n_started))')} AS bucket, max(n_outcome).2 AS status,
        max(n_kind) AS kind
      FROM (${relation}) GROUP BY tenant_id, run_id
    ) WHERE status != '' GROUP BY tenant, bucket, status, kind ORDER BY tenant, bucket, status, kind`
}

/** Counts the runs whose spans are in `within`. */
export function runsWithin(within: string): string {
  const { table, condition, columns } = RUN_TABLES.spans
  return runsSql(`SELECT ${columns} FROM ${table} WHERE ${condition} AND ${within}`)
}

function presentMeters(context: QueryContext, question: Months): Promise<MeterCount[]> {
  return execute<MeterCount>(context, 'meters by plan', metersWithin(WITHIN), monthParams(question))
}

/** Sums what the spans in `within` record. */
export function metersWithin(within: string): string {
  return `SELECT tenant_id AS tenant, ${BUCKET} AS bucket, meter_name AS meter,
      toString(sum(meter_quantity)) AS quantity
    FROM spans WHERE ${within} AND meter_name != '' AND attributes['spanmeter.meter.kind'] != 'level'
    GROUP BY tenant, bucket, meter ORDER BY tenant, bucket, meter`
}
