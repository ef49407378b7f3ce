/**
 * Collector: whether what services send is taken in and stored.
 *
 * Invariant: its uid and the ids of its panels never change; everything is read from samples that the collectors
 * themselves store, so a gap is a collector that was not running or had no store.
 */
import type { Dashboard } from '../model.ts'
import { collectorOverTimePanels } from './over-time.ts'
import { collectorStatPanels } from './stats.ts'

/** The dashboard about the collectors themselves. */
export const collector: Dashboard = {
  uid: 'spanmeter-collector',
  title: 'Collector',
  description: 'What collectors receive and store, what waits, what they refuse, and what they need for it.',
  tags: ['spanmeter', 'collector'],
  time: { from: 'now-6h', to: 'now' },
  refresh: '30s',
  variables: [],
  panels: [...collectorStatPanels, ...collectorOverTimePanels],
}
