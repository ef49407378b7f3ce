/** The query API over real HTTP semantics and a real engine: answers, empty states, refusals, paging. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import type { BillingResponse } from '../src/api/billing-schema.ts'
import { billingSchema } from '../src/api/billing-schema.ts'
import { type UsageEventsResponse, usageEventsSchema } from '../src/api/event-schema.ts'
import type { Problem } from '../src/api/problem.ts'
import { call, insertRows, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
let engine: TestClickhouse
let app: ReturnType<typeof createApi>

beforeAll(async () => {
  engine = await startTestClickhouse()
  app = createApi({ reader: engine.reader, now: () => NOW, report: console.error })
})
afterAll(() => engine?.close())

const get = (path: string, headers: Record<string, string> = {}) => app.request(path, { headers })
const billing = async (query = ''): Promise<BillingResponse> => {
  const response = await get(`/api/v1/analytics/billing${query}`)
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return billingSchema.parse(body)
}
const events = async (query = ''): Promise<UsageEventsResponse> => {
  const response = await get(`/api/v1/usage/events${query}`)
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return usageEventsSchema.parse(body)
}
const refused = async (path: string): Promise<string[]> => {
  const response = await get(path)
  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const body = (await response.json()) as Problem
  expect(body.status).toBe(400)
  for (const fault of body.errors ?? []) expect(body.detail).toContain(fault.detail)
  return (body.errors ?? []).map((fault) => `${fault.name}: ${fault.detail}`)
}

describe('billing', () => {
  test('without calls: zeros, no averages, every day of the period, hasData false', async () => {
    await replaceRows(engine.client, [])
    const body = await billing('?period=week')
    expect(body.hasData).toBe(false)
    expect(body.summary).toMatchObject({
      totalCost: 0,
      totalCostExact: '0',
      totalMessages: 0,
      totalConversations: 0,
    })
    expect([
      body.summary.avgCostPerMessage,
      body.summary.avgCostPerMessageExact,
      body.summary.avgTokensPerMessage,
    ]).toEqual([null, null, null])
    expect(body.usageByDay.map((day) => [day.date, day.cost, day.messageCount])).toEqual([
      ['2026-03-09', 0, 0],
      ['2026-03-10', 0, 0],
      ['2026-03-11', 0, 0],
    ])
    expect([body.usageByAgent, body.usageByModel, body.topConversations, body.truncated]).toEqual([
      [],
      [],
      [],
      [],
    ])
    expect(body.period).toEqual({
      name: 'week',
      start: '2026-03-09T00:00:00.000Z',
      end: '2026-03-12T00:00:00.000Z',
      timezone: 'UTC',
    })
  })

  test('all fields, with money to the twelfth decimal', async () => {
    await replaceRows(engine.client, [
      call('2026-03-10T10:00:00Z', {
        cost: '0.000000000001',
        agent_id: 'a',
        agent_name: 'A',
        conversation_id: 'c1',
        conversation_title: 'Old',
      }),
      call('2026-03-11T10:00:00Z', {
        cost: '123456789.123456789012',
        agent_id: 'a',
        agent_name: 'A',
        conversation_id: 'c1',
        conversation_title: 'New',
        cache_read_tokens: 50,
        reasoning_tokens: 7,
      }),
      call('2026-03-11T11:00:00Z', {
        cost: null,
        unpriced_reason: 'unknown_model',
        model: 'mystery',
        provider: 'other',
        agent_name: 'Nameless',
        conversation_id: 'c2',
        usage_source: 'estimated',
      }),
      call('2026-03-11T11:00:01Z', {
        cost: null,
        unpriced_reason: 'failed',
        usage_source: 'missing',
        status: 'error',
        input_uncached_tokens: 0,
        output_text_tokens: 0,
      }),
      // The same conversation id of another tenant is another conversation.
      call('2026-03-11T11:00:02Z', { tenant_id: 'globex', cost: '1', conversation_id: 'c1' }),
      // Not in the period, and not a call.
      call('2026-02-28T23:59:59.999999999Z'),
      call('2026-03-12T00:00:00Z'),
      call('2026-03-11T12:00:00Z', { is_call: false, cost: '5' }),
    ])
    const body = await billing()
    expect(body.hasData).toBe(true)
    expect(body.summary).toEqual({
      totalTokens: 4 * 110 + 57,
      promptTokens: 450,
      completionTokens: 47,
      cacheReadTokens: 50,
      cacheWriteTokens: 0,
      reasoningTokens: 7,
      totalCost: 123456790.12345679,
      totalCostExact: '123456790.123456789013',
      totalMessages: 5,
      totalConversations: 3,
      avgTokensPerMessage: 497 / 5,
      avgCostPerMessage: 24691358.024691358,
      avgCostPerMessageExact: '24691358.024691357803',
      errorMessages: 1,
      unpricedMessages: 1,
      failedMessages: 1,
      estimatedMessages: 1,
      missingUsageMessages: 1,
    })
    expect(body.usageByDay).toHaveLength(11)
    expect(
      body.usageByDay
        .slice(8)
        .map((day) => [day.date, day.costExact, day.messageCount, day.promptTokens, day.completionTokens]),
    ).toEqual([
      ['2026-03-09', '0', 0, 0, 0],
      ['2026-03-10', '0.000000000001', 1, 100, 10],
      ['2026-03-11', '123456790.123456789012', 4, 350, 37],
    ])
    expect(
      body.usageByAgent.map((agent) => [
        agent.agentId,
        agent.agentName,
        agent.costExact,
        agent.messageCount,
        agent.conversationCount,
        agent.unpricedMessages,
      ]),
    ).toEqual([
      ['a', 'A', '123456789.123456789013', 2, 1, 0],
      [null, null, '1', 2, 1, 0],
      [null, 'Nameless', '0', 1, 1, 1],
    ])
    expect(
      body.usageByModel.map((model) => [
        model.provider,
        model.model,
        model.costExact,
        model.messageCount,
        model.avgTokensPerMessage,
      ]),
    ).toEqual([
      ['openai', 'gpt-4o-mini', '123456790.123456789013', 4, 387 / 4],
      ['other', 'mystery', '0', 1, 110],
    ])
    expect(
      body.topConversations.map((row) => [
        row.tenantId,
        row.conversationId,
        row.title,
        row.costExact,
        row.messageCount,
      ]),
    ).toEqual([
      ['acme', 'c1', 'New', '123456789.123456789013', 2],
      ['globex', 'c1', null, '1', 1],
      ['acme', 'c2', null, '0', 1],
    ])
    expect((await billing('?limit=1')).topConversations).toHaveLength(1)
  })

  test('filters narrow the answer; several values widen one filter; __none__ is "without"', async () => {
    const nasty = `a'b\\c\t"d]\n%é`
    await replaceRows(engine.client, [
      call('2026-03-11T01:00:00Z', { tenant_id: 'acme', user_id: 'u1', cost: '1' }),
      call('2026-03-11T02:00:00Z', { tenant_id: 'globex', user_id: 'u2', cost: '10' }),
      call('2026-03-11T03:00:00Z', { tenant_id: '', cost: '100' }),
      call('2026-03-11T04:00:00Z', {
        tenant_id: nasty,
        service_name: nasty,
        conversation_id: nasty,
        cost: '1000',
      }),
    ])
    const total = async (query: string): Promise<string> => (await billing(query)).summary.totalCostExact
    expect(await total('')).toBe('1111')
    expect(await total('?tenant_id=acme')).toBe('1')
    expect(await total('?tenant_id=acme&tenant_id=globex')).toBe('11')
    expect(await total('?tenant_id=__none__')).toBe('100')
    expect(await total('?tenant_id=acme&user_id=u2')).toBe('0')
    expect(await total('?user_id=u2')).toBe('10')
    expect(await total('?user_id=__none__')).toBe('1100')
    const escaped = encodeURIComponent(nasty)
    expect(await total(`?tenant_id=${escaped}&service=${escaped}&conversation_id=${escaped}`)).toBe('1000')
    expect((await billing(`?conversation_id=${escaped}`)).topConversations[0]?.conversationId).toBe(nasty)
  })

  test('days are days of the zone', async () => {
    await replaceRows(engine.client, [
      call('2026-03-10T18:29:59Z', { cost: '1' }),
      call('2026-03-10T18:30:00Z', { cost: '10' }),
    ])
    const days = async (zone: string) =>
      (
        await billing(`?period=custom&startDate=2026-03-10&endDate=2026-03-12&timezone=${zone}`)
      ).usageByDay.map((day) => day.costExact)
    expect(await days('Asia/Kolkata')).toEqual(['1', '10'])
    expect(await days('UTC')).toEqual(['11', '0'])
  })

  test('an unchanged answer is 304, a changed one is not', async () => {
    await replaceRows(engine.client, [call('2026-03-11T01:00:00Z')])
    const first = await get('/api/v1/analytics/billing')
    expect(first.headers.get('cache-control')).toBe('private, max-age=15')
    const tag = first.headers.get('etag') as string
    expect(tag).toMatch(/^(W\/)?"/)
    const second = await get('/api/v1/analytics/billing', { 'if-none-match': tag })
    expect([second.status, await second.text()]).toEqual([304, ''])
    await insertRows(engine.client, [call('2026-03-11T02:00:00Z')])
    expect((await get('/api/v1/analytics/billing', { 'if-none-match': tag })).status).toBe(200)
  })
})

describe('events', () => {
  test('without calls: an empty page', async () => {
    await replaceRows(engine.client, [])
    expect(await events()).toMatchObject({ events: [], has_more: false, next_cursor: null })
  })

  test('an event has everything that is known, and null for the rest', async () => {
    await replaceRows(engine.client, [
      call('2026-03-11T01:00:00.123456789Z', {
        trace_id: 'a'.repeat(32),
        span_id: 'b'.repeat(16),
        cost: '0.000000150000',
        duration_ns: '1840000001',
        time_to_first_chunk_ns: '310000000',
        is_stream: true,
        http_status_code: 200,
        user_id: 'u',
        price_version: 'v1',
        cache_write_5m_tokens: 5,
      }),
      call('2026-03-11T00:00:00Z', {
        cost: null,
        cost_source: '',
        unpriced_reason: 'unpriced_usage',
        status: 'error',
        error_type: 'timeout',
      }),
    ])
    const [first, second] = (await events()).events
    expect(first).toMatchObject({
      event_id: `${'a'.repeat(32)}-${'b'.repeat(16)}`,
      timestamp: '2026-03-11T01:00:00.123456789Z',
      duration_seconds: 1.840000001,
      time_to_first_chunk_seconds: 0.31,
      stream: true,
      http_status_code: 200,
      service: 'chat-api',
      tenant_id: 'acme',
      user_id: 'u',
      agent_id: null,
      input_tokens: 105,
      output_tokens: 10,
      total_tokens: 115,
      input_uncached_tokens: 100,
      cache_write_5m_tokens: 5,
      cost: 1.5e-7,
      cost_exact: '0.00000015',
      cost_source: 'local',
      unpriced_reason: null,
      price_version: 'v1',
    })
    expect(second).toMatchObject({
      cost: null,
      cost_exact: null,
      cost_source: null,
      unpriced_reason: 'unpriced_usage',
      error_type: 'timeout',
      time_to_first_chunk_seconds: null,
      http_status_code: null,
    })
  })

  describe('paging', () => {
    const SORTS = [
      '-timestamp',
      'timestamp',
      '-cost',
      'cost',
      '-tokens',
      'tokens',
      '-duration',
      'duration',
    ] as const
    beforeEach(async () => {
      // Many equal values, so that ties decide; NULL costs; times that differ by a nanosecond.
      await replaceRows(
        engine.client,
        Array.from({ length: 60 }, (_, index) =>
          call(`2026-03-1${index % 2}T10:00:00.00000000${index % 5}Z`, {
            cost: index % 4 === 0 ? null : `${index % 3}.000000000001`,
            unpriced_reason: index % 4 === 0 ? (index % 8 === 0 ? 'failed' : 'unknown_model') : '',
            input_uncached_tokens: index % 3,
            duration_ns: String(index % 4),
          }),
        ),
      )
    })

    test.each(SORTS)('%s: pages are the whole list, in order, also while calls come in', async (sort) => {
      const whole = (await events(`?sort=${sort}&limit=1000`)).events.map((event) => event.event_id)
      expect(new Set(whole).size).toBe(60)
      const seen: string[] = []
      const added = new Set<string>()
      let cursor: string | null = null
      for (let page = 0; page === 0 || cursor !== null; page++) {
        const body: UsageEventsResponse = await events(
          `?sort=${sort}&limit=7${cursor === null ? '' : `&cursor=${cursor}`}`,
        )
        expect(body.has_more).toBe(body.next_cursor !== null)
        seen.push(...body.events.map((event) => event.event_id))
        cursor = body.next_cursor
        if (page > 3) continue
        const row = call(`2026-03-1${page % 2}T10:00:00.000000002Z`, {
          cost: page % 2 ? null : '1.000000000001',
          input_uncached_tokens: page,
        })
        added.add(`${row.trace_id}-${row.span_id}`)
        await insertRows(engine.client, [row])
      }
      expect(seen.filter((id) => !added.has(id))).toEqual(whole)
      expect(new Set(seen).size).toBe(seen.length)
    })

    test('the order is the one that was asked for, unknown costs last', async () => {
      const costs = async (sort: string) =>
        (await events(`?sort=${sort}&limit=1000`)).events.map((event) => event.cost)
      const falling = await costs('-cost')
      expect(falling.slice(0, 45)).toEqual([...falling.slice(0, 45)].sort((a, b) => Number(b) - Number(a)))
      expect(falling.slice(45).every((cost) => cost === null)).toBe(true)
      const rising = await costs('cost')
      expect(rising.slice(0, 45)).toEqual([...falling.slice(0, 45)].reverse())
      expect(rising.slice(45).every((cost) => cost === null)).toBe(true)
      const times = (await events('?limit=1000')).events.map((event) => event.timestamp)
      expect(times).toEqual([...times].sort().reverse())
    })

    test('a cursor keeps its range when the day changes', async () => {
      const first = await events('?period=today&limit=5&sort=timestamp')
      const tomorrow = createApi({ reader: engine.reader, now: () => new Date('2026-03-12T00:00:01Z') })
      const response = await tomorrow.request(
        `/api/v1/usage/events?period=today&limit=1000&sort=timestamp&cursor=${first.next_cursor}`,
      )
      const rest = (await response.json()) as UsageEventsResponse
      expect(rest.period).toEqual(first.period)
      expect(first.events.length + rest.events.length).toBe(30)
    })

    test('a cursor of another question, or of nobody, is refused', async () => {
      const { next_cursor } = await events('?limit=5&tenant_id=acme')
      expect((await refused(`/api/v1/usage/events?limit=5&cursor=${next_cursor}`))[0]).toContain(
        'cursor: belongs to a question',
      )
      for (const bad of ['garbage', 'e30', '%00', Buffer.from('{"v":1}').toString('base64url')])
        expect((await refused(`/api/v1/usage/events?cursor=${bad}`))[0]).toContain('cursor: is not a cursor')
      const inside = JSON.parse(Buffer.from(next_cursor as string, 'base64url').toString()) as Record<
        string,
        unknown
      >
      for (const change of [
        { value: '1.5' },
        { value: '2026-99-01 00:00:00.000000000' },
        { start_time: '' },
        { end: 0 },
      ]) {
        const forged = Buffer.from(JSON.stringify({ ...inside, ...change })).toString('base64url')
        expect((await refused(`/api/v1/usage/events?tenant_id=acme&cursor=${forged}`))[0]).toContain(
          'cursor: is not a cursor',
        )
      }
      // The page length is no part of the question.
      expect((await events(`?limit=50&tenant_id=acme&cursor=${next_cursor}`)).events).toHaveLength(50)
    })

    test('filters: unpriced is what the billing answer counts, min_cost and status narrow', async () => {
      const count = async (query: string): Promise<number> =>
        (await events(`?limit=1000&${query}`)).events.length
      const { summary } = await billing()
      expect(await count('unpriced=true')).toBe(summary.unpricedMessages)
      expect(summary.unpricedMessages).toBe(7)
      expect(await count('unpriced=false')).toBe(53)
      expect(await count('min_cost=1.000000000001')).toBe(30)
      expect(await count('min_cost=1.000000000002')).toBe(15)
      expect(await count('status=error')).toBe(0)
      expect(await count('status=unset&status=ok')).toBe(60)
      expect(await count('usage_source=estimated&usage_source=missing')).toBe(0)
      expect(await count('startDate=2026-03-10&endDate=2026-03-11')).toBe(30)
    })
  })
})

describe('what is refused', () => {
  const check = (query: string, want: string[]) =>
    test(`${query || 'nothing'}: ${want.join(', ')}`, async () => {
      for (const path of ['/api/v1/analytics/billing', '/api/v1/usage/events'])
        expect((await refused(`${path}?${query}`)).map((fault) => fault.split(':')[0])).toEqual(want)
    })
  check('period=decade', ['period'])
  check('period=today&period=year', ['period'])
  check('period=custom', ['startDate', 'endDate'])
  check('startDate=2026-03-02&endDate=2026-03-01', ['endDate'])
  check('timezone=Mars/Olympus', ['timezone'])
  check('timezone=', ['timezone'])
  check('weekStart=someday', ['weekStart'])
  check('tenant_id=', ['tenant_id'])
  check('tenant_id', ['tenant_id'])
  check('tenant_id=acme&tenant_id=', ['tenant_id'])
  check(`tenant_id=${'x'.repeat(257)}`, ['tenant_id'])
  check('limit=0', ['limit'])
  check('limit=1001', ['limit'])
  check('limit=1e3', ['limit'])
  check('limit=5&limit=6', ['limit'])
  check('tenantId=acme', ['tenantId'])
  check('__proto__=x', ['__proto__'])
  check('constructor=x', ['constructor'])
  check('limit=x&timezone=x&startDate=x&tenantid=x', [
    'limit',
    'tenantid',
    'timezone',
    'startDate',
    'endDate',
  ])

  test('a mistyped parameter gets a hint', async () => {
    expect(await refused('/api/v1/analytics/billing?tenantId=acme')).toEqual([
      'tenantId: is not a parameter here; did you mean tenant_id?',
    ])
    expect(await refused('/api/v1/analytics/billing?start_date=x')).toEqual([
      'start_date: is not a parameter here; did you mean startDate?',
    ])
    expect((await refused('/api/v1/analytics/billing?colour=red'))[0]).toContain(
      'the parameters are period, startDate',
    )
    expect((await refused('/api/v1/analytics/billing?sort=cost'))[0]).toContain(
      'sort: is not a parameter here',
    )
  })

  test.each([
    'sort=price',
    'unpriced=yes',
    'min_cost=-1',
    'min_cost=1e-3',
    'min_cost=',
    'status=bad',
    'cursor=',
  ])('events with %s', async (query) => {
    expect((await refused(`/api/v1/usage/events?${query}`)).map((fault) => fault.split(':')[0])).toEqual([
      query.split('=')[0],
    ])
  })

  test('more than 100 values of one filter', async () => {
    const query = Array.from({ length: 101 }, (_, index) => `model=m${index}`).join('&')
    expect((await refused(`/api/v1/analytics/billing?${query}`))[0]).toContain('model:')
  })

  test('other methods and other addresses', async () => {
    const post = await app.request('/api/v1/analytics/billing', { method: 'POST' })
    expect([post.status, post.headers.get('allow'), post.headers.get('content-type')]).toEqual([
      405,
      'GET, HEAD',
      'application/problem+json',
    ])
    const nowhere = await new Hono().route('/', app).request('/api/v1/analytics/bill')
    expect([nowhere.status, nowhere.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    expect((await app.request('/api/v1/analytics/billing', { method: 'HEAD' })).status).toBe(200)
  })
})

test('a query ends in the store when its caller goes away', async () => {
  const caller = new AbortController()
  const question = engine.reader.query({
    query: 'SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))',
    query_id: 'abandoned',
    abort_signal: caller.signal,
  })
  const running = async (): Promise<number> => {
    const answer = await engine.client.query({
      query: "SELECT count() AS n FROM system.processes WHERE query_id = 'abandoned'",
      format: 'JSONEachRow',
    })
    return Number((await answer.json<{ n: number }>())[0]?.n)
  }
  const failure = expect(question).rejects.toThrow()
  await expect.poll(running, { timeout: 10_000 }).toBe(1)
  caller.abort()
  await failure
  await expect.poll(running, { timeout: 10_000 }).toBe(0)
})

test('whatever the query string, the answer is 200 or 400, and the caller is told why', async () => {
  const names = [
    'period',
    'startDate',
    'endDate',
    'timezone',
    'weekStart',
    'tenant_id',
    'user_id',
    'limit',
    'sort',
    'cursor',
    'unpriced',
    'min_cost',
    'status',
  ]
  const values = [
    'custom',
    'today',
    '2026-03-01',
    '2026-03-10T10:00:00.5-23:59',
    'Asia/Kolkata',
    'US/Pacific',
    '-cost',
    '3',
    '1000',
    'true',
    '0.5',
    '99999999999999999999',
    '__none__',
    "'; DROP TABLE spans --",
    '\\',
    '\0',
    '\ud800',
    '{a:String}',
    '',
  ]
  const parameter = fc.tuple(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, fc.string()),
    fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...values) }, fc.string({ unit: 'binary' })),
  )
  const path = fc.constantFrom('/api/v1/analytics/billing', '/api/v1/usage/events')
  await fc.assert(
    fc.asyncProperty(path, fc.array(parameter, { maxLength: 5 }), async (address, parameters) => {
      const response = await get(`${address}?${new URLSearchParams(parameters)}`)
      expect([200, 400]).toContain(response.status)
      const body = (await response.json()) as Problem
      if (response.status === 400) expect(body.errors?.length).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
  const raw = [
    '?%',
    '?%zz=1',
    '?tenant_id=%ff%fe',
    '?a=1?b=2',
    '?&&&',
    '?=',
    '?%00=%00',
    `?tenant_id=${'%F0%9F%98%80'.repeat(128)}`,
  ]
  for (const query of raw) expect([200, 400]).toContain((await get(`/api/v1/usage/events${query}`)).status)
})
