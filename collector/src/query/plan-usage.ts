/**
 * What a tenant has used in each of some months, in everything that plans count.
 *
 * Invariant: a run counts once, in the month in which it began, by how it ended; refused calls count nothing.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Range, timeText } from './raw-range.ts'

/** Runs of one kind that ended in one way. */
export interface RunCount {
  /** Start of the month, seconds since the Unix epoch. */
  readonly bucket: number
  readonly status: string
  readonly kind: string
  readonly runs: number
}

/** Calls, tokens and cost of one month. */
export interface CallCount {
  readonly bucket: number
  readonly calls: number
  readonly tokens: number
  /** USD, exact. */
  readonly cost: string
}

function bound({ start, end }: Range, starts: readonly number[], tenant: string): Record<string, unknown> {
  return {
    tenant,
    starts: starts.map((instant) => Math.floor(instant / 1000)),
    range_start: timeText(start),
    range_end: timeText(end),
  }
}

const WITHIN = `tenant_id = {tenant:String} AND start_time >= {range_start:DateTime64(3, 'UTC')}
         AND start_time < {range_end:DateTime64(3, 'UTC')}`

/** Asks for calls, by month; `starts` are the starts of the months, the first one at `start`. */
export function planCalls(
  context: QueryContext,
  range: Range,
  starts: readonly number[],
  tenant: string,
): Promise<CallCount[]> {
  return execute<CallCount>(
    context,
    'usage by plan',
    `SELECT roundDown(toUnixTimestamp(start_time), {starts:Array(UInt32)}) AS bucket,
       countIf(is_call AND unpriced_reason != 'failed') AS calls,
       toUInt64(sumIf(input_tokens + output_tokens, is_call)) AS tokens,
       toString(sum(ifNull(cost, toDecimal128(0, 12)))) AS cost
     FROM spans WHERE ${WITHIN} AND (is_call OR meter_name != '')
     GROUP BY bucket ORDER BY bucket`,
    bound(range, starts, tenant),
  )
}

/** Asks for runs, by month, status and kind. */
export function planRuns(
  context: QueryContext,
  range: Range,
  starts: readonly number[],
  tenant: string,
): Promise<RunCount[]> {
  return execute<RunCount>(
    context,
    'runs by plan',
    `SELECT bucket, status, kind, count() AS runs FROM (
       SELECT roundDown(toUnixTimestamp(min(start_time)), {starts:Array(UInt32)}) AS bucket, run_id,
         argMaxIf(run_status, start_time, run_status NOT IN ('', 'running')) AS status,
         anyIf(attributes['spanmeter.run.kind'], attributes['spanmeter.run.kind'] != '') AS kind
       FROM spans WHERE ${WITHIN} AND run_id != '' GROUP BY run_id
     ) WHERE status != '' GROUP BY bucket, status, kind ORDER BY bucket, status, kind`,
    bound(range, starts, tenant),
  )
}
