/**
 * How many conversations a period has, in total and per agent, from the raw spans.
 *
 * Invariant: exact counts; a conversation in which two agents took part counts once in the total and once for
 * each of them.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import type { Period } from './period.ts'
import { rawRange } from './raw-range.ts'

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
  const range = rawRange(period)
  const filter = filterCondition(filters)
  const rows = await execute<AgentConversations & { grouping_set: number }>(
    context,
    'conversation counts',
    `SELECT grouping(agent_id) AS grouping_set, agent_id, nameless, uniqExact(tenant_id, conversation_id) AS conversations
     FROM (
       SELECT tenant_id, conversation_id, agent_id, if(agent_id = '', agent_name, '') AS nameless
       FROM spans WHERE ${range.sql} AND conversation_id != ''${filter.sql}
     )
     GROUP BY GROUPING SETS ((agent_id, nameless), ())`,
    { ...range.params, ...filter.params },
  )
  return {
    total: rows.find((row) => row.grouping_set === 1)?.conversations ?? 0,
    agents: rows.filter((row) => row.grouping_set === 0),
  }
}
