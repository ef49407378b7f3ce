/**
 * Credits by kind of work.
 *
 * Invariant: a call whose cost is not known adds nothing.
 */
import type { Panel } from '../model.ts'
import { credits } from './over-time.ts'

/** Row 7. */
export const creditPanels: readonly Panel[] = [
  {
    id: 14,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    title: 'Credits by kind',
    description:
      'Credits of the calls that began in each interval: of models (ai), of other meters (compute), and of meters that the configuration calls storage.',
    unit: 'count',
    empty: 'No credits in this range',
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 54, w: 24, h: 9 },
    targets: [credits],
  },
]
