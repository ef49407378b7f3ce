/**
 * Durations of the range as sketches, read like the calls: rollups in the middle, spans at the ends.
 *
 * Invariant: the rollups of sketches know neither service, environment nor feature, so as soon as one of those is
 * filtered, everything comes from the spans.
 */
import { ALL_FILTERS, EVERYWHERE, filters, unfiltered } from './filters.ts'
import { byDay } from './hourly.ts'
import { sql } from './text.ts'
import { PICKED, wholeHours, within } from './time.ts'

/** A column of the rollups that is merged, and what it is made of in the spans. */
const STATES: Readonly<Record<'latency' | 'ttfc' | 'arrival', { levels: string; raw: string }>> = {
  latency: { levels: '0.5, 0.95, 0.99', raw: 'quantilesTDigestState(0.5, 0.95, 0.99)(duration_ns / 1e9)' },
  ttfc: {
    levels: '0.5, 0.95, 0.99',
    raw: sql`
      quantilesTDigestStateIf(0.5, 0.95, 0.99)(
        toFloat64(ifNull(time_to_first_chunk_ns, 0)) / 1e9, isNotNull(time_to_first_chunk_ns))`,
  },
  arrival: {
    levels: '0.5, 0.95',
    raw: sql`
      quantilesTDigestState(0.5, 0.95)(greatest(toUnixTimestamp64Milli(ingested_at)
        - toUnixTimestamp64Milli(toDateTime64(start_time, 3)) - duration_ns / 1e6, 0) / 1000)`,
  },
}
/** The least that was left of a limit; not a sketch. */
const HEADROOM = "min(toFloat64OrNull(attributes['spanmeter.rate_limit.remaining_ratio']))"

/** A sketch. */
export type Sketch = keyof typeof STATES

/** What the relation has beside its sketches. */
export interface LatencyOptions {
  readonly sketches?: readonly Sketch[]
  /** With a column `least_headroom`, from 0 to 1, NULL where nobody told it. */
  readonly headroom?: boolean
  /** With a column `at`, which can be put into buckets. */
  readonly bucketed?: boolean
  /** Of `tenant_id`, `provider` and `model`. */
  readonly dimensions?: readonly string[]
}

/** The relation: states of the sketches, seconds, by the dimensions. */
export function latency(options: LatencyOptions = {}): string {
  const { sketches = ['latency', 'ttfc'], headroom = false, bucketed = false, dimensions = [] } = options
  const { first, last } = wholeHours(PICKED)
  const columns = [...sketches, ...(headroom ? ['least_headroom'] : [])].join(', ')
  const raw = [
    ...sketches.map((name) => `${STATES[name].raw} AS ${name}`),
    ...(headroom ? [`${HEADROOM} AS least_headroom`] : []),
  ].join(',\n')
  const at = (column: string) =>
    [...(bucketed ? [`${column} AS at`] : []), ...dimensions].map((each) => `${each}, `).join('')
  const groups = [...(bucketed ? ['at'] : []), ...dimensions]
  const unknown = ALL_FILTERS.filter((name) => !EVERYWHERE.includes(name)).map(unfiltered)
  const rollup = [...unknown, ...(bucketed ? ['hourly'] : [])].join(' AND ')
  const days = byDay({ table: 'rollup_latency_day', filters: EVERYWHERE }, bucketed)
  return sql`
    (
      SELECT ${at("toDateTime(day, 'UTC')")}${columns}
      FROM rollup_latency_day
      WHERE ${days.within}
        AND ${filters(EVERYWHERE)}
      UNION ALL
      SELECT ${at('hour')}${columns}
      FROM rollup_latency_hour
      WHERE $__seconds(hour, ${first}, ${last}) AND ${days.outside} AND $__where(${rollup})
        AND ${filters(EVERYWHERE)}
      UNION ALL
      SELECT ${at("toDateTime(start_time, 'UTC')")}
        ${raw}
      FROM spans
      WHERE is_call AND ${within('start_time')}
        AND $__outside(toStartOfHour(start_time), ${first}, ${last}, ${rollup})
        AND ${filters()}
      ${groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : ''}
    )`
}

/** Percentile `index` (0: p50, 1: p95, 2: p99) of a column of the relation, seconds; NULL where there are none. */
export function percentile(column: Sketch, index: 0 | 1 | 2): string {
  return `ifNotFinite(quantilesTDigestMerge(${STATES[column].levels})(${column})[${index + 1}], NULL)`
}
