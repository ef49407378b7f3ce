/**
 * What collectors count about themselves, as they stored it.
 *
 * Invariant: a counter's sample is what was added since the one before, a gauge's is its value: the former are
 * summed, of the latter the newest or the largest counts.
 */
import { sql } from './text.ts'
import { bucket, WITH_ZONE } from './time.ts'

/** Reads samples of the chosen range. */
export const SAMPLES = 'FROM collector_samples\nWHERE $__timeFilter_ms(at)'

/** What was added to a counter; `label` is a condition on it. */
export function added(name: string, label?: string): string {
  return `sumIf(value, name = '${name}'${label === undefined ? '' : ` AND ${label}`})`
}

/** The newest value of a gauge, of all collectors together; NULL where there is no sample. */
export function newest(name: string): string {
  return sql`
    (
      SELECT if(count() = 0, NULL, sum(last))
      FROM (
        SELECT instance, argMax(value, at) AS last
        ${SAMPLES} AND name = '${name}'
        GROUP BY instance
      )
    )`
}

/** Wide values over time; `columns` select from the samples of a bucket. */
export function samplesOverTime(names: readonly string[], columns: string): string {
  return sql`
    ${WITH_ZONE}
    SELECT ${bucket("toDateTime(at, 'UTC')")} AS time,
      ${columns}
    ${SAMPLES} AND name IN (${names.map((name) => `'${name}'`).join(', ')})
    GROUP BY time
    ORDER BY time`
}

/** Long values over time: a counter by its label. */
export function labelsOverTime(name: string, value: string): string {
  return sql`
    ${WITH_ZONE}
    SELECT ${bucket("toDateTime(at, 'UTC')")} AS time, label AS series, sum(value) AS ${value}
    ${SAMPLES} AND name = '${name}'
    GROUP BY time, series
    ORDER BY time, series`
}
