/**
 * Reliability: how fast and how well providers answer.
 *
 * Invariant: its uid and the ids of its panels never change; an error is a call whose span has status `error`.
 */
import type { Dashboard } from '../model.ts'
import { callVariables } from '../variables.ts'
import { reliabilityOverTimePanels } from './over-time.ts'
import { reliabilityStatPanels } from './stats.ts'
import { reliabilityTablePanels } from './tables.ts'

/** The dashboard about latency and errors. */
export const reliability: Dashboard = {
  uid: 'spanmeter-reliability',
  title: 'Reliability',
  description: 'Latency, time to the first token, errors, retries and rate limits, by provider.',
  tags: ['spanmeter', 'reliability'],
  time: { from: 'now-24h', to: 'now' },
  refresh: '30s',
  variables: callVariables,
  panels: [...reliabilityStatPanels, ...reliabilityOverTimePanels, ...reliabilityTablePanels],
}
