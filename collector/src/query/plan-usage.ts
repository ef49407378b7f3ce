/**
 * What tenants have used in each of some months, in everything that plans count.
 *
 * Invariant: a run counts once, in the month in which it began, by how it ended; refused calls count nothing, nor does
 * what is only observed (the level of a store). Asked as of an instant, it is what was known then.
 */
import { formatDecimal, parseDecimal } from './decimal.ts'
import { execute, type QueryContext, together } from './execute.ts'
import { timeText } from './raw-range.ts'

/** What is asked. */
export interface PlanQuestion {
  readonly tenants: readonly string[]
  /** Months, one after the other, milliseconds. */
  readonly months: readonly { readonly start: number; readonly end: number }[]
  /** Of each month only what had arrived so long after its end, milliseconds; absent = everything. */
  readonly knownAfter?: number | undefined
}

/** A tenant in one month. */
interface Of {
  readonly tenant: string
  /** Start of the month, seconds since the Unix epoch. */
  readonly bucket: number
}

/** Calls, tokens and cost. */
export interface CallCount extends Of {
  readonly calls: number
  readonly tokens: number
  /** USD, exact. */
  readonly cost: string
}

/** Runs of one kind that ended in one way. */
export interface RunCount extends Of {
  readonly status: string
  readonly kind: string
  readonly runs: number
}

/** One meter. */
export interface MeterCount extends Of {
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

const TIME = "DateTime64(3, 'UTC')"
const BUCKET = 'roundDown(toUnixTimestamp(start_time), {starts:Array(UInt32)})'
/** When a month of a call was closed. */
const CLOSED = `toDateTime64(transform(${BUCKET}, {starts:Array(UInt32)}, {closes:Array(UInt32)}), 3, 'UTC')`

/** Asks for everything that plans count. */
export async function planUsage(context: QueryContext, question: PlanQuestion): Promise<PlanUsage> {
  const { tenants, months, knownAfter } = question
  const params = {
    tenants,
    starts: months.map(({ start }) => Math.floor(start / 1000)),
    closes: months.map(({ end }) => Math.floor((end + (knownAfter ?? 0)) / 1000)),
    range_start: timeText(months[0]?.start ?? 0),
    range_end: timeText(months.at(-1)?.end ?? 0),
  }
  const within = `tenant_id IN {tenants:Array(String)} AND start_time >= {range_start:${TIME}} AND start_time < {range_end:${TIME}}`
  const known = `${within}${knownAfter === undefined ? '' : ` AND ingested_at < ${CLOSED}`}`
  const [calls, runs, meters, changes] = await together(
    context,
    (each) =>
      [
        execute<CallCount>(each, 'usage by plan', callsSql(known), params),
        execute<RunCount>(each, 'runs by plan', runsSql(known), params),
        execute<MeterCount>(each, 'meters by plan', metersSql(known), params),
        knownAfter === undefined
          ? Promise.resolve([])
          : execute<Of & { change: string }>(each, 'changed costs', changesSql(within, known), params),
      ] as const,
  )
  return { calls: calls.map((row) => ({ ...row, cost: before(row, changes) })), runs, meters }
}

function callsSql(known: string): string {
  return `SELECT tenant_id AS tenant, ${BUCKET} AS bucket,
      countIf(is_call AND unpriced_reason != 'failed') AS calls,
      toUInt64(sumIf(input_tokens + output_tokens, is_call)) AS tokens,
      toString(sum(ifNull(cost, toDecimal128(0, 12)))) AS cost
    FROM spans WHERE ${known} AND (is_call OR meter_name != '')
    GROUP BY tenant, bucket ORDER BY tenant, bucket`
}

function runsSql(known: string): string {
  return `SELECT tenant, bucket, status, kind, count() AS runs FROM (
      SELECT tenant_id AS tenant, min(${BUCKET}) AS bucket,
        argMaxIf(run_status, start_time, run_status NOT IN ('', 'running')) AS status,
        anyIf(attributes['spanmeter.run.kind'], attributes['spanmeter.run.kind'] != '') AS kind
      FROM spans WHERE ${known} AND run_id != '' GROUP BY tenant, run_id
    ) WHERE status != '' GROUP BY tenant, bucket, status, kind ORDER BY tenant, bucket, status, kind`
}

function metersSql(known: string): string {
  return `SELECT tenant_id AS tenant, ${BUCKET} AS bucket, meter_name AS meter,
      toString(sum(meter_quantity)) AS quantity
    FROM spans WHERE ${known} AND meter_name != '' AND attributes['spanmeter.meter.kind'] != 'level'
    GROUP BY tenant, bucket, meter ORDER BY tenant, bucket, meter`
}

/** By how much costs that were known then were rated anew afterwards. */
function changesSql(within: string, known: string): string {
  const call = '(tenant_id, start_time, trace_id, span_id)'
  const later = `SELECT tenant_id, start_time, trace_id, span_id FROM cost_adjustments WHERE ${within} AND adjusted_at >= ${CLOSED}`
  return `SELECT tenant_id AS tenant, ${BUCKET} AS bucket,
      toString(sum(new_cost - ifNull(old_cost, toDecimal128(0, 12)))) AS change
    FROM cost_adjustments
    WHERE ${within} AND adjusted_at >= ${CLOSED}
      AND ${call} IN (SELECT tenant_id, start_time, trace_id, span_id FROM spans WHERE ${known} AND ${call} IN (${later}))
    GROUP BY tenant, bucket`
}

/** The cost as it was before it was changed. */
function before(row: CallCount, changes: readonly (Of & { change: string })[]): string {
  const change = changes.find(({ tenant, bucket }) => tenant === row.tenant && bucket === row.bucket)
  return change === undefined ? row.cost : formatDecimal(parseDecimal(row.cost) - parseDecimal(change.change))
}
