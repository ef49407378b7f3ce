/** What spans of SDKs become: the AI SDK, pydantic-ai, Anthropic's and Mistral's own; in their shapes, and the row of each. */
import { SpanKind } from '@opentelemetry/api'
import { test } from 'vitest'
import { chat, check, none, priced, tokens, useStore } from './dialect-rows.ts'

useStore()

const { CLIENT, INTERNAL } = SpanKind

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
