/** What the spans of other tools become: the attributes that they send, in their shapes, and the row of each. */
import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { priceVersion, rate } from '@spanmeter/middleware/pricing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { insertBlock } from '../src/write/insert.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { AT, protobuf, span, type TestSpan } from './spans.ts'

const { CLIENT, INTERNAL, SERVER } = SpanKind
let store: TestClickhouse
let segment = 0n

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())

type Row = Record<string, unknown>

async function check(
  scope: string,
  kind: SpanKind,
  attributes: Attributes,
  want: Row,
  rest?: Partial<TestSpan>,
) {
  const block = new SpanBlock(++segment)
  const body = protobuf([span({ id: 1, scope, kind, attributes, ...rest })])
  decodeInto(block, { kind: 'protobuf', body, receivedAt: (AT + 60) * 1000 }, new Decoders())
  const token = `dialect-${segment}`
  await insertBlock(
    store.client,
    { data: block.encode(), columns: block.columnNames },
    { queryId: token, token },
  )
  const result = await store.client.query({
    query: `SELECT * FROM spans WHERE segment_id = ${segment}`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 0 },
  })
  expect((await result.json<Row>())[0]).toMatchObject(want)
}

const chat = { is_call: true, operation: 'chat', usage_source: 'provider' }
const none = { is_call: false, usage_source: '', cost: null, unpriced_reason: '' }
/** Disjoint buckets: uncached input, cache read, cache write, output text, reasoning. */
const tokens = (uncached: number, read: number, write: number, text: number, reasoning = 0) => ({
  input_uncached_tokens: uncached,
  cache_read_tokens: read,
  cache_write_other_tokens: write,
  output_text_tokens: text,
  reasoning_tokens: reasoning,
})
/** What the price book says of a call whose totals contain everything. */
function priced(provider: string, model: string, usage: Parameters<typeof rate>[0]['usage']): Row {
  const rating = rate({ provider, models: [model], usage, at: new Date(AT * 1000) })
  if (rating.cost === null) throw new Error(`no price for ${model}`)
  return { cost: rating.cost, cost_source: 'collector', cost_currency: 'USD', price_version: priceVersion }
}

test('current GenAI conventions: totals contain everything, rated here', async () => {
  await check(
    'my-app',
    CLIENT,
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 3500,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.cache_read.input_tokens': 2000,
      'gen_ai.usage.cache_write.input_tokens': 500,
      'gen_ai.response.time_to_first_chunk': 0.5,
    },
    {
      ...chat,
      ...tokens(1000, 2000, 500, 50),
      ...priced('anthropic', 'claude-sonnet-4-5', {
        input: 3500,
        output: 50,
        cacheRead: 2000,
        cacheWrite: 500,
      }),
      time_to_first_chunk_ns: 500_000_000,
      reported_cost: null,
      reported_cost_source: '',
    },
  )
})

test('older GenAI conventions: system, prompt tokens, cache creation, numbers as texts', async () => {
  await check(
    'opentelemetry.instrumentation.openai_v2',
    CLIENT,
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'az.ai.openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.usage.prompt_tokens': '1200',
      'gen_ai.usage.completion_tokens': '80',
      'gen_ai.usage.cache_creation.input_tokens': '0',
    },
    { ...chat, provider: 'azure.ai.openai', ...tokens(1200, 0, 0, 80) },
  )
})

