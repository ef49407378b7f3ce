/**
 * Usage by hour of the day and day of the week of a zone, from the raw spans.
 *
 * Invariant: every call is in exactly one cell; an hour is what the clocks of the zone showed.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, rawRange } from './raw-range.ts'

/** One cell; cells without calls are absent. */
export interface HeatCell {
  /** 1 is Monday. */
  readonly weekday: number
  readonly hour: number
  readonly calls: number
  readonly cost: string
}

/** Asks for the cells. */
export async function heatMap(
  context: QueryContext,
  range: Range,
  timezone: string,
  filters: Filters,
): Promise<HeatCell[]> {
  const time = rawRange(range)
  const filter = filterCondition(filters)
  return await execute<HeatCell>(
    context,
    'heat map',
    `SELECT toDayOfWeek(local) AS weekday, toHour(local) AS hour, count() AS calls,
       toString(sum(ifNull(spans.cost, toDecimal128(0, 12)))) AS cost
     FROM (SELECT toTimeZone(start_time, {zone:String}) AS local, cost FROM spans WHERE ${time.sql}${filter.sql}) AS spans
     GROUP BY weekday, hour ORDER BY weekday, hour`,
    { ...time.params, ...filter.params, zone: timezone },
  )
}
