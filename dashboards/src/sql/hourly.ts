/**
 * The range as one relation, read from rollups per day and hour where that is exact, from the spans at the ragged ends.
 *
 * Invariant: the parts tile the range (`from` and `to` both inclusive, as Grafana's filter has it), so nothing
 * is missed and nothing counted twice.
 */
import { ALL_FILTERS, type FilterName, filters, unfiltered } from './filters.ts'
import { sql } from './text.ts'
import { moment, PICKED, type SqlRange, type WholeRange, wholeDays, wholeHours, within } from './time.ts'

/** A column of the relation, over the spans and over the rollup. */
export interface HourlyColumn {
  readonly raw: string
  readonly rollup: string
  /** Over the rollup per day, where it is another one. */
  readonly daily?: string
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
  /** A range that ends where `range` begins: its rows are there too, and `earlier`. Not together with `bucketed`. */
  readonly before?: SqlRange | undefined
  readonly filtered?: string
}

/** The relation, in parentheses, to be read from; a row is one span, or one hour or day of them. */
export function hourly(options: HourlyOptions): string {
  const { rollup, daily, condition, columns, bucketed = false, filtered = filters() } = options
  const { range = PICKED, before } = options
  const ranges = before === undefined ? [range] : [before, range]
  const hours = ranges.map(wholeHours)
  const begin = wholeHours(range).first
  const list = (at: string, source: keyof HourlyColumn, earlier: string) =>
    [
      ...(bucketed ? [`${at} AS at`] : []),
      ...(before === undefined ? [] : [`${earlier} AS earlier`]),
      ...Object.entries(columns).map(([name, column]) => {
        const expression = column[source] ?? column.rollup
        return expression === name ? name : `${expression} AS ${name}`
      }),
    ].join(', ')
  const days = daily === undefined ? undefined : byDay(daily, bucketed, ranges)
  return sql`
    (
      ${
        days === undefined || daily === undefined
          ? ''
          : sql`SELECT ${list("toDateTime(day, 'UTC')", 'daily', `day < $__day(${wholeDays(range).first})`)}
      FROM ${daily.table}
      WHERE ${days.within} AND ${filters(daily.filters)}
      UNION ALL`
      }
      SELECT ${list('hour', 'rollup', `hour < $__second(${begin})`)}
      FROM ${rollup}
      WHERE $__seconds(hour, ${boundsOf(hours)})${bucketed ? ' AND $__where(hourly)' : ''}${days === undefined ? '' : ` AND ${days.outside}`}
        AND ${filtered}
      UNION ALL
      SELECT ${list("toDateTime(start_time, 'UTC')", 'raw', `start_time < ${moment(range.from)}`)}
      FROM spans
      WHERE ${condition} AND ${within('start_time', { from: (before ?? range).from, to: range.to })}
        AND ${hours.map(({ first, last }) => `$__outside(toStartOfHour(start_time), ${first}, ${last}${bucketed ? ', hourly' : ''})`).join(' AND ')}
        AND ${filtered}
    )`
}

function boundsOf(ranges: readonly WholeRange[]): string {
  return ranges.map(({ first, last }) => `${first}, ${last}`).join(', ')
}

/** Which days are read from a daily rollup, and which hours then are not. */
export function byDay(
  daily: DailyRollup,
  bucketed: boolean,
  ranges: readonly SqlRange[] = [PICKED],
): { within: string; outside: string } {
  const days = ranges.map(wholeDays)
  const others = ALL_FILTERS.filter((name) => !daily.filters.includes(name))
  const conditions = [...(bucketed ? ['daily'] : []), ...others.map(unfiltered)].join(' AND ')
  return {
    within: `$__days(${boundsOf(days)})${conditions === '' ? '' : ` AND $__where(${conditions})`}`,
    outside: days
      .map(
        ({ first, last }) =>
          `$__outside(hour, ${first}, ${last}${conditions === '' ? '' : `, ${conditions}`})`,
      )
      .join(' AND '),
  }
}

/** Columns that are called the same in both. */
export function same(names: readonly string[]): Record<string, HourlyColumn> {
  return Object.fromEntries(names.map((name) => [name, { raw: name, rollup: name }]))
}
