/**
 * Spend over time of the largest few of a dimension, and of all others together.
 *
 * Invariant: the series add up to the total; which ones are shown is decided by the whole range, not by bucket.
 */
import { calls } from './calls.ts'
import { sql } from './text.ts'
import { bucket, WITH_BUCKETS } from './time.ts'

/** A long result: `time`, `series`, `cost`. */
export function topSpendOverTime(dimension: string, count: number): string {
  return sql`
    ${WITH_BUCKETS}
    SELECT time, if(place <= ${count}, label, 'Other') AS series, sum(spend) AS cost
    FROM (
      SELECT time, label, spend, dense_rank() OVER (ORDER BY total DESC, label) AS place
      FROM (
        SELECT time, label, spend, sum(spend) OVER (PARTITION BY label) AS total
        FROM (
          SELECT ${bucket('at')} AS time,
            if(${dimension} = '', 'unknown', ${dimension}) AS label,
            sum(n_cost) AS spend
          FROM ${calls({ measures: ['cost'], dimensions: [dimension], bucketed: true })}
          GROUP BY time, label
        )
      )
    )
    GROUP BY time, series
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