test('OpenLLMetry (Python and JavaScript): names with capitals, request type, wrappers are no calls', async () => {
  const attributes = {
    'gen_ai.system': 'OpenAI',
    'llm.request.type': 'chat',
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
    'gen_ai.usage.prompt_tokens': 1000,
    'gen_ai.usage.completion_tokens': 100,
    'llm.usage.total_tokens': 1100,
    'gen_ai.usage.cache_read_input_tokens': 400,
    'gen_ai.usage.reasoning_tokens': 30,
    'gen_ai.prompt.0.content': 'a secret question',
    'gen_ai.completion.0.content': 'a secret answer',
    'gen_ai.completion.0.finish_reason': 'stop',
    'llm.is_streaming': false,
    'traceloop.association.properties.session_id': 's-1',
    'traceloop.association.properties.user_id': 'u-1',
    'traceloop.workflow.name': 'triage',
  }
  await check('opentelemetry.instrumentation.openai.v1', CLIENT, attributes, {
    ...chat,
    provider: 'openai',
    model: 'gpt-4o-mini-2024-07-18',
    ...tokens(600, 400, 0, 70, 30),
    ...priced('openai', 'gpt-4o-mini-2024-07-18', {
      input: 1000,
      output: 100,
      cacheRead: 400,
      reasoning: 30,
    }),
    conversation_id: 's-1',
    user_id: 'u-1',
    run_name: 'triage',
    finish_reason: 'stop',
    attributes: {},
  })
  await check(
    '@traceloop/instrumentation-cohere',
    CLIENT,
    { 'gen_ai.system': 'Cohere', 'llm.request.type': 'embedding', 'gen_ai.usage.prompt_tokens': 7 },
    { is_call: true, operation: 'embeddings', provider: 'cohere', input_uncached_tokens: 7 },
  )
  for (const mark of ['workflow', 'task', 'agent', 'tool']) {
    await check('@traceloop/node-server-sdk', INTERNAL, { ...attributes, 'traceloop.span.kind': mark }, none)
  }
})

const OPENINFERENCE = {
  'openinference.span.kind': 'LLM',
  'llm.provider': 'anthropic',
  'llm.model_name': 'claude-sonnet-4-5',
  'llm.token_count.prompt': 2600,
  'llm.token_count.completion': 100,
  'llm.token_count.total': 2700,
  'llm.input_messages.0.message.content': 'a secret question',
  'input.value': 'a secret question',
  'output.value': 'a secret answer',
  'session.id': 's-2',
}

test('OpenInference in Python: internal spans, inclusive totals, its own cost beside ours', async () => {
  await check(
    'openinference.instrumentation.anthropic',
    INTERNAL,
    {
      ...OPENINFERENCE,
      'llm.token_count.prompt_details.cache_read': 2000,
      'llm.token_count.prompt_details.cache_write': 100,
      'llm.cost.total': 0.5,
    },
    {
      ...chat,
      provider: 'anthropic',
      ...tokens(500, 2000, 100, 100),
      ...priced('anthropic', 'claude-sonnet-4-5', {
        input: 2600,
        output: 100,
        cacheRead: 2000,
        cacheWrite: 100,
      }),
      reported_cost: '0.5',
      reported_cost_source: 'llm.cost.total',
      conversation_id: 's-2',
      attributes: {},
    },
  )
  for (const mark of ['AGENT', 'CHAIN', 'TOOL', 'RETRIEVER', 'GUARDRAIL', 'EVALUATOR']) {
    await check(
      'openinference.instrumentation.langchain',
      INTERNAL,
      { ...OPENINFERENCE, 'openinference.span.kind': mark },
      none,
    )
  }
})

test('OpenInference in JavaScript: Anthropic without its cache, embeddings, rerankers', async () => {
  await check('@arizeai/openinference-instrumentation-anthropic', INTERNAL, OPENINFERENCE, {
    ...chat,
    ...tokens(2600, 0, 0, 100),
  })
  await check(
    '@arizeai/openinference-instrumentation-openai',
    INTERNAL,
    {
      'openinference.span.kind': 'EMBEDDING',
      'llm.system': 'openai',
      'embedding.model_name': 'text-embedding-3-small',
      'llm.token_count.prompt': 9,
    },
    {
      is_call: true,
      operation: 'embeddings',
      model: 'text-embedding-3-small',
      ...priced('openai', 'text-embedding-3-small', { input: 9, output: 0 }),
    },
  )
})

const AI_SDK = {
  'ai.operationId': 'ai.streamText.doStream',
  'operation.name': 'ai.streamText.doStream support',
  'ai.model.id': 'claude-sonnet-4-5',
  'ai.model.provider': 'anthropic.messages',
  'gen_ai.system': 'anthropic.messages',
  'gen_ai.request.model': 'claude-sonnet-4-5',
  'ai.response.id': 'msg_1',
  'ai.response.finishReason': 'stop',
  'ai.response.msToFirstChunk': 120.5,
  'ai.usage.inputTokens': 10,
  'ai.usage.outputTokens': 50,
  'ai.usage.cachedInputTokens': 2000,
  'ai.response.providerMetadata': '{"anthropic":{"cacheCreationInputTokens":30}}',
  'ai.telemetry.functionId': 'support',
  'ai.telemetry.metadata.userId': 'u-3',
  'ai.telemetry.metadata.sessionId': 's-3',
  'ai.prompt.messages': 'a secret question',
  'ai.response.text': 'a secret answer',
}

