/** What spans of the conventions become: attributes as they are sent, in their shapes, and the row of each. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { rate } from '@spanmeter/middleware/pricing'
import { test } from 'vitest'
import { chat, check, none, priced, tokens, useStore } from './dialect-rows.ts'
import { AT } from './spans.ts'

useStore()

const { CLIENT, INTERNAL } = SpanKind

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
