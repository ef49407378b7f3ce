/** The client against the real routes, and against collectors that fail. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { createApi } from '../../collector/src/api/app.ts'
import { apiTypes } from '../scripts/api-types.ts'
import { createClient, SpanmeterError } from '../src/index.ts'

// Prices need no store: these are the real routes, without one.
const api = createApi({ reader: {} as never, now: () => new Date('2026-11-20T12:00:00Z') })
const url = 'http://127.0.0.1:4318/'

/** A `fetch` that answers from the routes and writes down what was asked. */
function overRoutes() {
  const asked: { address: string; headers: Headers; status: number }[] = []
  const over = async (address: string | URL | Request, init?: RequestInit) => {
    const response = await api.request(String(address), init)
    asked.push({ address: String(address), headers: new Headers(init?.headers), status: response.status })
    return response
  }
  return { asked, fetch: over as typeof fetch }
}

/** A `fetch` that answers in turn; a text is thrown as if the collector were gone. */
function inTurn(...answers: (Response | string)[]) {
  let calls = 0
  const turn = async () => {
    const answer = answers[calls++]
    if (answer === undefined) throw new Error('asked too often')
    if (typeof answer === 'string') throw new TypeError(answer)
    return answer
  }
  return { fetch: turn as typeof fetch, calls: () => calls }
}
const busy = () =>
  new Response(JSON.stringify({ type: 'x', title: 'x', status: 503, detail: 'cannot answer now' }), {
    status: 503,
    headers: { 'retry-after': '0.01' },
  })

it('its types are what the API says: run `npm run generate -w client`', async () => {
  expect(await readFile(new URL('../src/api.gen.ts', import.meta.url), 'utf8')).toBe(await apiTypes())
})

it('asks with its token and gets a typed answer', async () => {
  const { asked, fetch } = overRoutes()
  const spanmeter = createClient({ url, token: 'spm_x', fetch })
  const { prices } = await spanmeter.getPricing({ provider: 'openai', model: 'gpt-4o-mini' })
  expect(prices.find(({ billed }) => billed === 'output_text_tokens')?.price_per_million).toBe(0.6)
  expect(asked[0]?.address).toBe('http://127.0.0.1:4318/api/v1/pricing?provider=openai&model=gpt-4o-mini')
  expect(asked[0]?.headers.get('authorization')).toBe('Bearer spm_x')
})

it('puts names into paths and repeats lists, whatever is in them', async () => {
  const seen: string[] = []
  const fetch = (async (address: string) => {
    seen.push(address)
    return Response.json({})
  }) as typeof globalThis.fetch
  const spanmeter = createClient({ url, fetch })
  await spanmeter.getTenantDashboard({ id: 'a/b?c', period: 'month' })
  await spanmeter.getUsageSummary({
    provider: ['openai', 'a&b'],
    tenant_id: 'x',
    timezone: undefined as never,
  })
  expect(seen).toEqual([
    'http://127.0.0.1:4318/api/v1/tenants/a%2Fb%3Fc/dashboard?period=month',
    'http://127.0.0.1:4318/api/v1/usage/summary?provider=openai&provider=a%26b&tenant_id=x',
  ])
})

it('does not have an unchanged answer sent again', async () => {
  const { asked, fetch } = overRoutes()
  const spanmeter = createClient({ url, fetch })
  const first = await spanmeter.getPricing({ provider: 'openai', model: 'gpt-4o' })
  const second = await spanmeter.getPricing({ provider: 'openai', model: 'gpt-4o' })
  expect(second).toEqual(first)
  expect(asked.map(({ status }) => status)).toEqual([200, 304])
})

describe('errors', () => {
  it('are typed, with every fault of the question', async () => {
    const spanmeter = createClient({ url, fetch: overRoutes().fetch })
    const error = await spanmeter
      .getUsageSummary({ timezone: 'Mars', period: 'month' })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SpanmeterError)
    expect(error).toMatchObject({ status: 400, retryable: false })
    expect((error as SpanmeterError).problem?.errors?.map(({ name }) => name)).toEqual(['timezone'])
  })

  it('that pass are asked about again, a bounded number of times', async () => {
    const turn = inTurn('gone', busy(), Response.json({ status: 'idle' }))
    expect(await createClient({ url, fetch: turn.fetch }).getHealth()).toEqual({ status: 'idle' })
    expect(turn.calls()).toBe(3)
    const never = inTurn(busy(), busy(), busy(), busy())
    await expect(createClient({ url, fetch: never.fetch }).getHealth()).rejects.toMatchObject({
      status: 503,
      message: 'cannot answer now',
    })
    expect(never.calls()).toBe(3)
  })

  it('of a collector that is not there say so', async () => {
    const client = createClient({ url, retries: 0, fetch: inTurn('connect ECONNREFUSED').fetch })
    await expect(client.getHealth()).rejects.toThrow(
      'cannot ask http://127.0.0.1:4318/api/v1/health: connect ECONNREFUSED; is the collector running?',
    )
  })

  it('of an answer that is no JSON are not asked about again', async () => {
    const turn = inTurn(new Response('<html>', { status: 200 }))
    await expect(createClient({ url, fetch: turn.fetch }).getHealth()).rejects.toThrow('it is no JSON')
    expect(turn.calls()).toBe(1)
  })

  it('of an address are found at once', () => {
    expect(() => createClient({ url: 'localhost:4318' })).toThrow('it is no http(s) address')
  })
})

it('stops when it is told to, also while it waits', async () => {
  const controller = new AbortController()
  const turn = inTurn(new Response('{}', { status: 503, headers: { 'retry-after': '60' } }))
  const answer = createClient({ url, fetch: turn.fetch }).getHealth({}, { signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(answer).rejects.toThrow('enough')
})
