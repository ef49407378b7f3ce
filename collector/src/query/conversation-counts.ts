/**
 * How many conversations a period has, in total and per agent.
 *
 * Invariant: exact counts; a conversation in which two agents took part counts once in the total and once for
 * each of them.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import type { Period } from './period.ts'
import { scanSegment } from './scan.ts'
import { chooseSource } from './source.ts'

/** 128 bits for a conversation of a tenant: sets of texts take twice as long, and are sets of such hashes inside. */
const HASH = 'reinterpretAsUInt128(murmurHash3_128(tenant_id, conversation_id))'

/** Conversations of one agent. */
interface AgentConversations {
  readonly agent_id: string
  /** Only for calls that name an agent without an id, else empty. */
  readonly nameless: string
  readonly conversations: number
}
/** The answer. */
export interface ConversationCounts {
  readonly total: number
  readonly agents: readonly AgentConversations[]
}

/** Asks for the numbers of conversations. */
export async function conversationCounts(
  context: QueryContext,
  period: Period,
  filters: Filters,
): Promise<ConversationCounts> {
  const { start, end } = period
  const filter = filterCondition(filters)
  const named = { ...filter, sql: `${filter.sql} AND conversation_id != ''` }
  const scans = chooseSource({ start, end, cuts: [], rollups: 'detail' }).map((segment, index) =>
    scanSegment(segment, index, ['tenant_id', 'conversation_id', 'agent_id', 'agent_name'], named, []),
  )
  const rows = await execute<AgentConversations & { grouping_set: number }>(
    context,
    'conversation counts',
    `SELECT grouping(agent_id) AS grouping_set, agent_id, nameless, uniqExact(conversation) AS conversations
     FROM (
       SELECT ${HASH} AS conversation, agent_id, if(agent_id = '', agent_name, '') AS nameless
       FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})
     )
     GROUP BY GROUPING SETS ((agent_id, nameless), ())`,
    Object.assign({}, ...scans.map((part) => part.params)),
  )
  return {
    total: rows.find((row) => row.grouping_set === 1)?.conversations ?? 0,
    agents: rows.filter((row) => row.grouping_set === 0),
  }
}