test('AI SDK, legacy spans: the inner one counts, milliseconds, Anthropic counts its cache apart before release 6', async () => {
  await check('ai', INTERNAL, AI_SDK, {
    ...chat,
    provider: 'anthropic',
    is_stream: true,
    ...tokens(10, 2000, 30, 50),
    ...priced('anthropic', 'claude-sonnet-4-5', { input: 2040, output: 50, cacheRead: 2000, cacheWrite: 30 }),
    time_to_first_chunk_ns: 120_500_000,
    user_id: 'u-3',
    conversation_id: 's-3',
    agent_name: 'support',
    response_id: 'msg_1',
    finish_reason: 'stop',
  })
  await check(
    'ai',
    INTERNAL,
    {
      ...AI_SDK,
      'ai.usage.inputTokens': 2040,
      'ai.usage.inputTokenDetails.noCacheTokens': 10,
      'ai.usage.inputTokenDetails.cacheReadTokens': 2000,
      'ai.usage.inputTokenDetails.cacheWriteTokens': 30,
    },
    { ...chat, ...tokens(10, 2000, 30, 50) },
  )
  for (const id of ['ai.streamText', 'ai.generateText', 'ai.generateObject', 'ai.embedMany', 'ai.toolCall']) {
    await check('ai', INTERNAL, { ...AI_SDK, 'ai.operationId': id }, none)
  }
  await check(
    'ai',
    INTERNAL,
    {
      'ai.operationId': 'ai.embed.doEmbed',
      'ai.model.provider': 'openai.embedding',
      'ai.model.id': 'text-embedding-3-small',
      'ai.usage.tokens': '12',
    },
    { is_call: true, provider: 'openai', operation: 'embeddings', input_uncached_tokens: 12 },
  )
  await check(
    'ai',
    INTERNAL,
    { ...AI_SDK, 'ai.response.providerMetadata': '{"gateway":{"cost":"0.000321"}}' },
    { ...chat, cost: '0.000321', cost_source: 'provider' },
  )
})

test('AI SDK, new spans: chat is the call, invoke_agent and steps are not', async () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5-mini',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 20,
    'gen_ai.client.operation.time_to_first_chunk': 0.25,
  }
  await check('gen_ai', CLIENT, attributes, {
    ...chat,
    ...priced('openai', 'gpt-5-mini', { input: 100, output: 20 }),
    time_to_first_chunk_ns: 250_000_000,
  })
  for (const operation of ['invoke_agent', 'agent_step', 'execute_tool', 'fetch_response']) {
    await check(
      'gen_ai',
      CLIENT,
      { ...attributes, 'gen_ai.operation.name': operation },
      { ...none, operation },
    )
  }
})

