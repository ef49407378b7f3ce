/**
 * The Overview: what is spent, by whom, and how far the numbers can be trusted, on one page.
 *
 * Invariant: its uid and the ids of its panels never change.
 */
import type { Dashboard } from '../model.ts'
import { callVariables } from '../variables.ts'
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
  variables: callVariables,
  panels: [...spendPanels, ...trafficPanels, ...trustPanels, ...breakdownPanels],
}
