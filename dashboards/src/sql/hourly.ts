/**
 * The range as one relation, read from rollups per day and hour where that is exact, from the spans at the ragged ends.
 *
 * Invariant: the parts tile the range (`from` and `to` both inclusive, as Grafana's filter has it), so nothing
 * is missed and nothing counted twice.
 */
import { ALL_FILTERS, type FilterName, filters, unfiltered } from './filters.ts'
import { sql } from './text.ts'
import { PICKED, type SqlRange, wholeDays, wholeHours, within } from './time.ts'

/** A column of the relation, over the spans and over the rollup. */
export interface HourlyColumn {
  readonly raw: string
  readonly rollup: string
}

/** A rollup per UTC day, and the filters that it has a column for: as soon as another one is set, hours are read. */
export interface DailyRollup {
  readonly table: string
  readonly filters: readonly FilterName[]
}

/** What the relation has. */
export interface HourlyOptions {
  readonly rollup: string
  /** The rollup per UTC day of the same, where there is one. */
  readonly daily?: DailyRollup | undefined
  /** Which spans the rollups are of. */
  readonly condition: string
  /** By name. */
  readonly columns: Readonly<Record<string, HourlyColumn>>
  /** With a column `at` (DateTime, UTC), which can be put into buckets; the query begins with `WITH_BUCKETS`. */
  readonly bucketed?: boolean
  readonly range?: SqlRange
  readonly filtered?: string
}

/** The relation, in parentheses, to be read from; a row is one span, or one hour or day of them. */
export function hourly(options: HourlyOptions): string {
  const {
    rollup,
    daily,
    condition,
    columns,
    bucketed = false,
    range = PICKED,
    filtered = filters(),
  } = options
  const { first, last } = wholeHours(range)
  const list = (at: string, source: keyof HourlyColumn) =>
    [
      ...(bucketed ? [`${at} AS at`] : []),
      ...Object.entries(columns).map(([name, column]) =>
        column[source] === name ? name : `${column[source]} AS ${name}`,
      ),
    ].join(', ')
  const days = daily === undefined ? undefined : byDay(daily, bucketed, range)
  return sql`
    (
      ${
        days === undefined || daily === undefined
          ? ''
          : sql`SELECT ${list("toDateTime(day, 'UTC')", 'rollup')}
      FROM ${daily.table}
      WHERE ${days.within} AND ${filters(daily.filters)}
      UNION ALL`
      }
      SELECT ${list('hour', 'rollup')}
      FROM ${rollup}
      WHERE hour >= ${first} AND hour < ${last}${bucketed ? ' AND hourly' : ''}${days === undefined ? '' : ` AND ${days.outside}`}
        AND ${filtered}
      UNION ALL
      SELECT ${list("toDateTime(start_time, 'UTC')", 'raw')}
      FROM spans
      WHERE ${condition} AND ${within('start_time', range)}
        AND (toStartOfHour(start_time) < ${first} OR toStartOfHour(start_time) >= ${last}${bucketed ? ' OR NOT hourly' : ''})
        AND ${filtered}
    )`
}

/** Which days are read from a daily rollup, and which hours then are not. */
export function byDay(
  daily: DailyRollup,
  bucketed: boolean,
  range: SqlRange = PICKED,
): { within: string; outside: string } {
  const { first, last } = wholeDays(range)
  const others = ALL_FILTERS.filter((name) => !daily.filters.includes(name))
  const conditions = [...(bucketed ? ['daily'] : []), ...others.map(unfiltered)]
  const not = conditions.length === 0 ? '' : ` OR NOT (${conditions.join(' AND ')})`
  return {
    within: [`day >= toDate(${first}) AND day < toDate(${last})`, ...conditions].join(' AND '),
    outside: `(hour < ${first} OR hour >= ${last}${not})`,
  }
}

/** Columns that are called the same in both. */
export function same(names: readonly string[]): Record<string, HourlyColumn> {
  return Object.fromEntries(names.map((name) => [name, { raw: name, rollup: name }]))
}
