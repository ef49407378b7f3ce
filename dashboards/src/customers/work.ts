/**
 * Users, agents, conversations and runs: the work that calls were made for.
 *
 * Invariant: an id belongs to its tenant, so the same id of two tenants is two rows.
 */
import type { Column, Panel } from '../model.ts'
import { CONVERSATION_TITLE, calls, NEWEST_TITLE } from '../sql/calls.ts'
import { runs } from '../sql/runs.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

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
    targets: [
      tableTarget(sql`
        SELECT if(agent_name = '', agent_id, agent_name) AS agent, sum(n_calls) AS requests,
          sum(n_input_tokens) + sum(n_output_tokens) AS tokens, sum(n_cost) AS cost
        FROM ${calls({
          measures: ['calls', 'cost', 'input_tokens', 'output_tokens'],
          dimensions: ['agent_id', 'agent_name'],
        })}
        WHERE agent_id != '' OR agent_name != ''
        GROUP BY agent_id, agent_name
        ORDER BY cost DESC, agent
        LIMIT 20`),
    ],
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
    targets: [
      tableTarget(sql`
        SELECT user_id AS user, tenant_id AS tenant, sum(n_calls) AS requests,
          sum(n_input_tokens) + sum(n_output_tokens) AS tokens, sum(n_cost) AS cost
        FROM ${calls({
          measures: ['calls', 'cost', 'input_tokens', 'output_tokens'],
          dimensions: ['tenant_id', 'user_id'],
          rollup: 'rollup_detail_hour',
        })}
        WHERE user_id != ''
        GROUP BY tenant_id, user_id
        ORDER BY cost DESC, user, tenant
        LIMIT 20`),
    ],
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
    targets: [
      tableTarget(sql`
        SELECT ${NEWEST_TITLE} AS conversation, tenant_id AS tenant,
          dateDiff('millisecond', min(began), max(over)) / 1000 AS lasted, sum(n_calls) AS requests,
          sum(n_input_tokens) + sum(n_output_tokens) AS tokens, sum(n_cost) AS cost
        FROM ${calls({
          measures: ['calls', 'cost', 'input_tokens', 'output_tokens'],
          dimensions: ['tenant_id', 'conversation_id'],
          columns: {
            title: CONVERSATION_TITLE,
            began: { raw: "toDateTime64(start_time, 3, 'UTC')", rollup: 'started' },
            over: {
              raw: "toDateTime64(start_time + toIntervalNanosecond(duration_ns), 3, 'UTC')",
              rollup: 'ended',
            },
          },
          rollup: 'rollup_detail_hour',
        })}
        WHERE conversation_id != ''
        GROUP BY tenant_id, conversation_id
        ORDER BY cost DESC, conversation, conversation_id
        LIMIT 20`),
    ],
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
    targets: [
      tableTarget(
        sql`
          SELECT min(n_started) AS time,
            if(max(n_name).2 = '', run_id, concat(max(n_name).2, ' ', run_id)) AS run,
            if(max(n_outcome).2 = '', if(max(n_running) > 0, 'running', ''), max(n_outcome).2) AS status,
            tenant_id AS tenant,
            arrayStringConcat(arraySort(groupUniqArrayIf(5)(toString(model), n_calls > 0)), ', ') AS models,
            sum(n_calls) AS requests, sum(n_tokens) AS tokens, sum(n_cost) AS cost
          FROM ${runs()}
          GROUP BY tenant_id, run_id
          HAVING requests > 0
          ORDER BY cost DESC, time DESC, run_id
          LIMIT 20`,
        ['time'],
      ),
    ],
  },
]
