/** What spans become: the same rows from both encodings, and the values that the columns promise. */
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { insertBlock } from '../src/write/insert.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { AT, call, json, protobuf, span } from './spans.ts'

const RECEIVED_AT = (AT + 60) * 1000
const DATE = new Date(AT * 1000).toISOString().slice(0, 10)
let store: TestClickhouse
let segment = 0n

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())

async function rows(kind: 'protobuf' | 'json', body: Buffer): Promise<Record<string, unknown>[]> {
  const block = new SpanBlock(++segment)
  decodeInto(block, { kind, body, receivedAt: RECEIVED_AT }, new Decoders())
  const token = `test-${segment}`
  await insertBlock(
    store.client,
    { data: block.encode(), columns: block.columnNames },
    { queryId: token, token },
  )
  const result = await store.client.query({
    query: `SELECT * EXCEPT segment_id, input_tokens, output_tokens FROM spans WHERE segment_id = ${segment} ORDER BY span_id`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_decimals: 1 },
  })
  return result.json()
}

const USAGE = {
  'gen_ai.usage.input_tokens': 1000,
  'gen_ai.usage.output_tokens': 500,
  'gen_ai.usage.cache_read.input_tokens': 100,
  'gen_ai.usage.cache_write.input_tokens': 90,
  'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': 50,
  'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 30,
  'gen_ai.usage.audio.input_tokens': 20,
  'gen_ai.usage.image.input_tokens': 5,
  'gen_ai.usage.reasoning.output_tokens': 200,
  'gen_ai.usage.audio.output_tokens': 40,
  'gen_ai.usage.image.output_tokens': 10,
}

const SPANS: ReadableSpan[] = [
  call(1, {
    ...USAGE,
    'gen_ai.response.model': 'gpt-5-2026',
    'gen_ai.response.finish_reasons': ['stop', 'length'],
    'gen_ai.response.time_to_first_chunk': 0.25,
    'gen_ai.request.stream': true,
    'http.response.status_code': 200,
    'server.address': 'api.openai.com',
    'server.port': 443,
    'spanmeter.cost.exact': '0.000123456789',
    'gen_ai.usage.cost.amount': 0.5,
    'gen_ai.usage.cost.source': 'local',
    'gen_ai.usage.cost.currency': 'USD',
    'spanmeter.price.version': 'genai-prices@0.1.8',
    'user.id': 'ürsula 🙂',
    'custom.list': [1, 2.5, -3],
    'custom.truth': false,
    'custom.negative': -42,
    'custom.big': 9_007_199_254_740_991,
    'custom.float': 0.1,
    'custom.long': 'é'.repeat(5000),
  }),
  call(2, {
    'spanmeter.meter.name': 'search',
    'spanmeter.meter.quantity': '3.5',
    'spanmeter.meter.unit': 'query',
  }),
  span({ id: 3, kind: SpanKind.SERVER, parent: true, name: '', attributes: {}, resource: {} }),
  span({
    id: 4,
    status: { code: SpanStatusCode.ERROR, message: 'overloaded' },
    attributes: { 'error.type': '529' },
  }),
]

test('protobuf and JSON give identical rows, column by column', async () => {
  const fromProtobuf = await rows('protobuf', protobuf(SPANS))
  const fromJson = await rows('json', json(SPANS))
  expect(fromProtobuf).toHaveLength(SPANS.length)
  for (const [i, row] of fromProtobuf.entries()) {
    for (const [column, value] of Object.entries(row))
      expect([column, fromJson[i]?.[column]]).toEqual([column, value])
  }
})

