/**
 * The most expensive conversations of a period, from the raw spans.
 *
 * Invariant: a conversation belongs to one tenant; the same id of two tenants is two conversations, and calls
 * without a conversation are in none.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import type { Period } from './period.ts'
import { rawRange } from './raw-range.ts'
import { rawSummands, type UsageSums, usageSums } from './usage-sums.ts'

/** Few sums, because there are many conversations. */
const SUMS = ['calls', 'input_tokens', 'output_tokens', 'cost', 'unpriced_calls'] as const

/** Usage of one conversation. */
export interface ConversationUsage extends Pick<UsageSums, (typeof SUMS)[number]> {
  readonly tenant_id: string
  readonly conversation_id: string
  /** The newest title that a call carried; empty when none did. */
  readonly title: string
}

/** Asks for the `limit` conversations with the highest cost; equal costs are ordered by tokens, then by id. */
export async function topConversations(
  context: QueryContext,
  period: Period,
  filters: Filters,
  limit: number,
): Promise<ConversationUsage[]> {
  const range = rawRange(period)
  const filter = filterCondition(filters)
  return await execute<ConversationUsage>(
    context,
    'top conversations',
    `SELECT tenant_id, conversation_id, argMaxIf(conversation_title, start_time, conversation_title != '') AS title,
       ${usageSums(SUMS)}
     FROM (
       SELECT tenant_id, conversation_id, conversation_title, start_time, ${rawSummands(SUMS)}
       FROM spans WHERE ${range.sql} AND conversation_id != ''${filter.sql}
     )
     GROUP BY tenant_id, conversation_id
     ORDER BY sum(n_cost) DESC, input_tokens + output_tokens DESC, tenant_id, conversation_id
     LIMIT {limit:UInt32}`,
    { ...range.params, ...filter.params, limit },
  )
}
