/**
 * The most expensive conversations of a period.
 *
 * Invariant: a conversation belongs to one tenant; the same id of two tenants is two conversations, and calls
 * without a conversation are in none.
 */
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { largestNumbers } from './largest-numbers.ts'
import type { Period } from './period.ts'
import { scanSegment } from './scan.ts'
import { chooseSource } from './source.ts'
import { type UsageSums, usageSums } from './usage-sums.ts'

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
  const { start, end } = period
  const filter = filterCondition(filters)
  const found = await largestNumbers(context, {
    ...{ start, end, filters, limit },
    id: 'conversation_id',
    weight: ['cost'],
    named: true,
  })
  const segments = chooseSource({ start, end, cuts: [], rollups: 'detail' })
  const scans = segments.map((segment, index) => {
    const title = segment.source === 'detail' ? 'conversation_title' : '(start_time, conversation_title)'
    const columns = ['tenant_id', 'conversation_id', `${title} AS n_title`]
    const some = found?.restrict(segment)
    const named = {
      sql: `${filter.sql} AND conversation_id != ''${some?.sql ?? ''}`,
      params: { ...filter.params, ...some?.params },
    }
    return scanSegment(segment, index, columns, named, SUMS)
  })
  return await execute<ConversationUsage>(
    context,
    'top conversations',
    `SELECT tenant_id, conversation_id, maxIf(n_title, n_title.2 != '').2 AS title, ${usageSums(SUMS)}
     FROM (${scans.map((part) => part.sql).join(' UNION ALL ')})
     GROUP BY tenant_id, conversation_id
     ORDER BY sum(n_cost) DESC, input_tokens + output_tokens DESC, tenant_id, conversation_id
     LIMIT {limit:UInt32}`,
    Object.assign({ limit }, ...scans.map((part) => part.params)),
  )
}