test('Langfuse SDK: buckets apart in JSON, no provider, cost details, time of the first output', async () => {
  await check(
    'langfuse-sdk',
    INTERNAL,
    {
      'langfuse.observation.type': 'generation',
      'langfuse.observation.model.name': 'gpt-4o',
      'langfuse.observation.usage_details':
        '{"input":600,"input_cached_tokens":400,"output":70,"output_reasoning_tokens":30,"total":1100}',
      'langfuse.observation.cost_details': '{"input":0.001,"output":0.0005}',
      'langfuse.observation.completion_start_time': JSON.stringify(new Date((AT + 1) * 1000).toISOString()),
      'langfuse.observation.input': 'a secret question',
      'langfuse.user.id': 'u-4',
      'langfuse.session.id': 's-4',
    },
    {
      ...chat,
      provider: 'openai',
      ...tokens(600, 400, 0, 70, 30),
      ...priced('openai', 'gpt-4o', { input: 1000, output: 100, cacheRead: 400, reasoning: 30 }),
      reported_cost: '0.0015',
      reported_cost_source: 'langfuse.observation.cost_details',
      time_to_first_chunk_ns: 876_543_000,
      user_id: 'u-4',
      conversation_id: 's-4',
    },
  )
  await check(
    'langfuse-sdk',
    INTERNAL,
    {
      'langfuse.observation.type': 'generation',
      'langfuse.observation.model.name': 'gpt-4o',
      'langfuse.observation.usage_details':
        '{"prompt_tokens":1000,"completion_tokens":100,"prompt_tokens_details":{"cached_tokens":400},"completion_tokens_details":{"reasoning_tokens":30}}',
    },
    { ...chat, ...tokens(600, 400, 0, 70, 30) },
  )
  for (const type of ['span', 'event', 'agent', 'tool', 'chain', 'retriever', 'evaluator', 'guardrail']) {
    await check('langfuse-sdk', INTERNAL, { 'langfuse.observation.type': type }, none)
  }
  await check(
    'langfuse-sdk',
    INTERNAL,
    { 'langfuse.observation.type': 'generation', 'langfuse.observation.usage_details': '{"input":' },
    {
      is_call: true,
      provider: 'unknown',
      usage_source: 'missing',
      unpriced_reason: 'missing_usage',
    },
  )
})

test('OpenLIT: details by its names, its 0 for an unknown model is no cost', async () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': 'mistral',
    'gen_ai.request.model': 'mistral-large-latest',
    'gen_ai.usage.input_tokens': 500,
    'gen_ai.usage.output_tokens': 40,
    'gen_ai.usage.prompt_tokens_details.cache_read': 100,
    'gen_ai.usage.completion_tokens_details.reasoning': 10,
    'gen_ai.usage.cost': 0,
    'gen_ai.server.time_to_first_token': 0.75,
  }
  await check('openlit.otel.tracing', CLIENT, attributes, {
    ...chat,
    provider: 'mistral_ai',
    ...tokens(400, 100, 0, 30, 10),
    ...priced('mistral', 'mistral-large-latest', { input: 500, output: 40, cacheRead: 100, reasoning: 10 }),
    reported_cost: '0',
    reported_cost_source: 'gen_ai.usage.cost',
    time_to_first_chunk_ns: 750_000_000,
  })
  await check(
    'openlit.otel.tracing',
    CLIENT,
    { ...attributes, 'gen_ai.request.model': 'never-heard-of' },
    {
      cost: null,
      cost_source: '',
      unpriced_reason: 'unknown_model',
      reported_cost: '0',
    },
  )
})

test('a cost that another tool rated counts where the price book has none', async () => {
  await check(
    'logfire.openai',
    INTERNAL,
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'never-heard-of',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'operation.cost': 0.00042,
    },
    {
      ...chat,
      cost: '0.00042',
      cost_source: 'reported',
      cost_currency: 'USD',
      price_version: '',
      unpriced_reason: '',
      reported_cost: '0.00042',
      reported_cost_source: 'operation.cost',
    },
  )
})

test('pydantic-ai: details of usage, agent runs are no calls', async () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.system': 'google-gla',
    'gen_ai.request.model': 'gemini-2.5-flash',
    'gen_ai.usage.input_tokens': 900,
    'gen_ai.usage.output_tokens': 60,
    'gen_ai.usage.details.cache_read_tokens': 300,
    'gen_ai.usage.details.reasoning_tokens': 20,
    'operation.cost': 0.001,
    all_messages_events: 'a secret question',
  }
  await check('pydantic-ai', INTERNAL, attributes, {
    ...chat,
    provider: 'gcp.gemini',
    ...tokens(600, 300, 0, 40, 20),
    ...priced('google', 'gemini-2.5-flash', { input: 900, output: 60, cacheRead: 300, reasoning: 20 }),
    reported_cost: '0.001',
    attributes: {},
  })
  await check('pydantic-ai', INTERNAL, { ...attributes, 'gen_ai.operation.name': 'invoke_agent' }, none)
})