test('every field of a call lands in its column', async () => {
  const [row] = await rows('protobuf', protobuf([SPANS[0] as ReadableSpan]))
  expect(row).toMatchObject({
    start_time: `${DATE} 14:13:20.123456789`,
    ingested_at: `${DATE} 14:14:20.000`,
    duration_ns: 1876543212,
    trace_id: `a${'0'.repeat(30)}1`,
    span_id: `b${'0'.repeat(14)}1`,
    parent_span_id: '',
    name: 'chat gpt-5',
    kind: 'client',
    scope_name: 'test',
    scope_version: '1.2.3',
    status: 'unset',
    http_status_code: 200,
    service_name: 'chat-api',
    tenant_id: 'acme',
    user_id: 'ürsula 🙂',
    is_call: true,
    provider: 'openai',
    operation: 'chat',
    request_model: 'gpt-5',
    response_model: 'gpt-5-2026',
    model: 'gpt-5-2026',
    finish_reason: 'stop,length',
    is_stream: true,
    time_to_first_chunk_ns: 250000000,
    usage_source: 'provider',
    input_uncached_tokens: 785,
    cache_read_tokens: 100,
    cache_write_5m_tokens: 50,
    cache_write_1h_tokens: 30,
    cache_write_other_tokens: 10,
    input_audio_tokens: 20,
    input_image_tokens: 5,
    output_text_tokens: 250,
    reasoning_tokens: 200,
    output_audio_tokens: 40,
    output_image_tokens: 10,
    cost: '0.000123456789',
    cost_currency: 'USD',
    cost_source: 'local',
    unpriced_reason: '',
    price_version: 'genai-prices@0.1.8',
    resource_attributes: { 'host.name': 'h1' },
  })
  const attributes = row?.attributes as Record<string, string>
  expect(attributes).toMatchObject({
    'server.port': '443',
    'custom.list': '[1,2.5,-3]',
    'custom.truth': 'false',
    'custom.negative': '-42',
    'custom.big': '9007199254740991',
    'custom.float': '0.1',
  })
  expect(attributes['custom.long']).toBe('é'.repeat(2048))
})

test('numbers may be texts, what another tool rated stays beside our cost, content is never stored', async () => {
  const [row] = await rows(
    'json',
    json([
      call(1, {
        'gen_ai.usage.input_tokens': '12',
        'gen_ai.usage.cost': 0.0000001,
        'gen_ai.input.messages': '[{"role":"user"}]',
      }),
    ]),
  )
  expect(row).toMatchObject({
    input_uncached_tokens: 12,
    cost: '0.000015',
    cost_source: 'collector',
    reported_cost: '0.0000001',
    reported_cost_source: 'gen_ai.usage.cost',
    attributes: {},
  })
})

async function check(given: ReadableSpan, want: Record<string, unknown>): Promise<void> {
  const [row] = await rows('protobuf', protobuf([given]))
  expect(row).toMatchObject(want)
}

test('a call without a cost says why, and its cost is NULL', async () => {
  const unknown = { cost: null, cost_source: '', cost_currency: '' }
  const error = { code: SpanStatusCode.ERROR }
  const base = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' }
  await check(call(1, { ...USAGE, 'gen_ai.request.model': 'never-heard-of' }), {
    ...unknown,
    unpriced_reason: 'unknown_model',
    usage_source: 'provider',
  })
  await check(call(1), { ...unknown, unpriced_reason: 'missing_usage', usage_source: 'missing' })
  await check(span({ id: 1, status: error, attributes: base }), { ...unknown, unpriced_reason: 'failed' })
  await check(call(1, { 'spanmeter.unpriced.reason': 'unpriced_usage' }), {
    ...unknown,
    unpriced_reason: 'unpriced_usage',
  })
  await check(call(1, { 'spanmeter.cost.exact': 'free' }), { ...unknown, unpriced_reason: 'missing_usage' })
  await check(call(1, { 'spanmeter.cost.exact': '0' }), { cost: '0', unpriced_reason: '' })
  await check(call(1, { 'gen_ai.usage.cost': 2, 'gen_ai.usage.cost.currency': 'EUR' }), {
    cost: null,
    cost_currency: 'EUR',
    unpriced_reason: 'unpriced_usage',
  })
})

