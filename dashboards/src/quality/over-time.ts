/**
 * The quality of the data as it went: a bad release shows as a step.
 *
 * Invariant: the four kinds of usage add up to the calls.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_BUCKETS } from '../sql/time.ts'
import { topOverTime } from '../sql/top.ts'

/** Row 2. */
export const qualityOverTimePanels: readonly Panel[] = [
  {
    id: 5,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Where usage comes from',
    description:
      'Calls that began in each interval by how their usage is known; a failed call that reported none costs nothing.',
    unit: 'count',
    series: [
      { name: 'reported', title: 'Reported' },
      { name: 'estimated', title: 'Estimated' },
      { name: 'missing', title: 'Missing' },
      { name: 'failed', title: 'Failed, nothing to bill' },
    ],
    empty: 'No calls in this range',
    maxDataPoints: 29,
    calls: { usage_source: 'missing' },
    gridPos: { x: 0, y: 4, w: 12, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS}
        SELECT ${bucket('at')} AS time,
          toInt64(sum(n_calls)) - sum(n_estimated_calls) - sum(n_missing_calls) AS reported,
          toInt64(sum(n_estimated_calls)) AS estimated,
          greatest(toInt64(sum(n_missing_calls)) - sum(n_failed_calls), 0) AS missing,
          toInt64(sum(n_calls)) - reported - estimated - missing AS failed
        FROM ${calls({ measures: ['calls', 'estimated_calls', 'missing_calls', 'failed_calls'], bucketed: true })}
        GROUP BY time
        ORDER BY time`),
    ],
  },
  {
    id: 6,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    entity: 'model',
    title: 'Unpriced calls by model',
    description:
      'Answered calls without a known cost that began in each interval, for the seven models with most of them.',
    unit: 'count',
    empty: 'Every answered call has a price',
    maxDataPoints: 29,
    calls: { unpriced: 'true' },
    gridPos: { x: 12, y: 4, w: 12, h: 8 },
    targets: [seriesTarget(topOverTime('model', ['unpriced_calls'], 'n_unpriced_calls', 7, 'calls'))],
  },
]
