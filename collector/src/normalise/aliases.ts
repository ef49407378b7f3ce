/**
 * Which attribute fills which field: the one table between the dialects of spans and the columns.
 *
 * Invariant: data only. Where a span has several attributes of one field, the lowest rank wins, in whatever
 * order they arrive. What depends on who sends, and not on a name, is in `dialects.ts`.
 */
import { ATTR } from '@spanmeter/middleware/attributes'
import { NUMBER, TEXT } from './fields.ts'
import { DETAILS } from './json-details.ts'

/** Where an attribute goes. */
export interface Target {
  readonly kind: 'text' | 'number' | 'json'
  /** A number of `TEXT` or `NUMBER`; of `DETAILS` for JSON. */
  readonly field: number
  readonly rank: number
  /** What a number is multiplied by: 0.001 where the sender counts milliseconds. */
  readonly scale?: number
}

const text = (field: number, ...names: string[]): [string, Target][] =>
  names.map((name, rank) => [name, { kind: 'text', field, rank }])
const number = (field: number, ...names: string[]): [string, Target][] =>
  names.map((name, rank) => [name, { kind: 'number', field, rank }])

const milliseconds = (field: number, rank: number, ...names: string[]): [string, Target][] =>
  names.map((name) => [name, { kind: 'number', field, rank, scale: 0.001 }])
const json = (field: number, name: string): [string, Target] => [name, { kind: 'json', field, rank: 0 }]

/** Attributes in which tools other than Spanmeter say what they think a call costs, USD; by rank. */
export const REPORTED_COSTS: readonly string[] = [
  ATTR.costMirror,
  'litellm.cost.total',
  'gen_ai.cost.total_cost',
  'llm.cost.total',
  'operation.cost',
  'gen_ai.usage.cost_usd',
  'gen_ai.usage.total_cost',
  'llm.usage.total_cost',
  'gen_ai.cost.total_tokens',
  '_signoz.gen_ai.total_cost',
  'langfuse.observation.cost_details',
]

