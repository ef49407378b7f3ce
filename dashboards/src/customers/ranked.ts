/**
 * Users, conversations and runs by what they cost, and how many there are.
 *
 * Invariant: an id belongs to its tenant, so the same id of two tenants is two rows. Two whose 64-bit numbers were the same
 * would be counted as one. The list and the number of a kind have queries of their own; the page asks one for both: of a kind
 * of which there are many, only the numbers of the largest, and then for the rest of those.
 */
import { type Frame, rowsOf, totalOf } from '../expand/frame.ts'
import { CANDIDATES, type Target } from '../model.ts'
import { CONVERSATION_TITLE, calls, conversationCosts, NEWEST_TITLE } from '../sql/calls.ts'
import { columnList } from '../sql/columns.ts'
import { runs } from '../sql/runs.ts'
import { tableTarget } from '../sql/target.ts'
import { sql, WITH_TOTALS } from '../sql/text.ts'

const LENGTH = 20
/** More than are shown: two that share a number are one here. Of equal costs at the end the numbers decide. */
const CANDIDATE_COUNT = 2 * LENGTH

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
  /** What the calls cost: `number` and `n_cost`, with a number that stands for the id and its tenant. */
  readonly costs: string
  readonly having?: string
  /** After the cost. */
  readonly order: string
  readonly times?: readonly string[]
  /** Names of the columns of the number. */
  readonly total: string
  readonly mean: string
  /** So few that all of them are told apart by their texts at once. */
  readonly few?: true
}

const CANDIDATE = 'toString(number) AS candidate, sum(n_cost) AS cost'

/** A number that stands for an id: many texts are slow to tell apart. */
function numberOf(id: string): string {
  return `cityHash64(tenant_id, ${id})`
}

/** The costs of ids that a rollup has, by their numbers. */
function costsBy(id: string): string {
  return sql`
    (
      SELECT ${numberOf(id)} AS number, n_cost
      FROM ${calls({ measures: ['cost'], dimensions: ['tenant_id', id], rollup: 'rollup_detail_hour' })}
      WHERE ${id} != ''
    )`
}

function ranked(kind: Kind): Ranked {
  const { id, columns, from, costs, having, order, times = [], total, mean, few } = kind
  const number = numberOf(id)
  const list = (among = '', totals = '') => sql`
    SELECT ${columnList(columns)}
    FROM ${from}
    WHERE ${id} != ''${among === '' ? '' : ` AND ${number} IN (${among})`}
    GROUP BY tenant_id, ${id}${totals}
    ${having === undefined ? '' : `HAVING ${having}\n`}ORDER BY cost DESC, ${order}
    LIMIT ${String(LENGTH)}`
  const largest = (found: string, totals = '') => sql`
    SELECT ${found}
    FROM ${costs}
    GROUP BY number${totals}
    ORDER BY sum(n_cost) DESC, number
    LIMIT ${String(CANDIDATE_COUNT)}`
  const own = list(`\n  ${largest('number').replaceAll('\n', '\n  ')}\n`)
  const asked = few === true ? list('', WITH_TOTALS) : largest(CANDIDATE, WITH_TOTALS)
  const found = few === true ? { sql: asked } : { first: asked, sql: list(CANDIDATES) }
  const count = tableTarget(sql`
    SELECT nullIf(uniqExact(number), 0) AS ${total}, toFloat64(sum(n_cost)) / ${total} AS ${mean}
    FROM ${costs}`)
  const row = (whole: Frame) => {
    const rows = rowsOf(whole)
    return { [total]: rows || null, [mean]: rows === 0 ? null : (totalOf(whole, 'cost') ?? 0) / rows }
  }
  return {
    list: { ...tableTarget(own, times), together: { ...found, times, columns: Object.keys(columns) } },
    count: { ...count, together: { sql: asked, times: few === true ? times : [], columns: [], row } },
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
  costs: costsBy('user_id'),
  order: 'user, tenant',
  few: true,
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
  costs: conversationCosts(numberOf('conversation_id')),
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
  costs: sql`
    (
      SELECT ${numberOf('run_id')} AS number, n_cost
      FROM ${runs(['tenant_id', 'run_id', 'n_calls', 'n_cost'])}
      WHERE run_id != '' AND n_calls > 0
    )`,
  having: 'requests > 0',
  order: 'time DESC, run_id',
  times: ['time'],
  total: 'runs',
  mean: 'per_run',
})
