/** What the API refuses, and that whatever is asked is answered or refused with a reason. */
import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { Problem } from '../src/api/problem.ts'
import { app, engine, get, refused, useApi } from './api-over-rows.ts'

useApi()

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

  test('a value that is none of a list is told the list, and so is one that is missing', async () => {
    expect(await refused('/api/v1/usage/trends?metric=euros')).toEqual([
      'metric: "euros" is none of cost, calls, tokens',
    ])
    expect((await refused('/api/v1/usage/breakdown'))[0]).toMatch(
      /^by: is missing; write one of provider, model, /,
    )
    expect((await refused('/api/v1/usage/events?status=ok&status=bad'))[0]).toMatch(
      /^status: "bad" is none of unset, /,
    )
    expect((await refused('/api/v1/analytics/billing?period=today&period=year'))[0]).toContain(
      'given more than once',
    )
  })

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

  test('a body of another kind, as curl sends it', async () => {
    const response = await app.request('/api/v1/silences', {
      ...{ method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      body: '{"match":{"rule":"any"},"minutes":5}',
    })
    expect(response.status).toBe(400)
    expect(((await response.json()) as Problem).detail).toBe(
      'cannot read the body of /api/v1/silences: it comes as application/x-www-form-urlencoded; send JSON with the header content-type: application/json',
    )
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
