/**
 * Tenants and features in numbers, and what changed most since the period before.
 *
 * Invariant: the period before is as long as the chosen range and ends where it begins.
 */
import type { Panel } from '../model.ts'
import { byCost, movers } from './changes.ts'

const NO_CALLS = 'No calls in this range'

/** Rows 3 and 4. */
export const customerTablePanels: readonly Panel[] = [
  {
    id: 7,
    kind: 'table',
    title: 'Tenants by cost',
    description:
      'Every tenant of the chosen range by what it costs, with the cost of the period of the same length just before.',
    unit: 'none',
    columns: columnsFor('tenant', 'Tenant'),
    empty: NO_CALLS,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 13, w: 14, h: 11 },
    targets: [byCost('tenant')],
  },
  {
    id: 8,
    kind: 'table',
    title: 'Top movers',
    description:
      'Tenants, features and models whose cost changed most against the period of the same length just before, up or down.',
    unit: 'none',
    columns: [
      { name: 'kind', title: 'Kind' },
      { name: 'name', title: 'Name' },
      { name: 'before', title: 'Before', unit: 'usd' },
      { name: 'cost', title: 'Now', unit: 'usd' },
      { name: 'difference', title: 'Difference', unit: 'usd' },
    ],
    empty: 'Nothing costs more or less than in the period before',
    calls: { sort: '-cost' },
    gridPos: { x: 14, y: 13, w: 10, h: 11 },
    targets: [movers],
  },
  {
    id: 9,
    kind: 'table',
    title: 'Features by cost',
    description:
      'Every feature of the chosen range by what it costs, with the cost of the period of the same length just before.',
    unit: 'none',
    columns: columnsFor('feature', 'Feature'),
    empty: NO_CALLS,
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 24, w: 14, h: 10 },
    targets: [byCost('feature')],
  },
]

function columnsFor(name: string, title: string) {
  return [
    { name, title, entity: name },
    { name: 'requests', title: 'Calls', unit: 'count' },
    { name: 'errors', title: 'Failed', unit: 'percent' },
    { name: 'tokens', title: 'Tokens', unit: 'tokens' },
    { name: 'per_call', title: 'A call', unit: 'usd' },
    { name: 'change', title: 'Change', unit: 'percent', signed: true },
    { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
  ] as const
}
