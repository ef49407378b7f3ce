/**
 * The Overview: what is spent, by whom, and how far the numbers can be trusted, on one page.
 *
 * Invariant: its uid and the ids of its panels never change.
 */
import type { Dashboard, Variable } from '../model.ts'
import { sql } from '../sql/text.ts'
import { breakdownPanels } from './breakdown.ts'
import { spendPanels } from './spend.ts'
import { trafficPanels } from './traffic.ts'
import { trustPanels } from './trust.ts'

/** The dashboard that the page opens with. */
export const overview: Dashboard = {
  uid: 'spanmeter-overview',
  title: 'Overview',
  description:
    'What services spend on paid APIs: now, this month, by provider, model, tenant and conversation.',
  tags: ['spanmeter', 'cost'],
  time: { from: 'now-24h', to: 'now' },
  refresh: '30s',
  variables: [
    variable('tenant', 'Tenant', 'tenant_id'),
    variable('environment', 'Environment', 'environment'),
    variable('service', 'Service', 'service_name'),
    variable('provider', 'Provider', 'provider'),
    variable('model', 'Model', 'model'),
  ],
  panels: [...spendPanels, ...trafficPanels, ...trustPanels, ...breakdownPanels].toSorted(
    (a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x,
  ),
}

/** Values of the hours that the range touches, the ones that cost most first. */
function variable(name: string, label: string, column: string): Variable {
  return {
    name,
    label,
    sql: sql`
      SELECT ${column}
      FROM rollup_cost_hour
      WHERE hour >= toDateTime(intDiv(\${__from}, 3600000) * 3600, 'UTC') AND hour <= $__toTime AND ${column} != ''
      GROUP BY ${column}
      ORDER BY sum(cost) DESC, ${column}
      LIMIT 1000`,
  }
}
