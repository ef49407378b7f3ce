/**
 * The panels that say what is spent.
 *
 * Invariant: every amount is a sum of exact decimals of calls; a call without a price adds nothing here and is
 * counted by the panels about trust.
 */
import type { Panel } from '../model.ts'
import { calls } from '../sql/calls.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'
import {
  LAST_HOUR,
  MONTH_END,
  MONTH_START,
  NOW,
  THIS_MONTH,
  TODAY,
  WITH_ZONE,
  YESTERDAY,
} from '../sql/time.ts'
import { spendOverTime } from '../sql/top.ts'
import { total } from './numbers.ts'

const NO_CALLS = 'No calls in this range'

const overTime = spendOverTime({
  provider: { column: 'provider', count: 8 },
  model: { column: 'model', count: 7 },
})

/** Rows 1 and 2: now, today, this month, and over time. */
export const spendPanels: readonly Panel[] = [
  {
    id: 1,
    kind: 'stat',
    hero: true,
    title: 'Spend',
    description:
      'Cost of all calls in the chosen range, against the period of the same length just before it.',
    unit: 'usd',
    value: 'spend',
    captions: [{ column: 'change', label: 'vs period before', unit: 'percent' }],
    empty: NO_CALLS,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 0, w: 6, h: 4 },
    targets: [total('spend', 'change')],
  },
  {
    id: 2,
    kind: 'stat',
    hero: true,
    title: 'Last hour',
    description:
      'Cost of the calls of the last 60 minutes, whatever range is chosen, and what a day at that rate costs.',
    unit: 'usd',
    value: 'spend',
    captions: [{ column: 'daily', label: 'a day at this rate', unit: 'usd' }],
    empty: 'No calls in the last hour',
    calls: { from: 'now-1h', to: 'now', sort: '-cost' },
    gridPos: { x: 6, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        ${WITH_ZONE}
        SELECT sum(n_cost) AS spend, spend * 24 AS daily
        FROM ${calls({ measures: ['cost'], range: LAST_HOUR })}`),
    ],
  },
  {
    id: 3,
    kind: 'stat',
    hero: true,
    title: 'Today',
    description:
      'Cost since midnight in the chosen time zone, whatever range is chosen, and of the whole day before.',
    unit: 'usd',
    value: 'spend',
    captions: [{ column: 'yesterday', label: 'yesterday', unit: 'usd' }],
    empty: 'No calls today',
    calls: { from: 'now/d', to: 'now', sort: '-cost' },
    gridPos: { x: 12, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        ${WITH_ZONE}
        SELECT sumIf(n_cost, NOT earlier) AS spend, sumIf(n_cost, earlier) AS yesterday
        FROM ${calls({ measures: ['cost'], range: TODAY, before: YESTERDAY })}`),
    ],
  },
  {
    id: 4,
    kind: 'stat',
    hero: true,
    title: 'This month',
    description:
      'Cost since the first of the calendar month in the chosen time zone, and what the whole month costs if it goes on like that.',
    unit: 'usd',
    value: 'spend',
    captions: [{ column: 'forecast', label: 'on course for', unit: 'usd' }],
    empty: 'No calls this month',
    calls: { from: 'now/M', to: 'now', sort: '-cost' },
    gridPos: { x: 18, y: 0, w: 6, h: 4 },
    targets: [
      tableTarget(sql`
        ${WITH_ZONE}
        SELECT sum(n_cost) AS spend,
          toFloat64(spend) * (${MONTH_END} - ${MONTH_START}) / greatest(${NOW} - ${MONTH_START}, 3600) AS forecast
        FROM ${calls({ measures: ['cost'], range: THIS_MONTH })}`),
    ],
  },
  {
    id: 5,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    entity: 'provider',
    title: 'Spend by provider',
    description:
      'Cost of the calls that began in each interval, for the eight largest providers and all others together.',
    unit: 'usd',
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 4, w: 12, h: 9 },
    targets: [overTime.provider],
  },
  {
    id: 6,
    kind: 'timeseries',
    draw: 'bars',
    stacked: true,
    entity: 'model',
    title: 'Spend by model',
    description:
      'Cost of the calls that began in each interval, for the seven largest models and all others together.',
    unit: 'usd',
    empty: NO_CALLS,
    maxDataPoints: 29,
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 4, w: 12, h: 9 },
    targets: [overTime.model],
  },
]
