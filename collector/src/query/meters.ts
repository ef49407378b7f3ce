/**
 * Usage by meter and day, from the raw spans.
 *
 * Invariant: a span is in one meter: the one that it names, or `ai_query` for a call to a paid API that names
 * none. Spans that only record a meter (minutes, files) are counted here, though they are no calls.
 */
import { MODEL_CALL_METER } from './dimensions.ts'
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, timeText } from './raw-range.ts'

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
  return await execute<MeterRow>(
    context,
    'meters',
    `SELECT meter, unit, bucket, count() AS events, toString(sum(n)) AS quantity, toString(max(n)) AS max_quantity,
       toString(argMax(n, start_time)) AS last_quantity, toString(sum(ifNull(c, toDecimal128(0, 12)))) AS cost,
       countIf(isNull(c) AND unpriced_reason NOT IN ('', 'failed')) AS unpriced
     FROM (
       SELECT if(meter_name = '', '${MODEL_CALL_METER}', meter_name) AS meter,
         if(meter_name = '', 'call', meter_unit) AS unit, start_time, cost AS c, unpriced_reason,
         roundDown(toUnixTimestamp(start_time), {starts:Array(UInt32)}) AS bucket,
         if(meter_name = '', toDecimal128(1, 9), meter_quantity) AS n
       FROM spans
       WHERE (is_call OR meter_name != '') AND start_time >= {range_start:DateTime64(3, 'UTC')}
         AND start_time < {range_end:DateTime64(3, 'UTC')}${filter.sql}
     )
     GROUP BY meter, unit, bucket
     ORDER BY meter, unit, bucket`,
    {
      ...filter.params,
      starts: starts.map((instant) => Math.floor(instant / 1000)),
      range_start: timeText(start),
      range_end: timeText(end),
    },
  )
}
