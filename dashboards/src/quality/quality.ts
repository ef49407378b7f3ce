/**
 * Data quality: how far the other dashboards can be trusted, and where to look.
 *
 * Invariant: its uid and the ids of its panels never change; a refused call with nothing to bill is in no share.
 */
import type { Dashboard } from '../model.ts'
import { callVariables } from '../variables.ts'
import { arrivalPanels } from './arrival.ts'
import { qualityOverTimePanels } from './over-time.ts'
import { qualityStatPanels } from './stats.ts'
import { qualityTablePanels } from './tables.ts'

/** The dashboard about the data itself. */
export const quality: Dashboard = {
  uid: 'spanmeter-quality',
  title: 'Data quality',
  description:
    'Calls without a price, without usage, with estimates, without somebody to charge; what was lost on the way or came late.',
  tags: ['spanmeter', 'quality'],
  time: { from: 'now-7d', to: 'now' },
  refresh: '1m',
  variables: callVariables,
  panels: [...qualityStatPanels, ...qualityOverTimePanels, ...qualityTablePanels, ...arrivalPanels],
}
