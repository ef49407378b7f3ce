/**
 * Usage by hour of the day and day of the week of a zone: whole hours from the rollups where the zone has such.
 *
 * Invariant: every call is in exactly one cell; an hour is what the clocks of the zone showed.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition, rollupsFor } from './filters.ts'
import type { Range } from './raw-range.ts'
import { scanSegment } from './scan.ts'
import { chooseSource } from './source.ts'
import { inWholeHours } from './zone.ts'

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
  const filter = filterCondition(filters)
  const rollups = inWholeHours(timezone, range) ? rollupsFor(filters) : 'none'
  const segments = chooseSource({ ...range, cuts: [], rollups, days: false })
  const scans = segments.map((segment, index) => scanSegment(segment, index, [], filter, ['calls', 'cost']))
  return await execute<HeatCell>(
    context,
    'heat map',
    `SELECT toDayOfWeek(local) AS weekday, toHour(local) AS hour, sum(n_calls) AS calls, toString(sum(n_cost)) AS cost
     FROM (
       SELECT toTimeZone(toDateTime(time, 'UTC'), {zone:String}) AS local, n_calls, n_cost
       FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})
     )
     GROUP BY weekday, hour ORDER BY weekday, hour`,
    Object.assign({ zone: timezone }, ...scans.map((part) => part.params)),
  )
}
