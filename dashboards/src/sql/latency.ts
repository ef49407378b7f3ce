/**
 * Durations of the range as sketches, read like the calls: rollup in the middle, spans at the ends.
 *
 * Invariant: the rollup of sketches knows neither service, environment nor feature, so as soon as one of those is
 * filtered, everything comes from the spans.
 */
import { EVERYWHERE, filters } from './filters.ts'
import { sql } from './text.ts'
import { PICKED, wholeHours, within } from './time.ts'

const LEVELS = '0.5, 0.95, 0.99'
/** True where no filter is set that the rollup does not know. */
const UNFILTERED =
  '$__conditionalAll(0, $environment) AND $__conditionalAll(0, $service) AND $__conditionalAll(0, $feature)'

/** What the relation has beside its sketches. */
export interface LatencyOptions {
  /** With a column `at`, which can be put into buckets. */
  readonly bucketed?: boolean
  /** Of `tenant_id`, `provider` and `model`. */
  readonly dimensions?: readonly string[]
}

/** The relation: `latency` and `ttfc` (states of `quantilesTDigest(0.5, 0.95, 0.99)`, seconds). */
export function latency({ bucketed = false, dimensions = [] }: LatencyOptions = {}): string {
  const { first, last } = wholeHours(PICKED)
  const at = (column: string) =>
    [...(bucketed ? [`${column} AS at`] : []), ...dimensions].map((each) => `${each}, `).join('')
  const groups = [...(bucketed ? ['at'] : []), ...dimensions]
  const rollup = `(${UNFILTERED})${bucketed ? ' AND hourly' : ''}`
  return sql`
    (
      SELECT ${at('hour')}latency, ttfc
      FROM rollup_latency_hour
      WHERE hour >= ${first} AND hour < ${last} AND ${rollup}
        AND ${filters(EVERYWHERE)}
      UNION ALL
      SELECT ${at("toDateTime(start_time, 'UTC')")}
        quantilesTDigestState(${LEVELS})(duration_ns / 1e9) AS latency,
        quantilesTDigestStateIf(${LEVELS})(
          toFloat64(ifNull(time_to_first_chunk_ns, 0)) / 1e9, isNotNull(time_to_first_chunk_ns)) AS ttfc
      FROM spans
      WHERE is_call AND ${within('start_time')}
        AND (start_time < ${first} OR start_time >= ${last} OR NOT (${rollup}))
        AND ${filters()}
      ${groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : ''}
    )`
}

/** Percentile `index` (0: p50, 1: p95, 2: p99) of a column of the relation, seconds; NULL where there are none. */
export function percentile(column: 'latency' | 'ttfc', index: 0 | 1 | 2): string {
  return `ifNotFinite(quantilesTDigestMerge(${LEVELS})(${column})[${index + 1}], NULL)`
}
