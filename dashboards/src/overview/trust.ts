/**
 * The panels that say how far the other numbers can be trusted.
 *
 * Invariant: a failed call that the provider did not bill is not "unpriced"; a call without a price is.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { unpricedModels } from '../sql/unpriced.ts'
import { total } from './numbers.ts'

/** Unpriced share, where usage comes from, and the models to look at. */
export const trustPanels: readonly Panel[] = [
  {
    id: 12,
    kind: 'stat',
    title: 'Unpriced',
    description:
      'Share of the answered calls whose cost is not known, so that the real spend is higher; and the share whose usage is estimated or missing.',
    unit: 'percent',
    value: 'unpriced',
    captions: [{ column: 'uncertain', label: 'estimated or missing', unit: 'percent' }],
    thresholds: [
      { value: 0.000001, level: 'warning' },
      { value: 0.05, level: 'critical' },
    ],
    empty: 'No calls in this range',
    calls: { unpriced: 'true' },
    gridPos: { x: 20, y: 13, w: 4, h: 4 },
    targets: [total('unpriced', 'uncertain')],
  },
  {
    id: 19,
    kind: 'bargauge',
    title: 'Where usage comes from',
    description:
      'Calls by how their usage is known: as the provider reported it, estimated from the text seen, or not at all; a failed call that reported none costs nothing.',
    unit: 'count',
    label: 'source',
    value: 'requests',
    empty: 'No calls in this range',
    calls: { usage_source: 'missing' },
    gridPos: { x: 18, y: 25, w: 6, h: 9 },
    targets: [
      tableTarget(sql`
        SELECT pair.1 AS source, pair.2 AS requests
        FROM (
          SELECT arrayJoin([
            ('Reported by the provider', toInt64(sum(n_calls)) - sum(n_estimated_calls) - sum(n_missing_calls)),
            ('Estimated from the text', toInt64(sum(n_estimated_calls))),
            ('Missing', greatest(toInt64(sum(n_missing_calls)) - sum(n_failed_calls), 0)),
            ('Failed, nothing to bill', toInt64(sum(n_failed_calls)))]) AS pair
          FROM ${calls({ measures: ['calls', 'estimated_calls', 'missing_calls', 'failed_calls'] })}
          HAVING sum(n_calls) > 0
        )
        ORDER BY requests DESC, source`),
    ],
  },
  {
    id: 21,
    kind: 'table',
    title: 'Calls without a price',
    description: 'Answered calls of the chosen range whose cost is not known, by model and reason.',
    unit: 'none',
    columns: [
      { name: 'model', title: 'Model' },
      { name: 'provider', title: 'Provider' },
      { name: 'reason', title: 'Reason' },
      { name: 'requests', title: 'Requests', unit: 'count', bar: true },
    ],
    empty: 'Every answered call has a price',
    calls: { unpriced: 'true' },
    gridPos: { x: 14, y: 34, w: 10, h: 11 },
    targets: [
      tableTarget(sql`
        SELECT model, provider, reason, requests
        FROM (
          ${unpricedModels(10)}
        )`),
    ],
  },
]
