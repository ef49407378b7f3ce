/**
 * How many customers there are, what one costs, and the spend of the largest over time.
 *
 * Invariant: who has no name is not counted as somebody, and his spend is shown as "unknown".
 */
import type { Panel } from '../model.ts'
import { tenantCount } from './changes.ts'
import { byFeature, byTenant } from './over-time.ts'
import { conversations, runsByCost, users } from './ranked.ts'

const NO_CALLS = 'No calls in this range'

/** Rows 1 and 2. */
export const customerStatPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Tenants',
    description:
      'Tenants with a call in the chosen range, and the share of the spend that the largest of them has.',
    unit: 'count',
    value: 'tenants',
    captions: [{ column: 'largest', label: 'of spend by the largest', unit: 'percent' }],
    empty: 'No call in this range names its tenant',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [tenantCount],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Users',
    description:
      'Different users with a call in the chosen range, and what the calls of one cost on average. A user belongs to his tenant.',
    unit: 'count',
    value: 'users',
    captions: [{ column: 'per_user', label: 'a user', unit: 'usd' }],
    empty: 'No call in this range names its user',
    calls: { sort: '-cost' },
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [users.count],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'Conversations',
    description:
      'Different conversations with a call in the chosen range, and what the calls of one cost on average.',
    unit: 'count',
    value: 'conversations',
    captions: [{ column: 'per_conversation', label: 'a conversation', unit: 'usd' }],
    empty: 'No call in this range names its conversation',
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [conversations.count],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'Runs',
    description: 'Different runs with a call in the chosen range, and what the calls of one cost on average.',
    unit: 'count',
    value: 'runs',
    captions: [{ column: 'per_run', label: 'a run', unit: 'usd' }],
    empty: 'No call in this range belongs to a run',
    calls: { sort: '-cost' },
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [runsByCost.count],
  },
  {
    id: 5,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    entity: 'tenant',
    title: 'Spend by tenant',
    description:
      'Cost of the calls that began in each interval, for the seven tenants that spend most and all others together.',
    unit: 'usd',
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 4, w: 12, h: 9 },
    targets: [byTenant],
  },
  {
    id: 6,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    entity: 'feature',
    title: 'Spend by feature',
    description:
      'Cost of the calls that began in each interval, for the seven features that spend most and all others together.',
    unit: 'usd',
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 4, w: 12, h: 9 },
    targets: [byFeature],
  },
]