/** Attribute name → field, for every scope: the most trusted first, which is the current name if there is one. */
export const ALIASES: ReadonlyMap<string, Target> = new Map([
  ...text(TEXT.serviceName, ATTR.serviceName),
  ...text(TEXT.environment, ATTR.deploymentEnvironment, 'deployment.environment'),
  ...text(TEXT.tenantId, ATTR.tenantId),
  ...text(
    TEXT.userId,
    ATTR.userId,
    'enduser.id',
    'langfuse.user.id',
    'traceloop.association.properties.user_id',
    'ai.telemetry.metadata.userId',
    'litellm.metadata.user_api_key_user_id',
    'metadata.user_api_key_user_id',
  ),
  ...text(TEXT.agentId, ATTR.agentId),
  ...text(TEXT.agentName, ATTR.agentName, 'agent.name', 'ai.telemetry.functionId'),
  ...text(
    TEXT.conversationId,
    ATTR.conversationId,
    'session.id',
    'langfuse.session.id',
    'traceloop.association.properties.session_id',
    'ai.telemetry.metadata.sessionId',
  ),
  ...text(TEXT.conversationTitle, ATTR.conversationTitle),
  ...text(TEXT.feature, ATTR.feature),
  ...text(TEXT.runId, ATTR.runId),
  ...text(TEXT.runName, ATTR.runName, 'gen_ai.workflow.name', 'traceloop.workflow.name'),
  ...text(TEXT.runStatus, ATTR.runStatus),
  ...text(
    TEXT.provider,
    ATTR.provider,
    'langsmith.metadata.ls_provider',
    'gen_ai.system',
    'llm.provider',
    'llm.system',
    'ai.model.provider',
  ),
  ...text(TEXT.operation, ATTR.operation),
  ...text(
    TEXT.requestModel,
    'litellm.provider.model',
    ATTR.requestModel,
    'llm.request.model',
    'llm.request.model_name',
    'llm.model_name',
    'embedding.model_name',
    'reranker.model_name',
    'ai.model.id',
    'langfuse.observation.model.name',
  ),
  ...text(
    TEXT.responseModel,
    ATTR.responseModel,
    'llm.response.model',
    'llm.response.model_name',
    'ai.response.model',
  ),
  ...text(TEXT.responseId, ATTR.responseId, 'ai.response.id', 'llm.response.id'),
  ...text(TEXT.requestId, ATTR.requestId),
  ...text(TEXT.serverAddress, ATTR.serverAddress),
  ...text(
    TEXT.serviceTier,
    ATTR.serviceTier,
    ATTR.openaiResponseServiceTier,
    'gen_ai.openai.response.service_tier',
    'gen_ai.response.service_tier',
  ),
  ...text(
    TEXT.finishReason,
    ATTR.finishReasons,
    'gen_ai.response.finish_reason',
    'llm.response.finish_reason',
    'llm.finish_reason',
    'ai.response.finishReason',
    'gen_ai.completion.0.finish_reason',
  ),
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
  ...text(TEXT.processId, ATTR.processId),
  ...number(NUMBER.spanNumber, ATTR.spanNumber),
  ...number(
    NUMBER.inputTokens,
    ATTR.inputTokens,
    'gen_ai.usage.prompt_tokens',
    'llm.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'ai.usage.tokens',
  ),
  ...number(
    NUMBER.outputTokens,
    ATTR.outputTokens,
    'gen_ai.usage.completion_tokens',
    'llm.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
  ),
  ...number(
    NUMBER.cacheReadTokens,
    ATTR.cacheReadTokens,
    'gen_ai.usage.cache_read_input_tokens',
    'gen_ai.usage.cached_tokens',
    'gen_ai.usage.prompt_tokens_details.cache_read',
    'llm.token_count.prompt_details.cache_read',
    'llm.token_count.prompt_details.cache_input',
    'ai.usage.inputTokenDetails.cacheReadTokens',
    'ai.usage.cachedInputTokens',
    'gen_ai.usage.details.cache_read_tokens',
    'gen_ai.usage.cache_read_tokens',
    'gen_ai.usage.input_tokens.cached',
  ),
  ...number(
    NUMBER.cacheWriteTokens,
    ATTR.cacheWriteTokens,
    'gen_ai.usage.cache_creation.input_tokens',
    'gen_ai.usage.cache_creation_input_tokens',
    'gen_ai.usage.prompt_tokens_details.cache_write',
    'llm.token_count.prompt_details.cache_write',
    'ai.usage.inputTokenDetails.cacheWriteTokens',
    'gen_ai.usage.details.cache_write_tokens',
    'gen_ai.usage.cache_write_tokens',
    'gen_ai.usage.input_tokens.cache_write',
  ),
  ...number(NUMBER.cacheWrite5mTokens, ATTR.cacheWrite5mTokens),
  ...number(NUMBER.cacheWrite1hTokens, ATTR.cacheWrite1hTokens),
  ...number(
    NUMBER.reasoningTokens,
    ATTR.reasoningTokens,
    'gen_ai.usage.reasoning_tokens',
    'llm.usage.reasoning_tokens',
    'gen_ai.usage.completion_tokens_details.reasoning',
    'llm.token_count.completion_details.reasoning',
    'ai.usage.outputTokenDetails.reasoningTokens',
    'ai.usage.reasoningTokens',
    'gen_ai.usage.details.reasoning_tokens',
    'gen_ai.usage.output_tokens.reasoning',
  ),
  ...number(
    NUMBER.inputAudioTokens,
    ATTR.audioInputTokens,
    'gen_ai.usage.prompt_tokens_details.audio',
    'llm.token_count.prompt_details.audio',
    'gen_ai.usage.details.input_audio_tokens',
  ),
  ...number(
    NUMBER.outputAudioTokens,
    ATTR.audioOutputTokens,
    'gen_ai.usage.completion_tokens_details.audio',
    'llm.token_count.completion_details.audio',
    'gen_ai.usage.details.output_audio_tokens',
  ),
  ...number(NUMBER.inputImageTokens, ATTR.imageInputTokens),
  ...number(NUMBER.outputImageTokens, ATTR.imageOutputTokens),
  ...number(NUMBER.httpStatusCode, ATTR.httpStatusCode, 'http.status_code'),
  ...number(
    NUMBER.timeToFirstChunk,
    ATTR.timeToFirstChunk,
    'gen_ai.client.operation.time_to_first_chunk',
    'gen_ai.server.time_to_first_token',
  ),
  ...milliseconds(NUMBER.timeToFirstChunk, 9, 'ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk'),
  ...number(NUMBER.costAmount, ATTR.costAmount),
  ...number(NUMBER.reportedCost, ...REPORTED_COSTS),
  ...number(NUMBER.totalTokens, 'gen_ai.usage.total_tokens', 'llm.usage.total_tokens'),
  ...number(NUMBER.totalTokens, 'llm.token_count.total', 'ai.usage.totalTokens'),
  ...number(NUMBER.uncachedTokens, 'ai.usage.inputTokenDetails.noCacheTokens'),
  // the first that is present says what the span is
  ...text(
    TEXT.mark,
    'ai.operationId',
    'openinference.span.kind',
    'langfuse.observation.type',
    'traceloop.span.kind',
    'llm.request.type',
    'litellm.call_type',
  ),
  ...text(TEXT.level, 'langfuse.observation.level'),
  ...text(TEXT.completionStart, 'langfuse.observation.completion_start_time'),
  json(DETAILS.usage, 'langfuse.observation.usage_details'),
  json(DETAILS.cost, 'langfuse.observation.cost_details'),
  json(DETAILS.providerMetadata, 'ai.response.providerMetadata'),
  json(DETAILS.hiddenParams, 'hidden_params'),
  json(DETAILS.printedUsage, 'metadata.usage_object'),
  json(DETAILS.inputDetails, 'gen_ai.usage.input_token_details'),
  json(DETAILS.rawUsage, 'gen_ai.usage.raw'),
  json(DETAILS.outputDetails, 'gen_ai.usage.output_token_details'),
  ...number(NUMBER.isStream, ATTR.requestStream, 'llm.is_streaming'),
])
