/**
 * Budgets with what is left and when it will be gone; alerts; channels.
 *
 * Invariant: a run-out is told only where the pace of the last day would use the rest before the period ends.
 */
import type { Panel } from '../model.ts'
import { STANDINGS, SUBJECT } from '../sql/standings.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

const ALERT_SUBJECT =
  "arrayStringConcat(arrayMap((k, v) -> concat(k, ' ', v), mapKeys(subject), mapValues(subject)), ', ')"

const STANDING = {
  active: 'good',
  'near its limit': 'warning',
  'at its limit': 'critical',
  suspended: 'critical',
} as const
const SEVERITY = { info: 'info', warning: 'warning', critical: 'critical' } as const

/** Rows 2, 4 and 5. */
export const budgetTablePanels: readonly Panel[] = [
  {
    id: 5,
    kind: 'table',
    title: 'Budgets',
    description:
      'Every budget by subject: how much is used now, what is left, when it begins anew, and when it runs out at the pace of the last day.',
    unit: 'none',
    columns: [
      { name: 'budget', title: 'Budget' },
      { name: 'whose', title: 'Subject' },
      { name: 'status', title: 'Status', tones: STANDING },
      {
        ...{ name: 'used', title: 'Used', unit: 'percent', bar: true, barTone: 'status' },
        thresholds: [
          { value: 0.8, level: 'warning' },
          { value: 1, level: 'critical' },
        ],
      },
      { name: 'committed', title: 'Spent', unit: 'amount' },
      { name: 'left_over', title: 'Left', unit: 'amount' },
      { name: 'limit_value', title: 'Limit', unit: 'amount' },
      { name: 'unit', title: 'Unit' },
      { name: 'resets_at', title: 'Begins anew' },
      { name: 'runs_out', title: 'Runs out' },
    ],
    empty: 'No budget is in use; docs/limits.md says how to set one',
    gridPos: { x: 0, y: 4, w: 24, h: 8 },
    targets: [
      tableTarget(
        sql`
          WITH now.last.4 AS spent, now.last.6 AS most,
            toFloat64(spent - if(before.period = now.last.2, before.committed, 0)) AS pace
          SELECT now.budget AS budget, ${SUBJECT} AS whose, 
            transform(now.last.7, ['limit_reached', 'warning'], ['at its limit', 'near its limit'], now.last.7) AS status,
            if(most = 0, NULL, toFloat64(spent) / toFloat64(most)) AS used, toFloat64(spent) AS committed,
            toFloat64(most - spent) AS left_over, toFloat64(most) AS limit_value, now.last.1 AS unit,
            now.last.3 AS resets_at,
            if(pace > 0 AND left_over > 0
                AND (resets_at IS NULL OR toUnixTimestamp(now()) + 86400 * left_over / pace < toUnixTimestamp(resets_at)),
              toDateTime64(toUnixTimestamp(now()) + 86400 * left_over / pace, 3, 'UTC'), NULL) AS runs_out
          FROM ${STANDINGS} AS now
          LEFT JOIN
          (
            SELECT budget, subject, argMax(committed, at) AS committed, argMax(period, at) AS period
            FROM budget_samples
            WHERE at >= now() - INTERVAL 3 DAY AND at <= now() - INTERVAL 1 DAY
            GROUP BY budget, subject
          ) AS before ON before.budget = now.budget AND before.subject = now.subject
          ORDER BY used DESC NULLS LAST, budget, whose
          LIMIT 500`,
        ['resets_at', 'runs_out'],
      ),
    ],
  },
  {
    id: 8,
    kind: 'table',
    title: 'Alerts',
    description: 'Alerts that fire, and those that began in the chosen range; newest first.',
    unit: 'none',
    columns: [
      { name: 'time', title: 'Began' },
      { name: 'until', title: 'Over' },
      { name: 'severity', title: 'Severity', tones: SEVERITY },
      { name: 'title', title: 'What', wide: true },
      { name: 'value', title: 'Value' },
      { name: 'threshold', title: 'Threshold' },
      { name: 'about', title: 'Subject' },
      { name: 'state', title: 'State' },
    ],
    empty: 'No alert fires, and none began in this range',
    gridPos: { x: 0, y: 20, w: 24, h: 9 },
    targets: [
      tableTarget(
        sql`
          SELECT starts_at AS time, ends_at AS until, severity, title, value, threshold, ${ALERT_SUBJECT} AS about,
            multiIf(silenced, 'silenced', acked_at IS NOT NULL, 'acknowledged', read_at IS NOT NULL, 'read', 'unread') AS state
          FROM alerts FINAL
          WHERE $__timeFilter_ms(starts_at) OR ends_at IS NULL
          ORDER BY time DESC, id
          LIMIT 500`,
        ['time', 'until'],
      ),
    ],
  },
  {
    id: 9,
    kind: 'table',
    title: 'Channels',
    description: 'Messages of the chosen range by channel, and why the last one that was not taken was not.',
    unit: 'none',
    columns: [
      { name: 'channel', title: 'Channel' },
      { name: 'delivered', title: 'Delivered', unit: 'count' },
      { name: 'pending', title: 'Waiting', unit: 'count' },
      { name: 'failed', title: 'Given up', unit: 'count' },
      { name: 'attempts', title: 'Attempts', unit: 'count' },
      { name: 'last_reason', title: 'Last trouble', wide: true },
    ],
    empty: 'No message in this range',
    gridPos: { x: 0, y: 29, w: 24, h: 6 },
    targets: [
      tableTarget(sql`
        SELECT channel, countIf(status = 'delivered') AS delivered, countIf(status IN ('pending', 'held')) AS pending,
          countIf(status = 'failed') AS failed, sum(attempts) AS attempts,
          argMaxIf(reason, last_at, reason != '') AS last_reason
        FROM alert_deliveries FINAL
        WHERE $__timeFilter_ms(created_at)
        GROUP BY channel
        ORDER BY channel
        LIMIT 100`),
    ],
  },
]
