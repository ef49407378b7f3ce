/**
 * How the providers that speak OpenAI's chat completions differ on the wire: OpenAI itself, Groq, Mistral.
 *
 * Invariant: whatever the names, totals contain their details.
 *
 * Source of the shapes: the types of `openai` 7, `groq-sdk` 1 and `@mistralai/mistralai` 2.
 */
import type { ApiError, Exchange } from './exchange.ts'
import type { BilledTokens, ProviderName } from './ledger.ts'
import { openaiErrorBody, openaiHeaders, openaiTier } from './openai-common.ts'
import { createId } from './random.ts'
import { openaiRateHeaders, type RateLimits } from './rate-limits.ts'

export interface ChatFlavour {
  /** Streams carry usage beside the finish reason, unasked; otherwise in one more chunk, when asked. */
  usageUnasked?: true
  /** The id of an answer. */
  id(exchange: Exchange): string
  /** The tier that is billed; empty where there are none. */
  tier(body: Record<string, unknown>): string
  usage(billed: BilledTokens): object
  /** What a whole answer has at its top beside the fields of all. */
  more(exchange: Exchange): object
  /** What a chunk has at its top; `usage` is set for the last one. */
  moreOfChunk(exchange: Exchange, usage?: object): object
  /** What a list of embeddings has at its top beside the fields of all. */
  moreOfEmbeddings?(exchange: Exchange): object
  headers(exchange: Exchange, left?: ReturnType<RateLimits['count']>): Record<string, string>
  errorBody(error: ApiError): unknown
}

const openai: ChatFlavour = {
  id: ({ ids }) => createId('chatcmpl-', 29, ids),
  tier: openaiTier,
  usage(billed) {
    const { prompt, completion } = totals(billed)
    return {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: prompt + completion,
      prompt_tokens_details: {
        cached_tokens: billed.cacheRead,
        audio_tokens: 0,
        ...(billed.cacheWriteOther > 0 ? { cache_write_tokens: billed.cacheWriteOther } : {}),
      },
      completion_tokens_details: {
        reasoning_tokens: billed.reasoning,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    }
  },
  more: ({ entry }) => ({ service_tier: entry.serviceTier, system_fingerprint: null }),
  moreOfChunk: ({ entry }) => ({ service_tier: entry.serviceTier, system_fingerprint: null }),
  headers: openaiHeaders,
  errorBody: openaiErrorBody,
}

const groq: ChatFlavour = {
  usageUnasked: true,
  id: ({ ids }) => createId('chatcmpl-', 32, ids),
  tier: () => 'on_demand',
  usage(billed) {
    const { prompt, completion } = totals(billed)
    return {
      queue_time: 0.04,
      prompt_tokens: prompt,
      prompt_time: 0.002,
      completion_tokens: completion,
      completion_time: 0.1,
      total_tokens: prompt + completion,
      total_time: 0.102,
      ...(billed.cacheRead > 0 ? { prompt_tokens_details: { cached_tokens: billed.cacheRead } } : {}),
      ...(billed.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: billed.reasoning } } : {}),
    }
  },
  more: ({ entry }) => ({
    usage_breakdown: null,
    system_fingerprint: 'fp_local',
    x_groq: { id: entry.requestId },
    service_tier: entry.serviceTier,
  }),
  moreOfChunk: ({ entry }, usage) => ({
    system_fingerprint: 'fp_local',
    x_groq: { id: entry.requestId, ...(usage ? { usage } : {}) },
    ...(usage ? { service_tier: entry.serviceTier } : {}),
  }),
  headers: ({ entry }, left) => ({
    'x-request-id': entry.requestId,
    'x-groq-region': 'local',
    ...(left ? openaiRateHeaders(left) : {}),
  }),
  errorBody: openaiErrorBody,
}

const mistral: ChatFlavour = {
  usageUnasked: true,
  id: ({ ids }) => createId('', 32, ids),
  tier: () => '',
  usage(billed) {
    const { prompt, completion } = totals(billed)
    return {
      prompt_tokens: prompt,
      total_tokens: prompt + completion,
      completion_tokens: completion,
      prompt_tokens_details: { cached_tokens: billed.cacheRead },
    }
  },
  more: () => ({}),
  moreOfChunk: () => ({}),
  moreOfEmbeddings: ({ ids }) => ({ id: createId('', 32, ids) }),
  headers: ({ entry }) => ({
    'mistral-correlation-id': entry.requestId,
    'x-kong-request-id': entry.requestId,
  }),
  errorBody: ({ message, type, param, code }) => ({ object: 'error', message, type, param, code }),
}

/** The flavour of a provider, OpenAI's for all that have none of their own. */
export function chatFlavour(provider: ProviderName): ChatFlavour {
  return provider === 'groq' ? groq : provider === 'mistral_ai' ? mistral : openai
}

function totals(billed: BilledTokens): { prompt: number; completion: number } {
  return {
    prompt: billed.inputUncached + billed.cacheRead + billed.cacheWriteOther,
    completion: billed.outputText + billed.reasoning,
  }
}
