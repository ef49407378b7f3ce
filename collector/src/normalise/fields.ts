/**
 * The fields of a span that have a column of their own, by number.
 *
 * Invariant: numbers are dense from 0, texts and counts apart, because a span record keeps each kind in
 * plain arrays that are indexed by them.
 */

/** Fields that are text; exact decimals arrive as text too. */
export const TEXT = {
  serviceName: 0,
  environment: 1,
  tenantId: 2,
  userId: 3,
  agentId: 4,
  agentName: 5,
  conversationId: 6,
  conversationTitle: 7,
  feature: 8,
  runId: 9,
  runName: 10,
  runStatus: 11,
  provider: 12,
  operation: 13,
  requestModel: 14,
  responseModel: 15,
  responseId: 16,
  requestId: 17,
  serverAddress: 18,
  serviceTier: 19,
  finishReason: 20,
  errorType: 21,
  usageSource: 22,
  costCurrency: 23,
  costSource: 24,
  costExact: 25,
  unpricedReason: 26,
  priceVersion: 27,
  meterName: 28,
  meterQuantity: 29,
  meterUnit: 30,
  /** What the dialect itself calls the span: `LLM`, `generation`, `ai.generateText.doGenerate`. */
  mark: 31,
  /** ISO time of the first output. */
  completionStart: 32,
  /** `ERROR` where the sender says so here and not in the span's status. */
  level: 33,
  processId: 34,
} as const
export const TEXT_COUNT = 35

/** Fields that are numbers: whole numbers, seconds, an amount, 0 or 1. */
export const NUMBER = {
  inputTokens: 0,
  outputTokens: 1,
  cacheReadTokens: 2,
  cacheWriteTokens: 3,
  cacheWrite5mTokens: 4,
  cacheWrite1hTokens: 5,
  reasoningTokens: 6,
  inputAudioTokens: 7,
  outputAudioTokens: 8,
  inputImageTokens: 9,
  outputImageTokens: 10,
  httpStatusCode: 11,
  timeToFirstChunk: 12,
  costAmount: 13,
  isStream: 14,
  /** USD, as another tool rated the call. */
  reportedCost: 15,
  /** USD, as the provider billed it. */
  billedCost: 16,
  totalTokens: 17,
  /** Present where the sender's input total contains what was cached, whatever its dialect says. */
  uncachedTokens: 18,
  /** 1 where the usage is in buckets that contain nothing of each other. */
  bucketsApart: 19,
  /** 1 where a gateway answered from its own cache: nobody was paid. */
  cachedAnswer: 20,
  spanNumber: 21,
} as const
export const NUMBER_COUNT = 22
