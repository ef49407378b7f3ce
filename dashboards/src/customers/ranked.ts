/**
 * Users, conversations and runs by what they cost, and how many there are.
 *
 * Invariant: an id belongs to its tenant, so the same id of two tenants is two rows. The list and the number of a kind
 * have queries of their own; the page asks one for both, whose rows all say how many there are.
 */
import type { Target } from '../model.ts'
import { CONVERSATION_TITLE, calls, NEWEST_TITLE } from '../sql/calls.ts'
import { columnList } from '../sql/columns.ts'
import { runs } from '../sql/runs.ts'
import { tableTarget } from '../sql/target.ts'
import { sql } from '../sql/text.ts'

const LENGTH = 20
/** More than are shown: two that share a number are one here. Of equal costs at the end the numbers decide. */
const CANDIDATES = 2 * LENGTH

/** The targets of the two panels of a kind. */
export interface Ranked {
  readonly list: Target
  readonly count: Target
}

interface Kind {
  readonly id: string
  /** The columns of the list, in order, by name. */
  readonly columns: Readonly<Record<string, string>>
  readonly from: string
  readonly having?: string
  /** After the cost. */
  readonly order: string
  readonly times?: readonly string[]
  /** Names of the columns of the number. */
  readonly total: string
  readonly mean: string
}

function ranked(kind: Kind): Ranked {
  const { id, columns, from, having, order, times = [], total, mean } = kind
  const list = (
    more: Readonly<Record<string, string>>,
    { join = '', where = '' }: { join?: string; where?: string },
  ) => sql`
    SELECT ${columnList({ ...columns, ...more })}
    FROM ${from} ${join}
    WHERE ${id} != ''${where}
    GROUP BY tenant_id, ${id}
    ${having === undefined ? '' : `HAVING ${having}`}
    ORDER BY cost DESC, ${order}
    LIMIT ${String(LENGTH)}`
  const costs = calls({ measures: ['cost'], dimensions: ['tenant_id', id], rollup: 'rollup_detail_hour' })
  // a number stands for an id until few are left: many texts are slow to tell apart
  const number = `cityHash64(tenant_id, ${id})`
  const largest = (more: string) => sql`
    (
      SELECT ${number} AS number${more}
      FROM ${costs}
      WHERE ${id} != ''
      GROUP BY number
      ORDER BY sum(n_cost) DESC, number
      LIMIT ${String(CANDIDATES)}
    )`
  const withAll = largest(', count() OVER () AS all_of_them, sum(sum(n_cost)) OVER () AS all_costs')
  const together = {
    sql: list(
      { [total]: 'any(all_of_them)', [mean]: `toFloat64(any(all_costs)) / ${total}` },
      { join: `AS each INNER JOIN ${withAll} AS largest ON ${number} = largest.number` },
    ),
    times,
  }
  const count = tableTarget(sql`
    SELECT nullIf(uniqExact(tenant_id, ${id}), 0) AS ${total}, toFloat64(sum(n_cost)) / ${total} AS ${mean}
    FROM ${costs}
    WHERE ${id} != ''`)
  return {
    list: {
      ...tableTarget(list({}, { where: ` AND ${number} IN ${largest('')}` }), times),
      together: { ...together, columns: Object.keys(columns) },
    },
    count: { ...count, together: { ...together, columns: [total, mean], single: true } },
  }
}

const NUMBERS = {
  requests: 'sum(n_calls)',
  tokens: 'sum(n_input_tokens) + sum(n_output_tokens)',
  cost: 'sum(n_cost)',
}
const MEASURES = ['calls', 'cost', 'input_tokens', 'output_tokens'] as const

export const users: Ranked = ranked({
  id: 'user_id',
  columns: { user: 'user_id', tenant: 'tenant_id', ...NUMBERS },
  from: calls({ measures: MEASURES, dimensions: ['tenant_id', 'user_id'], rollup: 'rollup_detail_hour' }),
  order: 'user, tenant',
  total: 'users',
  mean: 'per_user',
})

export const conversations: Ranked = ranked({
  id: 'conversation_id',
  columns: {
    conversation: NEWEST_TITLE,
    tenant: 'tenant_id',
    lasted: "dateDiff('millisecond', min(began), max(over)) / 1000",
    ...NUMBERS,
  },
  from: calls({
    measures: MEASURES,
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
  }),
  order: 'conversation, conversation_id',
  total: 'conversations',
  mean: 'per_conversation',
})

export const runsByCost: Ranked = ranked({
  id: 'run_id',
  columns: {
    time: 'min(n_started)',
    run: "if(max(n_name).2 = '', run_id, concat(max(n_name).2, ' ', run_id))",
    status: "if(max(n_outcome).2 = '', if(max(n_running) > 0, 'running', ''), max(n_outcome).2)",
    tenant: 'tenant_id',
    models: "arrayStringConcat(arraySort(groupUniqArrayIf(5)(toString(model), n_calls > 0)), ', ')",
    requests: 'sum(n_calls)',
    tokens: 'sum(n_tokens)',
    cost: 'sum(n_cost)',
  },
  from: runs(),
  having: 'requests > 0',
  order: 'time DESC, run_id',
  times: ['time'],
  total: 'runs',
  mean: 'per_run',
})
