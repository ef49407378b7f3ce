/**
 * Errors and times as they went.
 *
 * Invariant: a provider without a call in an interval has a gap there, not a zero.
 */
import type { Panel } from '../model.ts'
import { filters } from '../sql/filters.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_ZONE, within } from '../sql/time.ts'
import { topRatioOverTime } from '../sql/top.ts'
import { durationByProvider, POINTS } from './durations.ts'

const NO_CALLS = 'No calls in this range'

/** Rows 2 and 3. */
export const reliabilityOverTimePanels: readonly Panel[] = [
  {
    id: 5,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Errors by kind',
    description:
      'Failed calls that began in each interval, by the error that they ended in: a status of the provider, or what went wrong on the way.',
    unit: 'count',
    empty: 'No call failed in this range',
    maxDataPoints: POINTS,
    calls: { status: 'error' },
    gridPos: { x: 0, y: 4, w: 12, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_ZONE}
        SELECT ${bucket("toDateTime(start_time, 'UTC')")} AS time,
          multiIf(error_type != '', error_type, http_status_code > 0, toString(http_status_code), 'unknown') AS series,
          count() AS errors
        FROM spans
        WHERE is_call AND status = 'error' AND ${within('start_time')}
          AND ${filters()}
        GROUP BY time, series
        ORDER BY time, series`),
    ],
  },
  {
    id: 6,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    entity: 'provider',
    title: 'Failed calls by provider',
    description:
      'Share of the calls that began in each interval and failed, for the six providers with most calls.',
    unit: 'percent',
    empty: NO_CALLS,
    maxDataPoints: POINTS,
    calls: { status: 'error' },
    gridPos: { x: 12, y: 4, w: 12, h: 8 },
    targets: [
      seriesTarget(
        topRatioOverTime({
          dimension: 'provider',
          measures: ['calls', 'errors'],
          above: 'n_errors',
          below: 'n_calls',
          weight: 'n_calls',
          count: 6,
        }),
      ),
    ],
  },
  {
    id: 7,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    entity: 'provider',
    title: 'Latency by provider, p95',
    description:
      'Nineteen of twenty calls that began in each interval were complete within this time, for the six providers with most calls.',
    unit: 'seconds',
    empty: NO_CALLS,
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 0, y: 12, w: 12, h: 8 },
    targets: [durationByProvider('latency_p95')],
  },
  {
    id: 8,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    entity: 'provider',
    title: 'First token by provider, p95',
    description:
      'Nineteen of twenty streamed calls that began in each interval brought their first chunk within this time, for the six providers with most calls.',
    unit: 'seconds',
    empty: 'No streamed calls in this range',
    maxDataPoints: POINTS,
    calls: { sort: '-duration' },
    gridPos: { x: 12, y: 12, w: 12, h: 8 },
    targets: [durationByProvider('first_token_p95')],
  },
]
