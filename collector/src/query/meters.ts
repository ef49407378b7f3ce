/**
 * Usage by meter and day: calls from the rollups, what names a meter from the spans.
 *
 * Invariant: a span is in one meter: the one that it names, or `ai_query` for a call to a paid API that names
 * none. Spans that only record a meter (minutes, files) are counted here, though they are no calls.
 */
import { MODEL_CALL_METER } from './dimensions.ts'
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition, rollupsFor } from './filters.ts'
import { type Range, startedBetween, timeText } from './raw-range.ts'
import { scanSegment } from './scan.ts'
import { chooseSource } from './source.ts'

/** One meter in one bucket. */
export interface MeterRow {
  readonly meter: string
  readonly unit: string
  /** Start of the bucket, seconds since the Unix epoch. */
  readonly bucket: number
  readonly events: number
  /** Decimal strings. */
  readonly quantity: string
  readonly max_quantity: string
  readonly last_quantity: string
  readonly cost: string
  readonly unpriced: number
}

/** Asks for all meters; `starts` are the starts of the buckets, the first one at `start`. */
export async function meters(
  context: QueryContext,
  { start, end }: Range,
  starts: readonly number[],
  filters: Filters,
): Promise<MeterRow[]> {
  const filter = filterCondition(filters)
  const segments = chooseSource({ start, end, cuts: starts, rollups: rollupsFor(filters, ['meter_name']) })
  const nameless = { ...filter, sql: `${filter.sql} AND meter_name = ''` }
  const scans = segments.map((segment, index) => scanSegment(segment, index, [], nameless, CALL_SUMS))
  return await execute<MeterRow>(
    context,
    'meters',
    `SELECT * FROM (
       ${modelCalls(scans.map(({ sql }) => sql).join(' UNION ALL '))}
       UNION ALL
       ${namedMeters(filter.sql)}
     )
     ORDER BY meter, unit, bucket`,
    Object.assign({}, filter.params, ...scans.map(({ params }) => params), {
      starts: starts.map((instant) => Math.floor(instant / 1000)),
      range_start: timeText(start),
      range_end: timeText(end),
    }),
  )
}

const CALL_SUMS = ['calls', 'cost', 'unpriced_calls'] as const
const BUCKET = 'roundDown(toUnixTimestamp(start_time), {starts:Array(UInt32)}) AS bucket'
const NAMED = `meter_name != '' AND ${startedBetween('range_start', 'range_end')}`

function modelCalls(scanned: string): string {
  return `SELECT '${MODEL_CALL_METER}' AS meter, 'call' AS unit, roundDown(time, {starts:Array(UInt32)}) AS bucket,
      toUInt64(sum(n_calls)) AS events, toString(events) AS quantity, '1' AS max_quantity, '1' AS last_quantity,
      toString(sum(n_cost)) AS cost, toUInt64(sum(n_unpriced_calls)) AS unpriced
    FROM (${scanned})
    GROUP BY bucket HAVING events > 0`
}

function namedMeters(filter: string): string {
  return `SELECT toString(meter_name) AS meter, toString(meter_unit) AS unit, ${BUCKET}, count() AS events,
      toString(sum(meter_quantity)) AS quantity, toString(max(meter_quantity)) AS max_quantity,
      toString(argMax(meter_quantity, start_time)) AS last_quantity,
      toString(sum(ifNull(spans.cost, toDecimal128(0, 12)))) AS cost,
      countIf(isNull(spans.cost) AND unpriced_reason NOT IN ('', 'failed')) AS unpriced
    FROM spans WHERE ${NAMED}${filter}
    GROUP BY meter, unit, bucket`
}
