/**
 * Users, agents, conversations and runs: the work that calls were made for.
 *
 * Invariant: an id belongs to its tenant, so the same id of two tenants is two rows.
 */
import type { Column, Panel } from '../model.ts'
import { agents } from './changes.ts'
import { conversations, runsByCost, users } from './ranked.ts'

const TENANT: Column = { name: 'tenant', title: 'Tenant', entity: 'tenant' }
const NUMBERS: readonly Column[] = [
  { name: 'requests', title: 'Calls', unit: 'count' },
  { name: 'tokens', title: 'Tokens', unit: 'tokens' },
  { name: 'cost', title: 'Cost', unit: 'usd', bar: true },
]

/** Rows 4 to 6. */
export const workPanels: readonly Panel[] = [
  {
    id: 10,
    kind: 'table',
    title: 'Agents by cost',
    description:
      'Agents by what their calls in the chosen range cost; calls without an agent are not listed.',
    unit: 'none',
    columns: [{ name: 'agent', title: 'Agent' }, ...NUMBERS],
    empty: 'No call in this range names its agent',
    calls: { sort: '-cost' },
    gridPos: { x: 14, y: 24, w: 10, h: 10 },
    targets: [agents],
  },
  {
    id: 11,
    kind: 'table',
    title: 'Users by cost',
    description: 'Users by what their calls in the chosen range cost; calls without a user are not listed.',
    unit: 'none',
    columns: [{ name: 'user', title: 'User' }, TENANT, ...NUMBERS],
    empty: 'No call in this range names its user',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 34, w: 12, h: 10 },
    targets: [users.list],
  },
  {
    id: 12,
    kind: 'table',
    title: 'Conversations by cost',
    description: 'Conversations by what their calls in the chosen range cost, and how long they went on.',
    unit: 'none',
    columns: [
      { name: 'conversation', title: 'Conversation' },
      TENANT,
      { name: 'lasted', title: 'Lasted', unit: 'seconds' },
      ...NUMBERS,
    ],
    empty: 'No call in this range names its conversation',
    calls: { sort: '-cost' },
    gridPos: { x: 12, y: 34, w: 12, h: 10 },
    targets: [conversations.list],
  },
  {
    id: 13,
    kind: 'table',
    title: 'Runs by cost',
    description:
      'Runs by what their calls in the chosen range cost, with the newest status that their spans name.',
    unit: 'none',
    columns: [
      { name: 'time', title: 'Began' },
      { name: 'run', title: 'Run' },
      { name: 'status', title: 'Status' },
      TENANT,
      { name: 'models', title: 'Models', wide: true },
      ...NUMBERS,
    ],
    empty: 'No call in this range belongs to a run',
    calls: { sort: '-cost' },
    gridPos: { x: 0, y: 44, w: 24, h: 10 },
    targets: [runsByCost.list],
  },
]
