/**
 * Budgets and alerts as they went.
 *
 * Invariant: a new period of a budget begins again at nothing; a line never joins two periods' amounts.
 */
import type { Panel } from '../model.ts'
import { SUBJECT, USED } from '../sql/standings.ts'
import { seriesTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { bucket, WITH_ZONE } from '../sql/time.ts'

/** Row 3. */
export const budgetOverTimePanels: readonly Panel[] = [
  {
    id: 6,
    kind: 'timeseries',
    draw: 'line',
    stacked: false,
    title: 'Use of budgets',
    description:
      'Part of its limit that each budget had used at the end of each interval, for the seven that are used most.',
    unit: 'percent',
    empty: 'No budget was in use in this range',
    maxDataPoints: 96,
    // What has not changed is stored again once an hour.
    minIntervalMs: 3_600_000,
    gridPos: { x: 0, y: 12, w: 12, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_ZONE},
          (
            SELECT groupArray(id)
            FROM (
              SELECT concat(budget, ', ', ${SUBJECT}) AS id, max(${USED}) AS most
              FROM budget_samples
              WHERE $__timeFilter_ms(at)
              GROUP BY id
              ORDER BY most DESC, id
              LIMIT 7
            )
          ) AS kept
        SELECT ${bucket("toDateTime(at, 'UTC')")} AS time, concat(budget, ', ', ${SUBJECT}) AS series,
          argMax(${USED}, at) AS used
        FROM budget_samples
        WHERE $__timeFilter_ms(at) AND has(kept, series)
        GROUP BY time, series
        ORDER BY time, series`),
    ],
  },
  {
    id: 7,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Alerts over time',
    description: 'Alerts that began in each interval, by severity.',
    unit: 'count',
    series: [
      { name: 'critical', title: 'Critical' },
      { name: 'warning', title: 'Warning' },
      { name: 'info', title: 'Info' },
    ],
    empty: 'No alert began in this range',
    maxDataPoints: 29,
    gridPos: { x: 12, y: 12, w: 12, h: 8 },
    targets: [
      seriesTarget(sql`
        ${WITH_ZONE}
        SELECT ${bucket("toDateTime(starts_at, 'UTC')")} AS time, countIf(severity = 'critical') AS critical,
          countIf(severity = 'warning') AS warning, countIf(severity = 'info') AS info
        FROM alerts FINAL
        WHERE $__timeFilter_ms(starts_at)
        GROUP BY time
        ORDER BY time`),
    ],
  },
]
