/**
 * The range as one relation, read from a rollup per hour where that is exact and from the spans at the ragged ends.
 *
 * Invariant: the two halves tile the range (`from` and `to` both inclusive, as Grafana's filter has it), so nothing
 * is missed and nothing counted twice.
 */
import { filters } from './filters.ts'
import { sql } from './text.ts'
import { PICKED, type SqlRange, wholeHours, within } from './time.ts'

/** A column of the relation, over the spans and over the rollup. */
export interface HourlyColumn {
  readonly raw: string
  readonly rollup: string
}

/** What the relation has. */
export interface HourlyOptions {
  readonly rollup: string
  /** Which spans the rollup is of. */
  readonly condition: string
  /** By name. */
  readonly columns: Readonly<Record<string, HourlyColumn>>
  /** With a column `at` (DateTime, UTC), which can be put into buckets; the query begins with `WITH_BUCKETS`. */
  readonly bucketed?: boolean
  readonly range?: SqlRange
  readonly filtered?: string
}

/** The relation, in parentheses, to be read from; a row is one span or one hour of them. */
export function hourly(options: HourlyOptions): string {
  const { rollup, condition, columns, bucketed = false, range = PICKED, filtered = filters() } = options
  const { first, last } = wholeHours(range)
  const list = (at: string, source: keyof HourlyColumn) =>
    [
      ...(bucketed ? [`${at} AS at`] : []),
      ...Object.entries(columns).map(([name, column]) =>
        column[source] === name ? name : `${column[source]} AS ${name}`,
      ),
    ].join(', ')
  return sql`
    (
      SELECT ${list('hour', 'rollup')}
      FROM ${rollup}
      WHERE hour >= ${first} AND hour < ${last}${bucketed ? ' AND hourly' : ''}
        AND ${filtered}
      UNION ALL
      SELECT ${list("toDateTime(start_time, 'UTC')", 'raw')}
      FROM spans
      WHERE ${condition} AND ${within('start_time', range)}
        AND (start_time < ${first} OR start_time >= ${last}${bucketed ? ' OR NOT hourly' : ''})
        AND ${filtered}
    )`
}

/** Columns that are called the same in both. */
export function same(names: readonly string[]): Record<string, HourlyColumn> {
  return Object.fromEntries(names.map((name) => [name, { raw: name, rollup: name }]))
}
