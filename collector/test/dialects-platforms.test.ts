/** What spans of platforms become: Langfuse, OpenLIT, LiteLLM; in their shapes, and the row of each. */
import { SpanKind } from '@opentelemetry/api'
import { test } from 'vitest'
import { chat, check, none, priced, tokens, useStore } from './dialect-rows.ts'
import { AT } from './spans.ts'

useStore()

const { CLIENT, INTERNAL, SERVER } = SpanKind

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
