/**
 * Models and tokens: what a token really costs, and what caches and reasoning do to it.
 *
 * Invariant: its uid and the ids of its panels never change; what is estimated says so in its description.
 */
import type { Dashboard } from '../model.ts'
import { callVariables } from '../variables.ts'
import { modelOverTimePanels } from './over-time.ts'
import { modelStatPanels } from './stats.ts'
import { modelTablePanels } from './tables.ts'

/** The dashboard about models. */
export const models: Dashboard = {
  uid: 'spanmeter-models',
  title: 'Models and tokens',
  description:
    'What tokens cost at each model: effective prices, prompt caches and what they save, reasoning.',
  tags: ['spanmeter', 'cost', 'tokens'],
  time: { from: 'now-24h', to: 'now' },
  refresh: '30s',
  variables: callVariables,
  panels: [...modelStatPanels, ...modelOverTimePanels, ...modelTablePanels],
}
