/**
 * Which attribute fills which field: the one table between the dialects of spans and the columns.
 *
 * Invariant: data only. Where a span has several attributes of one field, the lowest rank wins, in whatever
 * order they arrive. A dialect that holds for one instrumentation scope alone becomes a table of its own.
 */
import { ATTR } from '@spanmeter/middleware/attributes'
import { NUMBER, TEXT } from './fields.ts'

/** Where an attribute goes. */
export interface Target {
  readonly kind: 'text' | 'number'
  /** A number of `TEXT` or `NUMBER`. */
  readonly field: number
  readonly rank: number
}

const text = (field: number, ...names: string[]): [string, Target][] =>
  names.map((name, rank) => [name, { kind: 'text', field, rank }])
const number = (field: number, ...names: string[]): [string, Target][] =>
  names.map((name, rank) => [name, { kind: 'number', field, rank }])

/** Attribute name → field, for every scope. The first name of a line is the current one. */
export const ALIASES: ReadonlyMap<string, Target> = new Map([
  ...text(TEXT.serviceName, ATTR.serviceName),
  ...text(TEXT.environment, ATTR.deploymentEnvironment, 'deployment.environment'),
  ...text(TEXT.tenantId, ATTR.tenantId),
  ...text(TEXT.userId, ATTR.userId, 'enduser.id'),
  ...text(TEXT.agentId, ATTR.agentId),
  ...text(TEXT.agentName, ATTR.agentName),
  ...text(TEXT.conversationId, ATTR.conversationId),
  ...text(TEXT.conversationTitle, ATTR.conversationTitle),
  ...text(TEXT.feature, ATTR.feature),
  ...text(TEXT.runId, ATTR.runId),
  ...text(TEXT.runName, ATTR.runName),
  ...text(TEXT.runStatus, ATTR.runStatus),
  ...text(TEXT.provider, ATTR.provider, 'gen_ai.system'),
  ...text(TEXT.operation, ATTR.operation),
  ...text(TEXT.requestModel, ATTR.requestModel),
  ...text(TEXT.responseModel, ATTR.responseModel),
  ...text(TEXT.responseId, ATTR.responseId),
  ...text(TEXT.requestId, ATTR.requestId),
  ...text(TEXT.serverAddress, ATTR.serverAddress),
  ...text(TEXT.serviceTier, ATTR.serviceTier, ATTR.openaiResponseServiceTier),
  ...text(TEXT.finishReason, ATTR.finishReasons),
  ...text(TEXT.errorType, ATTR.errorType),
  ...text(TEXT.usageSource, ATTR.usageSource),
  ...text(TEXT.costCurrency, ATTR.costCurrency),
  ...text(TEXT.costSource, ATTR.costSource),
  ...text(TEXT.costExact, ATTR.costExact),
  ...text(TEXT.unpricedReason, ATTR.unpricedReason),
  ...text(TEXT.priceVersion, ATTR.priceVersion),
  ...text(TEXT.meterName, ATTR.meterName),
  ...text(TEXT.meterQuantity, ATTR.meterQuantity),
  ...text(TEXT.meterUnit, ATTR.meterUnit),
  ...number(NUMBER.inputTokens, ATTR.inputTokens, 'gen_ai.usage.prompt_tokens'),
  ...number(NUMBER.outputTokens, ATTR.outputTokens, 'gen_ai.usage.completion_tokens'),
  ...number(NUMBER.cacheReadTokens, ATTR.cacheReadTokens),
  ...number(NUMBER.cacheWriteTokens, ATTR.cacheWriteTokens, 'gen_ai.usage.cache_creation.input_tokens'),
  ...number(NUMBER.cacheWrite5mTokens, ATTR.cacheWrite5mTokens),
  ...number(NUMBER.cacheWrite1hTokens, ATTR.cacheWrite1hTokens),
  ...number(NUMBER.reasoningTokens, ATTR.reasoningTokens),
  ...number(NUMBER.inputAudioTokens, ATTR.audioInputTokens),
  ...number(NUMBER.outputAudioTokens, ATTR.audioOutputTokens),
  ...number(NUMBER.inputImageTokens, ATTR.imageInputTokens),
  ...number(NUMBER.outputImageTokens, ATTR.imageOutputTokens),
  ...number(NUMBER.httpStatusCode, ATTR.httpStatusCode, 'http.status_code'),
  ...number(NUMBER.timeToFirstChunk, ATTR.timeToFirstChunk),
  ...number(NUMBER.costAmount, ATTR.costAmount, ATTR.costMirror),
  ...number(NUMBER.isStream, ATTR.requestStream),
])

/** Attributes that carry what people wrote and models answered: never stored. */
export const CONTENT: ReadonlySet<string> = new Set([
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.completion',
])
