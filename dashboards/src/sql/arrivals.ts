/**
 * When spans came, as one relation: rollups of whole hours of arrival in the middle, spans at the ends.
 *
 * Invariant: about every span, calls or not, by when it came and not by the time that it carries.
 */
import { type FilterName, filters } from './filters.ts'
import { cameIn, LATENESS } from './span-numbers.ts'
import { sql } from './text.ts'
import { hoursOf, type SqlRange, wholeHours, within } from './time.ts'

/** Seconds within which spans came, and the column of the rollup that counts those. */
const STEPS: readonly (readonly [seconds: number, column: string])[] = [
  [0.2, 'within_200ms'],
  [0.5, 'within_500ms'],
  [1, 'within_1s'],
  [2, 'within_2s'],
  [5, 'within_5s'],
  [10, 'within_10s'],
  [30, 'within_30s'],
  [60, 'within_60s'],
  [600, 'within_600s'],
  [3600, 'within_3600s'],
]

/** The filters that it knows. */
export const OF_A_SENDER: readonly FilterName[] = ['tenant', 'service', 'environment']

/**
 * The relation, in parentheses: `service_name`, `came` (spans), `numbered`, `ahead` (their clocks), `in_time` (within a
 * minute of their end), `steps` (how many came within each step).
 */
export function arrivals(range: SqlRange): string {
  const { first, last } = wholeHours(range)
  const atOneEnd = (end: string) => hoursOf('arrived', { from: end, to: end })
  const steps = (of: (seconds: number, column: string) => string) =>
    `[${STEPS.map(([seconds, column]) => of(seconds, column)).join(', ')}]`
  return sql`
    (
      SELECT service_name, came, numbered, ahead, within_60s AS in_time, ${steps((_, column) => column)} AS steps
      FROM rollup_arrival_hour
      WHERE $__seconds(arrived, ${first}, ${last}) AND ${filters(OF_A_SENDER)}
      UNION ALL
      SELECT service_name, count() AS came, countIf(span_number > 0) AS numbered, countIf(late < -5) AS ahead,
        countIf(late <= 60) AS in_time, ${steps((seconds) => `countIf(late <= ${seconds})`)} AS steps
      FROM (
        SELECT service_name, span_number, ${LATENESS} AS late
        FROM spans
        WHERE ${within('ingested_at', range)} AND $__outside(toStartOfHour(ingested_at), ${first}, ${last})
          AND ${cameIn(`${atOneEnd(range.from)} OR ${atOneEnd(range.to)}`)}
          AND ${filters(OF_A_SENDER)}
      )
      GROUP BY service_name
    )`
}

/**
 * The first step, seconds, within which at least `share` of the spans came; NULL without spans, and where it took longer
 * than the last step.
 * @param came how many spans; `steps` how many of them within each step
 */
export function arrivedWithin(share: number, came: string, steps: string): string {
  const ends = `[${STEPS.map(([seconds]) => seconds).join(', ')}]`
  const place = `arrayFirstIndex(n -> n >= ${share} * ${came}, ${steps})`
  return `if(${came} = 0 OR ${place} = 0, NULL, ${ends}[${place}])`
}
