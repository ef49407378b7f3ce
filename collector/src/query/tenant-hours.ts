/**
 * What each tenant used in each hour of UTC: calls, and what names a meter.
 *
 * Invariant: refused calls count nothing, nor does what is only observed (the level of a store); what belongs to no
 * tenant is nobody's.
 */
import { execute, type QueryContext, together } from './execute.ts'
import { type Range, startedBetween, timeText } from './raw-range.ts'
import { scanSegment } from './scan.ts'
import { chooseSource } from './source.ts'

interface Of {
  readonly tenant: string
  /** Start of the hour, seconds since the Unix epoch. */
  readonly hour: number
}

/** Calls of an hour. */
export interface CallHour extends Of {
  readonly calls: number
  readonly tokens: number
  /** USD, decimal text. */
  readonly cost: string
}

/** One meter in an hour. */
export interface MeterHour extends Of {
  readonly meter: string
  /** Decimal text. */
  readonly quantity: string
}

/** Asks for whole hours; `named` are the meters that are wanted. */
export async function tenantHours(
  context: QueryContext,
  range: Range,
  named: readonly string[],
): Promise<{ calls: readonly CallHour[]; meters: readonly MeterHour[] }> {
  const [calls, meters] = await together(
    context,
    (each) =>
      [
        callHours(each, range),
        named.length === 0 ? Promise.resolve([]) : meterHours(each, range, named),
      ] as const,
  )
  return { calls, meters }
}

function callHours(context: QueryContext, range: Range): Promise<CallHour[]> {
  const filter = { sql: " AND tenant_id != ''", params: {} }
  const segments = chooseSource({ ...range, cuts: [], rollups: 'cost', days: false })
  const scans = segments.map((segment, index) =>
    scanSegment(segment, index, ['toString(tenant_id) AS tenant'], filter, SUMS),
  )
  return execute<CallHour>(
    context,
    'usage by hour',
    `SELECT tenant, intDiv(time, 3600) * 3600 AS hour, toInt64(sum(n_calls)) - toInt64(sum(n_failed_calls)) AS calls,
       sum(n_input_tokens) + sum(n_output_tokens) AS tokens, toString(sum(n_cost)) AS cost
     FROM (${scans.map(({ sql }) => sql).join(' UNION ALL ')})
     GROUP BY tenant, hour ORDER BY hour, tenant`,
    Object.assign({}, ...scans.map(({ params }) => params)),
  )
}

const SUMS = ['calls', 'failed_calls', 'input_tokens', 'output_tokens', 'cost'] as const

function meterHours(
  context: QueryContext,
  { start, end }: Range,
  named: readonly string[],
): Promise<MeterHour[]> {
  return execute<MeterHour>(
    context,
    'meters by hour',
    `SELECT toString(tenant_id) AS tenant, toUnixTimestamp(toStartOfHour(toDateTime(start_time, 'UTC'))) AS hour,
       toString(meter_name) AS meter, toString(sum(meter_quantity)) AS quantity
     FROM spans
     WHERE ${startedBetween('start', 'end')} AND meter_name IN {named:Array(String)}
       AND tenant_id != '' AND attributes['spanmeter.meter.kind'] != 'level'
     GROUP BY tenant, hour, meter ORDER BY hour, tenant, meter`,
    { start: timeText(start), end: timeText(end), named },
  )
}