const LITELLM = {
  'llm.request.type': 'acompletion',
  'gen_ai.system': 'openai',
  'gen_ai.request.model': 'gpt-4o',
  'gen_ai.response.model': 'openai/gpt-4o-2024-08-06',
  'gen_ai.response.id': 'chatcmpl-1',
  'llm.is_streaming': 'True',
  'gen_ai.usage.prompt_tokens': 1000,
  'gen_ai.usage.completion_tokens': 100,
  'gen_ai.usage.total_tokens': 1100,
  'gen_ai.cost.total_cost': 0.0035,
  'metadata.user_api_key_user_id': '',
  hidden_params: '{"model_id":"m","cache_key":null}',
}

test('LiteLLM: call types, empty metadata, and nothing to pay for what came from its cache', async () => {
  const usage = { input: 1000, output: 100 }
  await check('litellm', INTERNAL, LITELLM, {
    ...chat,
    provider: 'openai',
    is_stream: true,
    user_id: '',
    ...tokens(1000, 0, 0, 100),
    ...priced('openai', 'gpt-4o-2024-08-06', usage),
    reported_cost: '0.0035',
    reported_cost_source: 'gen_ai.cost.total_cost',
  })
  await check('litellm', SERVER, LITELLM, chat)
  await check(
    'litellm',
    INTERNAL,
    { ...LITELLM, hidden_params: '{"cache_key":"9f3a"}' },
    {
      ...chat,
      cost: '0',
      cost_source: 'collector',
      reported_cost: '0.0035',
    },
  )
  await check(
    'litellm',
    CLIENT,
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'my-alias',
      'litellm.provider.model': 'gpt-4o',
      'litellm.cost.total': 0.0035,
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 100,
      'litellm.metadata.user_api_key_user_id': 'u-5',
    },
    {
      ...chat,
      user_id: 'u-5',
      ...priced('openai', 'gpt-4o', usage),
      reported_cost_source: 'litellm.cost.total',
    },
  )
  await check('litellm', INTERNAL, { 'llm.openai.model': 'gpt-4o' }, none)
})

test("Anthropic's and Mistral's own SDKs", async () => {
  await check(
    'com.anthropic.sdk.typescript',
    CLIENT,
    {
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude-sonnet-4-5',
      'gen_ai.usage.input_tokens': 35,
      'gen_ai.usage.output_tokens': 7,
      'gen_ai.usage.cache_read.input_tokens': 20,
      'gen_ai.usage.cache_write.input_tokens': 5,
      'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 5,
    },
    {
      ...chat,
      input_uncached_tokens: 10,
      cache_read_tokens: 20,
      cache_write_1h_tokens: 5,
      cache_write_other_tokens: 0,
      ...priced('anthropic', 'claude-sonnet-4-5', {
        input: 35,
        output: 7,
        cacheRead: 20,
        cacheWrite: 5,
        cacheWrite1h: 5,
      }),
    },
    { name: 'anthropic.messages.create' },
  )
  await check(
    'mistralai_sdk_tracer',
    INTERNAL,
    {
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'mistral-small-latest',
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 3,
    },
    {
      ...chat,
      provider: 'mistral_ai',
      ...priced('mistral', 'mistral-small-latest', { input: 11, output: 3 }),
    },
  )
})

test('rating keeps to what it knows: tiers by contract, failures, prices at the time of the call', async () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-5',
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.output_tokens': 100,
  }
  await check(
    'x',
    CLIENT,
    { ...attributes, 'openai.response.service_tier': 'scale' },
    {
      cost: null,
      unpriced_reason: 'unpriced_usage',
      price_version: '',
    },
  )
  const flex = rate({
    provider: 'openai',
    models: ['gpt-5'],
    usage: { input: 1000, output: 100 },
    at: new Date(AT * 1000),
    modifiers: ['service_tier:flex'],
  })
  await check('x', CLIENT, { ...attributes, 'openai.response.service_tier': 'flex' }, { cost: flex.cost })
  await check(
    'x',
    CLIENT,
    { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5' },
    { cost: null, unpriced_reason: 'failed' },
    { status: { code: SpanStatusCode.ERROR } },
  )
  await check(
    'x',
    CLIENT,
    { ...attributes, 'gen_ai.usage.cost.amount': 3, 'gen_ai.usage.cost.currency': 'EUR' },
    {
      cost_source: 'collector',
      cost_currency: 'USD',
      reported_cost: null,
    },
  )
})
