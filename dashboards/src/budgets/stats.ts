/**
 * Limits and alerts in four numbers.
 *
 * Invariant: what stands is as of now, whatever range is chosen; only what began is of the range.
 */
import type { Panel } from '../model.ts'
import { STANDINGS } from '../sql/standings.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

/** Row 1. */
export const budgetStatPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Budgets at their limit',
    description: 'Subjects whose budget is used up or suspended now, and those that are at their warning.',
    unit: 'count',
    value: 'reached',
    captions: [{ column: 'warning', label: 'at their warning', unit: 'count' }],
    thresholds: [{ value: 1, level: 'critical' }],
    empty: 'No budget is in use',
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT if(count() = 0, NULL, countIf(last.7 IN ('limit_reached', 'suspended'))) AS reached,
          countIf(last.7 = 'warning') AS warning
        FROM ${STANDINGS}`),
    ],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Alerts that fire',
    description: 'Alerts that last now, and how many of them nobody has marked as read.',
    unit: 'count',
    value: 'firing',
    captions: [{ column: 'unread', label: 'unread', unit: 'count' }],
    thresholds: [{ value: 1, level: 'warning' }],
    empty: 'No alert fires',
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT countIf(ends_at IS NULL) AS firing, countIf(ends_at IS NULL AND read_at IS NULL) AS unread
        FROM alerts FINAL`),
    ],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'Alerts that began',
    description: 'Alerts that began in the chosen range, and the critical ones among them.',
    unit: 'count',
    value: 'began',
    captions: [{ column: 'critical', label: 'critical', unit: 'count' }],
    empty: 'No alert began in this range',
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT count() AS began, countIf(severity = 'critical') AS critical
        FROM alerts FINAL
        WHERE $__timeFilter_ms(starts_at)`),
    ],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'Messages not delivered',
    description: 'Messages of the chosen range that wait, are held back or were given up.',
    unit: 'count',
    value: 'undelivered',
    captions: [{ column: 'failed', label: 'given up', unit: 'count' }],
    thresholds: [{ value: 1, level: 'warning' }],
    empty: 'Every message was delivered',
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT countIf(status != 'delivered') AS undelivered, countIf(status = 'failed') AS failed
        FROM alert_deliveries FINAL
        WHERE $__timeFilter_ms(created_at)`),
    ],
  },
]
