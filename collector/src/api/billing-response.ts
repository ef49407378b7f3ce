/**
 * The billing answer: rows of three queries as the fields that people read.
 *
 * Invariant: a cost is given twice, as the nearest number and as the exact decimal string with `Exact` at the
 * end; and wherever a cost stands, `unpricedMessages` beside it says how many calls it lacks.
 */
import type { AgentUsage, BillingUsage } from '../query/billing-usage.ts'
import type { ConversationCounts } from '../query/conversation-counts.ts'
import { divideDecimal, formatDecimal, parseDecimal } from '../query/decimal.ts'
import type { Period } from '../query/period.ts'
import type { ConversationUsage } from '../query/top-conversations.ts'
import { NOTHING, type UsageSums } from '../query/usage-sums.ts'
import type { AmountsBody, BillingResponse, PeriodBody } from './billing-schema.ts'

/** Puts the answers of the queries together. Pure. */
export function billingResponse(
  period: Period,
  usage: BillingUsage,
  counts: ConversationCounts,
  conversations: readonly ConversationUsage[],
): BillingResponse {
  const { total } = usage
  const tokens = tokensOf(total)
  const calls = Number(total.calls)
  const average = divideDecimal(parseDecimal(total.cost), calls)
  return {
    period: periodOf(period),
    currency: 'USD',
    hasData: calls > 0,
    summary: {
      totalTokens: tokens,
      promptTokens: Number(total.input_tokens),
      completionTokens: Number(total.output_tokens),
      cacheReadTokens: Number(total.cache_read_tokens),
      cacheWriteTokens: Number(total.cache_write_tokens),
      reasoningTokens: Number(total.reasoning_tokens),
      totalCost: Number(total.cost),
      totalCostExact: exact(total),
      totalMessages: calls,
      totalConversations: Number(counts.total),
      avgTokensPerMessage: perMessage(tokens, calls),
      avgCostPerMessage: average === null ? null : Number(formatDecimal(average)),
      avgCostPerMessageExact: average === null ? null : formatDecimal(average),
      errorMessages: Number(total.errors),
      unpricedMessages: Number(total.unpriced_calls),
      failedMessages: Number(total.failed_calls),
      estimatedMessages: Number(total.estimated_calls),
      missingUsageMessages: Number(total.missing_calls),
    },
    usageByDay: everyDay(period, usage),
    usageByAgent: usage.agents.map((agent) => ({
      agentId: agent.agent_id || null,
      agentName: agent.agent_name || null,
      ...amounts(agent),
      conversationCount: conversationsOf(agent, counts),
    })),
    usageByModel: usage.models.map((model) => ({
      provider: model.provider || null,
      model: model.model || null,
      ...amounts(model),
      avgTokensPerMessage: perMessage(tokensOf(model), Number(model.calls)),
    })),
    topConversations: conversations.map((conversation) => ({
      conversationId: conversation.conversation_id,
      tenantId: conversation.tenant_id || null,
      title: conversation.title || null,
      ...amounts(conversation),
    })),
    truncated: usage.truncated.map((list) => (list === 'agents' ? 'usageByAgent' : 'usageByModel')),
  }
}

/** A resolved period as every answer shows it. */
export function periodOf(period: Pick<Period, 'name' | 'start' | 'end' | 'timezone'>): PeriodBody {
  return {
    name: period.name,
    start: new Date(period.start).toISOString(),
    end: new Date(period.end).toISOString(),
    timezone: period.timezone,
  }
}

function everyDay(period: Period, usage: BillingUsage): BillingResponse['usageByDay'] {
  const byStart = new Map(usage.days.map((day) => [Number(day.day_start), day]))
  return period.days.map(({ date, start }) => {
    const day = byStart.get(Math.floor(start / 1000)) ?? NOTHING
    return {
      date,
      promptTokens: Number(day.input_tokens),
      completionTokens: Number(day.output_tokens),
      ...amounts(day),
    }
  })
}

function conversationsOf(agent: AgentUsage, counts: ConversationCounts): number {
  const nameless = agent.agent_id === '' ? agent.agent_name : ''
  const found = counts.agents.find((row) => row.agent_id === agent.agent_id && row.nameless === nameless)
  return Number(found?.conversations ?? 0)
}

type Amounts = Pick<UsageSums, 'calls' | 'input_tokens' | 'output_tokens' | 'cost' | 'unpriced_calls'>

function amounts(sums: Amounts): AmountsBody {
  return {
    totalTokens: tokensOf(sums),
    cost: Number(sums.cost),
    costExact: exact(sums),
    messageCount: Number(sums.calls),
    unpricedMessages: Number(sums.unpriced_calls),
  }
}

const tokensOf = (sums: Amounts): number => Number(sums.input_tokens) + Number(sums.output_tokens)
const exact = (sums: Amounts): string => formatDecimal(parseDecimal(sums.cost))
const perMessage = (tokens: number, calls: number): number | null => (calls === 0 ? null : tokens / calls)
