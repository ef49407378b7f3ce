/**
 * Budgets and alerts: what is used up, what will be, and who was told.
 *
 * Invariant: its uid and the ids of its panels never change; it shows what the ledger and the list of alerts say.
 */
import type { Dashboard } from '../model.ts'
import { budgetOverTimePanels } from './over-time.ts'
import { budgetStatPanels } from './stats.ts'
import { budgetTablePanels } from './tables.ts'

/** The dashboard about limits. */
export const budgets: Dashboard = {
  uid: 'spanmeter-budgets',
  title: 'Budgets and alerts',
  description:
    'How far budgets are used and when they will be used up, alerts that fire, and whether people were told.',
  tags: ['spanmeter', 'budgets', 'alerts'],
  time: { from: 'now-7d', to: 'now' },
  refresh: '30s',
  variables: [],
  panels: [...budgetStatPanels, ...budgetOverTimePanels, ...budgetTablePanels],
}
