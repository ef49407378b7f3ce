/**
 * How far the numbers can be trusted, in four of them.
 *
 * Invariant: shares are of the answered calls: one that the provider refused without usage has nothing to bill.
 */
import type { Panel } from '../model.ts'
import { latency, percentile } from '../sql/latency.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import { total } from './all-calls.ts'

const NO_CALLS = 'No answered calls in this range'

/** Row 1. */
export const qualityStatPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Calls with a price',
    description:
      'Share of the answered calls whose cost is known; the real spend is higher by what the others cost.',
    unit: 'percent',
    value: 'priced',
    captions: [{ column: 'unpriced', label: 'without a price', unit: 'count' }],
    empty: NO_CALLS,
    calls: { unpriced: 'true' },
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [total('priced', 'unpriced')],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Usage as reported',
    description:
      'Share of the answered calls whose usage the provider itself reported; the others are estimated or not known.',
    unit: 'percent',
    value: 'reported',
    captions: [{ column: 'estimated', label: 'estimated', unit: 'count' }],
    empty: NO_CALLS,
    calls: { usage_source: 'estimated' },
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [total('reported', 'estimated')],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'Spend with a tenant',
    description: 'Share of the spend that belongs to a tenant, and what nobody can be charged for.',
    unit: 'percent',
    value: 'attributed',
    captions: [{ column: 'nobody', label: 'without a tenant', unit: 'usd' }],
    empty: 'No calls with a cost in this range',
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [total('attributed', 'nobody')],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'Arrival, p95',
    description:
      'Nineteen of twenty calls were stored within this time of their end, and half within the one below; what is still on its way is in no number.',
    unit: 'seconds',
    value: 'p95',
    captions: [{ column: 'p50', label: 'median', unit: 'seconds' }],
    empty: 'No calls in this range',
    calls: { sort: '-timestamp' },
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        SELECT ${percentile('arrival', 0)} AS p50, ${percentile('arrival', 1)} AS p95
        FROM ${latency({ sketches: ['arrival'] })}`),
    ],
  },
]
