/**
 * Credits by kind of work.
 *
 * Invariant: credits are cost times what credits are worth now, so a call whose cost is not known adds nothing.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_BUCKETS } from '../sql/time.ts'

/** Row 7. */
export const creditPanels: readonly Panel[] = [
  {
    id: 14,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Credits by kind',
    description:
      'Credits of the calls that began in each interval: of models (ai), of other meters (compute), and of meters that the configuration calls storage.',
    unit: 'count',
    empty: 'No credits in this range',
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 54, w: 24, h: 9 },
    targets: [
      seriesTarget(sql`
        ${WITH_BUCKETS},
          (SELECT argMax(per_usd, set_at) FROM credit_rates) AS per_usd,
          (SELECT argMax(kinds, set_at) FROM credit_rates) AS kinds
        SELECT ${bucket('at')} AS time,
          multiIf(meter_name = '', 'ai', mapContains(kinds, meter_name), toString(kinds[meter_name]), 'compute') AS series,
          toFloat64(sum(n_cost)) * toFloat64(any(per_usd)) AS credits
        FROM ${calls({ measures: ['cost'], dimensions: ['meter_name'], bucketed: true })}
        GROUP BY time, series
        HAVING credits > 0
        ORDER BY time, series`),
    ],
  },
]
