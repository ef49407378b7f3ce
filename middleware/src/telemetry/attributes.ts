/**
 * Every span attribute name that Spanmeter writes or reads, in one place.
 *
 * Invariant: no other file spells an attribute name. Current OpenTelemetry GenAI names where one exists
 * (semantic-conventions-genai; `@opentelemetry/semantic-conventions` only carries the deprecated ones),
 * the draft cost names of its PR #443, and our own under `spanmeter.` for the rest.
 */
export const ATTR = {
  // who and where
  serviceName: 'service.name',
  deploymentEnvironment: 'deployment.environment.name',
  tenantId: 'spanmeter.tenant.id',
  userId: 'user.id',
  agentId: 'gen_ai.agent.id',
  agentName: 'gen_ai.agent.name',
  conversationId: 'gen_ai.conversation.id',
  conversationTitle: 'spanmeter.conversation.title',
  feature: 'spanmeter.feature',
  /** Name of the API key that a caller of the service uses; never the key. */
  keyName: 'spanmeter.key.name',
  runId: 'spanmeter.run.id',
  runName: 'spanmeter.run.name',
  runStatus: 'spanmeter.run.status',
  /** What sort of run: `scheduled`, `test`, whatever the service calls it. */
  runKind: 'spanmeter.run.kind',
  /** Fingerprint of the run's configuration, equal for equal configurations; never the configuration. */
  runConfigHash: 'spanmeter.run.config_hash',
  /** Begins the names of what a run is about: `spanmeter.run.ref.repository_id`. */
  runRefPrefix: 'spanmeter.run.ref.',
  /** Begins the names of what a run says of itself: `spanmeter.run.set.commits_processed`. */
  runSetPrefix: 'spanmeter.run.set.',

  // the call
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  responseModel: 'gen_ai.response.model',
  responseId: 'gen_ai.response.id',
  requestStream: 'gen_ai.request.stream',
  /** Seconds, double; streaming calls only. */
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  finishReasons: 'gen_ai.response.finish_reasons',
  /** What the call makes where it is not text from text: `text`, `image`, `speech`. */
  outputType: 'gen_ai.output.type',
  openaiApiType: 'openai.api.type',
  openaiResponseServiceTier: 'openai.response.service_tier',
  /** The tier that the provider says it billed, for providers without a name of their own in the conventions. */
  serviceTier: 'spanmeter.service_tier',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  httpMethod: 'http.request.method',
  httpStatusCode: 'http.response.status_code',
  errorType: 'error.type',
  /** The id by which the provider's support finds the call (`x-request-id`, `request-id`). */
  requestId: 'spanmeter.request.id',
  /** Share (0 to 1) that was left of the provider's tightest limit on requests or tokens, where its answer tells. */
  rateLimitRemaining: 'spanmeter.rate_limit.remaining_ratio',

  // a request that the service itself answers (SERVER span, HTTP semantic conventions)
  /** Template of the route (`/chats/:id`), never a path. */
  httpRoute: 'http.route',
  /** What an unknown method was called, where `httpMethod` is `_OTHER`. */
  httpMethodOriginal: 'http.request.method_original',
  urlPath: 'url.path',
  urlScheme: 'url.scheme',
  /** `true` where the connection closed before the response was complete. */
  requestAborted: 'spanmeter.request.aborted',

  // usage: totals as OpenTelemetry has them (every detail is a subset of its total)
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cacheReadTokens: 'gen_ai.usage.cache_read.input_tokens',
  cacheWriteTokens: 'gen_ai.usage.cache_write.input_tokens',
  /** Subset of `cacheWriteTokens` with a 5 minute time to live; the name that Anthropic's own SDK emits. */
  cacheWrite5mTokens: 'anthropic.usage.cache_creation.ephemeral_5m_input_tokens',
  /** Subset of `cacheWriteTokens` with a 1 hour time to live. */
  cacheWrite1hTokens: 'anthropic.usage.cache_creation.ephemeral_1h_input_tokens',
  reasoningTokens: 'gen_ai.usage.reasoning.output_tokens',
  audioInputTokens: 'gen_ai.usage.audio.input_tokens',
  audioOutputTokens: 'gen_ai.usage.audio.output_tokens',
  imageInputTokens: 'gen_ai.usage.image.input_tokens',
  imageOutputTokens: 'gen_ai.usage.image.output_tokens',
  /** `provider`, `estimated` or `missing`: where the usage numbers come from. */
  usageSource: 'spanmeter.usage.source',

  // cost
  /** Double, in `costCurrency`: the draft convention's name. `costExact` is the number to trust. */
  costAmount: 'gen_ai.usage.cost.amount',
  costCurrency: 'gen_ai.usage.cost.currency',
  /** `provider` (it was in the response) or `local` (rated by the emitter). */
  costSource: 'gen_ai.usage.cost.source',
  /** Double, USD: mirror of `costAmount` for backends that read the older name. */
  costMirror: 'gen_ai.usage.cost',
  /** The same amount as a decimal string with at most 12 decimals: exact, because a double is not. */
  costExact: 'spanmeter.cost.exact',
  /** Identifies the price table row set that rated the call, for example `genai-prices@0.1.8`. */
  priceVersion: 'spanmeter.price.version',
  /** Why a call has no cost: see `UNPRICED_REASONS`. Present exactly when the cost is absent. */
  unpricedReason: 'spanmeter.unpriced.reason',

  // limits: present where the answer was not a plain yes
  /** `blocked`, `downgraded`, `throttled`, `shadow` (it would have been blocked), `warned`, `degraded`. */
  budgetDecision: 'spanmeter.budget.decision',
  budgetId: 'spanmeter.budget.id',
  /** Why a call was blocked: the problem type's last word, `budget-exceeded`. */
  budgetReason: 'spanmeter.budget.reason',
  /** By which `/api/v1/decisions/{id}` knows the reasons. */
  budgetDecisionId: 'spanmeter.budget.decision_id',
  /** Tokens that the answer was capped at for a budget's sake. */
  budgetMaxOutput: 'spanmeter.budget.max_output_tokens',

  /** On the first span of an export: how many spans were lost before it that no export told of. */
  droppedSpans: 'spanmeter.spans.dropped',
  /** Names the process that recorded the span, a UUID: on the resource, or on the span where that is the host's. */
  processId: 'spanmeter.process.id',
  /** Which span of its process and tenant this one is, from 1. */
  spanNumber: 'spanmeter.span.number',

  // meters that are not tokens
  meterName: 'spanmeter.meter.name',
  meterQuantity: 'spanmeter.meter.quantity',
  meterUnit: 'spanmeter.meter.unit',
  /** `event` (a quantity that was used) or `level` (how much there is now). */
  meterKind: 'spanmeter.meter.kind',
  /** Price of one unit as a decimal string, in `costCurrency`. */
  meterUnitPrice: 'spanmeter.meter.unit_price',
  /** Further quantities of the call that are not billed by themselves: a list of `name quantity unit`. */
  moreMeters: 'spanmeter.meter.others',
} as const

/** Where the usage numbers of a call come from. */
export const USAGE_SOURCES = ['provider', 'estimated', 'missing'] as const
export type UsageSource = (typeof USAGE_SOURCES)[number]

/** How a run stands; it ends as one of the last three. */
export const RUN_STATUSES = ['running', 'success', 'failed', 'cancelled'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

/** Why a call carries no cost: NULL with one of these, never 0. */
export const UNPRICED_REASONS = ['unknown_model', 'missing_usage', 'unpriced_usage', 'failed'] as const
export type UnpricedReason = (typeof UNPRICED_REASONS)[number]

/**
 * Operations whose CLIENT span is one call to a paid API: the collector counts these and no others (`invoke_agent`
 * and its like only contain such calls). The conventions' own names first; they have none for the rest.
 */
export const CALL_OPERATIONS = [
  'chat',
  'generate_content',
  'text_completion',
  'embeddings',
  'rerank',
  'moderation',
  'image_generation',
  'speech',
  'transcription',
  'ocr',
  'classify',
  'decision',
  'video_generation',
  'prediction',
  'batch',
  'web_search',
  'web_fetch',
  'realtime',
  'api_call',
] as const
