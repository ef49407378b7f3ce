/**
 * Customers and features: who causes the spend, and whose changed.
 *
 * Invariant: its uid and the ids of its panels never change; users, conversations and runs belong to their tenant.
 */
import type { Dashboard } from '../model.ts'
import { callVariables } from '../variables.ts'
import { billingPanels } from './billing.ts'
import { creditPanels } from './credits.ts'
import { customerStatPanels } from './stats.ts'
import { customerTablePanels } from './tables.ts'
import { workPanels } from './work.ts'

/** The dashboard about who causes the spend. */
export const customers: Dashboard = {
  uid: 'spanmeter-customers',
  title: 'Customers and features',
  description: 'Spend by tenant, user, feature, agent, conversation and run, and what changed most.',
  tags: ['spanmeter', 'cost', 'customers'],
  time: { from: 'now-7d', to: 'now' },
  refresh: '1m',
  variables: callVariables,
  panels: [...customerStatPanels, ...customerTablePanels, ...workPanels, ...creditPanels, ...billingPanels],
}