test('a metered quantity is a call, whoever is paid; a level is none', async () => {
  const attributes = {
    'spanmeter.meter.name': 'voice_minute',
    'spanmeter.meter.quantity': 2.1,
    'spanmeter.meter.unit': 'min',
    'spanmeter.usage.source': 'estimated',
  }
  const priced = { ...attributes, 'spanmeter.cost.exact': '0.042' }
  const meter = { meter_name: 'voice_minute', meter_quantity: '2.1', meter_unit: 'min' }
  await check(span({ id: 1, attributes: priced }), {
    ...meter,
    is_call: true,
    cost: '0.042',
    usage_source: 'estimated',
  })
  await check(span({ id: 1, attributes: { ...attributes, 'spanmeter.unpriced.reason': 'unpriced_usage' } }), {
    ...meter,
    is_call: true,
    cost: null,
    unpriced_reason: 'unpriced_usage',
  })
  await check(span({ id: 1, kind: SpanKind.INTERNAL, attributes }), {
    ...meter,
    is_call: false,
    unpriced_reason: '',
  })
})

test('only leaf calls to a provider are calls', async () => {
  const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.provider.name': 'openai' }
  await check(span({ id: 1, attributes: agent }), { is_call: false, usage_source: '', unpriced_reason: '' })
  await check(span({ id: 1, kind: SpanKind.INTERNAL }), { is_call: false })
  await check(span({ id: 1, attributes: { 'gen_ai.operation.name': 'chat' } }), { is_call: false })
  const sdk = {
    id: 1,
    scope: 'com.anthropic.sdk.typescript',
    name: 'anthropic.messages.create',
    attributes: {},
  }
  await check(span(sdk), { is_call: true, provider: 'anthropic', operation: 'chat' })
  await check(span({ ...sdk, name: 'anthropic.beta' }), { is_call: false })
})

test('thousands of rows of which few have a field, one request of them taken back, are stored as they were sent', async () => {
  const sparse = (id: number) =>
    call(id, {
      ...(id % 37 === 0 && {
        'spanmeter.conversation.title': `title ${id}`,
        'custom.rare': 'x'.repeat(id % 300),
      }),
      ...(id % 41 === 0 && { 'gen_ai.response.time_to_first_chunk': id / 1000, 'user.id': `user-${id}` }),
      ...(id % 43 === 0 && { 'gen_ai.usage.cost.amount': id / 1000, 'gen_ai.agent.name': `agent ${id % 5}` }),
    })
  const some = (from: number) => protobuf(Array.from({ length: 3000 }, (_, i) => sparse(from + i)))
  const block = new SpanBlock(++segment)
  const decoders = new Decoders()
  const decode = (body: Buffer) =>
    decodeInto(block, { kind: 'protobuf', body, receivedAt: RECEIVED_AT }, decoders)
  decode(some(1))
  const broken = some(50_000)
  expect(() => decode(broken.subarray(0, broken.length - 1))).toThrow('cannot read the protobuf body')
  decode(some(3001))
  const token = `test-${segment}`
  await insertBlock(
    store.client,
    { data: block.encode(), columns: block.columnNames },
    { queryId: token, token },
  )
  const id = "toUInt32(reinterpretAsUInt64(reverse(unhex(concat('0', substring(span_id, 2))))))"
  const result = await store.client.query({
    query: `WITH ${id} AS id SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(id)) AS ids, toUInt32(max(id)) AS last,
      toUInt32(countIf(conversation_title != if(id % 37 = 0, concat('title ', toString(id)), ''))) AS titles,
      toUInt32(countIf(attributes['custom.rare'] != if(id % 37 = 0, repeat('x', id % 300), ''))) AS rare,
      toUInt32(countIf(user_id != if(id % 41 = 0, concat('user-', toString(id)), ''))) AS users,
      toUInt32(countIf(ifNull(time_to_first_chunk_ns, 1) != if(id % 41 = 0, id * 1000000, 1))) AS chunks,
      toUInt32(countIf(cost_source = 'local' AND cost != toDecimal128(id, 12) / 1000)) AS costs,
      toUInt32(countIf((cost_source = 'local') != (id % 43 = 0))) AS sources,
      toUInt32(countIf(agent_name != if(id % 43 = 0, concat('agent ', toString(id % 5)), ''))) AS agents
    FROM spans WHERE segment_id = ${segment}`,
    format: 'JSONEachRow',
  })
  expect(await result.json()).toEqual([
    {
      rows: 6000,
      ids: 6000,
      last: 6000,
      titles: 0,
      rare: 0,
      users: 0,
      chunks: 0,
      costs: 0,
      sources: 0,
      agents: 0,
    },
  ])
})
