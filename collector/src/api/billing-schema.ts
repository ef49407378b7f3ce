/**
 * The answer of `GET /api/v1/analytics/billing` as a schema; the OpenAPI text is made from it.
 *
 * Invariant: the field names are a contract with clients; they may be added to, never renamed.
 */
import { z } from '@hono/zod-openapi'
import { PERIODS, type PeriodName } from '../query/period.ts'

/** The period that was answered; ISO instants in UTC, half-open. */
export interface PeriodBody {
  name: PeriodName
  start: string
  end: string
  timezone: string
}

/** What every list entry says about its calls; costs in USD. */
export interface AmountsBody {
  totalTokens: number
  cost: number
  costExact: string
  messageCount: number
  unpricedMessages: number
}

/** The body of `GET /api/v1/analytics/billing`; the schema below says what each field means. */
export interface BillingResponse {
  period: PeriodBody
  currency: 'USD'
  hasData: boolean
  summary: {
    totalTokens: number
    promptTokens: number
    completionTokens: number
    cacheReadTokens: number
    cacheWriteTokens: number
    reasoningTokens: number
    totalCost: number
    totalCostExact: string
    totalMessages: number
    totalConversations: number
    avgTokensPerMessage: number | null
    avgCostPerMessage: number | null
    avgCostPerMessageExact: string | null
    errorMessages: number
    unpricedMessages: number
    failedMessages: number
    estimatedMessages: number
    missingUsageMessages: number
  }
  usageByDay: (AmountsBody & { date: string; promptTokens: number; completionTokens: number })[]
  usageByAgent: (AmountsBody & {
    agentId: string | null
    agentName: string | null
    conversationCount: number
  })[]
  usageByModel: (AmountsBody & {
    provider: string | null
    model: string | null
    avgTokensPerMessage: number | null
  })[]
  topConversations: (AmountsBody & {
    conversationId: string
    tenantId: string | null
    title: string | null
  })[]
  truncated: ('usageByAgent' | 'usageByModel')[]
}

const count = (what: string) => z.int().nonnegative().openapi({ description: what })
const usd = (what: string) => z.number().openapi({ description: `${what}, USD: the nearest double.` })
const exactUsd = (what: string) =>
  z
    .string()
    .regex(/^-?\d+(\.\d{1,12})?$/)
    .openapi({ description: `${what}, USD: exact, at most 12 decimals.` })

const amounts = {
  totalTokens: count('Input and output tokens.'),
  cost: usd('Sum of the known costs'),
  costExact: exactUsd('Sum of the known costs'),
  messageCount: count('Model calls.'),
  unpricedMessages: count('Calls whose cost is not known; they are not in `cost`.'),
}

/** The period that was answered. */
export const periodSchema: z.ZodType<PeriodBody> = z
  .object({
    name: z.enum(PERIODS),
    start: z.iso.datetime().openapi({ description: 'First instant, UTC.' }),
    end: z.iso.datetime().openapi({ description: 'First instant after the period, UTC.' }),
    timezone: z.string().openapi({ description: 'IANA zone of the days.' }),
  })
  .openapi('Period')

/** Body of the answer. */
export const billingSchema: z.ZodType<BillingResponse> = z
  .object({
    period: periodSchema,
    currency: z.literal('USD'),
    hasData: z.boolean().openapi({ description: 'False when the period has no call.' }),
    summary: z.object({
      totalTokens: count('Input and output tokens.'),
      promptTokens: count('Input tokens, with cached ones.'),
      completionTokens: count('Output tokens, with reasoning.'),
      cacheReadTokens: count('Input tokens read from a cache; part of `promptTokens`.'),
      cacheWriteTokens: count('Input tokens written to a cache; part of `promptTokens`.'),
      reasoningTokens: count('Reasoning tokens; part of `completionTokens`.'),
      totalCost: usd('Sum of the known costs'),
      totalCostExact: exactUsd('Sum of the known costs'),
      totalMessages: count('Model calls: one message is one call to a paid API.'),
      totalConversations: count('Different conversations, exact; calls without one are in none.'),
      avgTokensPerMessage: z.number().nullable().openapi({ description: 'Null without messages.' }),
      avgCostPerMessage: z
        .number()
        .nullable()
        .openapi({ description: 'totalCost / totalMessages, USD; null without messages.' }),
      avgCostPerMessageExact: exactUsd('The same, rounded at the twelfth decimal').nullable(),
      errorMessages: count('Calls that ended in an error.'),
      unpricedMessages: count('Calls whose cost is not known: they are in no cost here.'),
      failedMessages: count('Calls that the provider refused without usage: nothing to bill.'),
      estimatedMessages: count('Calls whose usage was estimated.'),
      missingUsageMessages: count('Calls whose usage is not known.'),
    }),
    usageByDay: z
      .array(
        z.object({
          date: z.iso.date().openapi({ description: 'Day in the zone of the period.' }),
          promptTokens: count('Input tokens.'),
          completionTokens: count('Output tokens.'),
          ...amounts,
        }),
      )
      .openapi({ description: 'Every day of the period in order; days without calls are 0.' }),
    usageByAgent: z
      .array(
        z.object({
          agentId: z.string().nullable(),
          agentName: z.string().nullable(),
          ...amounts,
          conversationCount: count('Different conversations of the agent.'),
        }),
      )
      .openapi({ description: 'Most expensive first; both null for calls without an agent.' }),
    usageByModel: z
      .array(
        z.object({
          provider: z.string().nullable(),
          model: z.string().nullable(),
          ...amounts,
          avgTokensPerMessage: z.number().nullable(),
        }),
      )
      .openapi({ description: 'Most expensive first; the same model of two providers is two entries.' }),
    topConversations: z
      .array(
        z.object({
          conversationId: z.string(),
          tenantId: z.string().nullable(),
          title: z.string().nullable(),
          ...amounts,
        }),
      )
      .openapi({ description: 'Most expensive first.' }),
    truncated: z.array(z.enum(['usageByAgent', 'usageByModel'])).openapi({
      description: 'Lists that were cut because they are too long; `summary` counts everything all the same.',
    }),
  })
  .openapi('BillingAnalytics')
