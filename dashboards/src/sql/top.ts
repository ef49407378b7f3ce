/**
 * Values over time of the largest few of a dimension, and of all others together.
 *
 * Invariant: the series add up to the total; which ones are shown is decided by the whole range, not by bucket.
 */
import { calls, type Measure } from './calls.ts'
import { sql } from './text.ts'
import { bucket, WITH_BUCKETS } from './time.ts'

/** Spend: a long result `time`, `series`, `cost`. */
export function topSpendOverTime(dimension: string, count: number): string {
  return topOverTime(dimension, ['cost'], 'n_cost', count, 'cost')
}

/** A sum of measures: a long result `time`, `series` and the value under its name. `value` is over `n_{measure}`. */
export function topOverTime(
  dimension: string,
  measures: readonly Measure[],
  value: string,
  count: number,
  name: string,
): string {
  return sql`
    ${WITH_BUCKETS}
    SELECT time, if(place <= ${count}, label, 'Other') AS series, sum(part) AS ${name}
    FROM (
      SELECT time, label, part, dense_rank() OVER (ORDER BY total DESC, label) AS place
      FROM (
        SELECT time, label, part, sum(part) OVER (PARTITION BY label) AS total
        FROM (
          SELECT ${bucket('at')} AS time,
            if(${dimension} = '', 'unknown', ${dimension}) AS label,
            sum(${value}) AS part
          FROM ${calls({ measures, dimensions: [dimension], bucketed: true })}
          GROUP BY time, label
        )
      )
    )
    GROUP BY time, series
    ORDER BY time, series`
}

/**
 * A quotient that cannot be added up, of the `count` largest by `weight` only: a long result `time`, `series`, `ratio`.
 * `above`, `below` and `weight` are over `n_{measure}`.
 */
export function topRatioOverTime(options: {
  readonly dimension: string
  readonly measures: readonly Measure[]
  readonly above: string
  readonly below: string
  readonly weight: string
  readonly count: number
}): string {
  const { dimension, measures, above, below, weight, count } = options
  return sql`
    ${WITH_BUCKETS}
    SELECT time, label AS series, if(lower = 0, NULL, toFloat64(upper) / toFloat64(lower)) AS ratio
    FROM (
      SELECT time, label, upper, lower, dense_rank() OVER (ORDER BY total DESC, label) AS place
      FROM (
        SELECT time, label, upper, lower, sum(part) OVER (PARTITION BY label) AS total
        FROM (
          SELECT ${bucket('at')} AS time,
            if(${dimension} = '', 'unknown', ${dimension}) AS label,
            sum(${above}) AS upper, sum(${below}) AS lower, sum(${weight}) AS part
          FROM ${calls({ measures, dimensions: [dimension], bucketed: true })}
          GROUP BY time, label
        )
      )
    )
    WHERE place <= ${count}
    ORDER BY time, series`
}

/** The largest ones as a table: `label`, `cost`. */
export function topSpend(dimension: string, count: number, none: string): string {
  return sql`
    SELECT if(${dimension} = '', '${none}', ${dimension}) AS label, sum(n_cost) AS cost
    FROM ${calls({ measures: ['cost'], dimensions: [dimension] })}
    GROUP BY label
    HAVING cost > 0
    ORDER BY cost DESC, label
    LIMIT ${count}`
}
