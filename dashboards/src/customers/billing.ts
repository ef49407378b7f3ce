/**
 * What Stripe was told of each hour, and whether its sums are ours.
 *
 * Invariant: what needs people stands first; a tenant that nothing is sent of is not shown.
 */
import type { Panel } from '../model.ts'
import { filters } from '../sql/filters.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

const STATES = {
  pending: 'quiet',
  sent: 'info',
  confirmed: 'good',
  rejected: 'critical',
  drift: 'critical',
  skipped: 'warning',
  expired: 'lapsed',
} as const

/** The last row. */
export const billingPanels: readonly Panel[] = [
  {
    id: 15,
    kind: 'table',
    title: 'Billing in Stripe',
    description:
      'Hours of the chosen range that were sent to Stripe or will be, in whole units of the meter; those that need attention first, then the newest.',
    unit: 'none',
    columns: [
      { name: 'time', title: 'Hour' },
      { name: 'tenant', title: 'Tenant', entity: 'tenant' },
      { name: 'meter', title: 'Meter' },
      { name: 'state', title: 'State', tones: STATES },
      { name: 'total', title: 'Used', unit: 'count' },
      { name: 'sent', title: 'In Stripe', unit: 'count' },
      { name: 'provider_id', title: 'Event' },
      { name: 'error', title: 'Trouble', wide: true },
    ],
    empty: 'Nothing of this range goes to Stripe; docs/stripe.md says how to',
    gridPos: { x: 0, y: 63, w: 24, h: 9 },
    targets: [
      tableTarget(
        sql`
          SELECT hour AS time, tenant_id AS tenant, meter, state, toFloat64(total) AS total, toFloat64(sent) AS sent,
            provider_id, error
          FROM billing_outbox FINAL
          WHERE hour >= $__fromTime AND hour <= $__toTime AND ${filters(['tenant'])}
          ORDER BY state IN ('rejected', 'drift', 'expired') DESC, time DESC, tenant, meter
          LIMIT 500`,
        ['time'],
      ),
    ],
  },
]
