/** The dashboards over HTTP, over the real engine. */
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDashboardRoutes } from '../src/api/dashboards.ts'
import { call, replaceRows } from './span-rows.ts'

const at = Date.parse('2026-03-10T12:00:00Z')
const panel = '/api/v1/dashboards/spanmeter-overview/panels'
let store: TestClickhouse
let clock = at
let app: ReturnType<typeof createDashboardRoutes>
const report = vi.fn()

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store?.close())
beforeEach(() => {
  clock = at
  report.mockReset()
  app = createDashboardRoutes({ reader: store.reader, now: () => new Date(clock), report })
})

const json = async (path: string) => (await app.request(path)).json()
const spendOf = (data: { frames: { A: { fields: { values: unknown[] }[] } } }) =>
  data.frames.A.fields[0]?.values[0]

describe('the page', () => {
  it('is a document without inline code, under a policy that allows this address only', async () => {
    const response = await app.request('/')
    const text = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(text).not.toMatch(/<script(?![^>]* src="\/)|<style|style=|https?:\/\/|\son\w+="/)
  })

  it('has files that are kept for ever, named by their content', async () => {
    const text = await (await app.request('/')).text()
    const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string)
    expect(paths).toHaveLength(2)
    for (const path of paths) {
      const response = await app.request(path)
      const body = await response.text()
      expect(response.headers.get('cache-control')).toContain('immutable')
      expect(path).toContain(createHash('sha256').update(body).digest('hex').slice(0, 10))
    }
    expect((await app.request('/assets/page.0000000000.js')).status).toBe(404)
  })

  it('is sent small to who can unpack it, and not again to who has it', async () => {
    const path = /src="(\/assets\/[^"]+)"/.exec(await (await app.request('/')).text())?.[1] ?? ''
    const plain = await (await app.request(path)).text()
    const zipped = await app.request(path, { headers: { 'accept-encoding': 'gzip' } })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()).toBe(plain)
    const brotli = await app.request(path, { headers: { 'accept-encoding': 'gzip, deflate, br' } })
    expect(brotli.headers.get('content-encoding')).toBe('br')
    const refused = await app.request(path, { headers: { 'accept-encoding': 'br;q=0, gzip;q=0' } })
    expect(refused.headers.get('content-encoding')).toBeNull()
    const again = await app.request(path, { headers: { 'if-none-match': zipped.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
  })

  it('is the same for every dashboard', async () => {
    expect(await (await app.request('/d/spanmeter-overview')).text()).toBe(
      await (await app.request('/')).text(),
    )
  })
})

describe('the list of dashboards', () => {
  it('has everything that is drawn, and no SQL', async () => {
    const text = await (await app.request('/api/v1/dashboards')).text()
    const { dashboards } = JSON.parse(text) as {
      dashboards: { uid: string; panels: { id: number; refIds: string[] }[] }[]
    }
    expect(dashboards[0]?.uid).toBe('spanmeter-overview')
    for (const { refIds } of dashboards[0]?.panels ?? []) expect(refIds).toEqual(['A'])
    expect(text).not.toMatch(/SELECT|FROM spans|\$__/)
  })
})

describe('a panel', () => {
  beforeEach(() =>
    replaceRows(store.client, [
      call('2026-03-10T11:59:00Z', { cost: '0.000000000001' }),
      call('2026-03-10T11:00:00Z', { cost: '12.5', provider: 'anthropic', model: 'claude' }),
      call('2026-03-08T11:00:00Z', { cost: '99' }),
    ]),
  )

  it('answers with exact decimals for a range that moves with the time', async () => {
    const data = await json(`${panel}/1/data?from=now-24h&to=now`)
    expect(spendOf(data)).toBe('12.500000000001')
    expect(data).toMatchObject({ from: at - 86_400_000, to: at })
  })

  it('answers for a range in milliseconds, a zone and values of variables', async () => {
    const from = Date.parse('2026-03-08T00:00:00Z')
    expect(spendOf(await json(`${panel}/1/data?from=${from}&to=${at}&timezone=Asia/Kolkata`))).toBe(
      '111.500000000001',
    )
    expect(spendOf(await json(`${panel}/1/data?from=${from}&to=${at}&var-provider=anthropic`))).toBe('12.5')
    expect(
      spendOf(await json(`${panel}/1/data?from=${from}&to=${at}&var-provider=anthropic&var-provider=openai`)),
    ).toBe('111.500000000001')
    expect(spendOf(await json(`${panel}/1/data?from=${from}&to=${at}&var-provider=$__all`))).toBe(
      '111.500000000001',
    )
    expect(spendOf(await json(`${panel}/1/data?var-provider=${encodeURIComponent("') OR 1=1 --")}`))).toBe(
      '0',
    )
  })

  it('draws no shorter buckets than what is in them is sampled', async () => {
    const length = async (path: string) =>
      (await json(`/api/v1/dashboards/${path}/data?from=now-15m&to=now`)).intervalMs
    expect(await length('spanmeter-overview/panels/5')).toBe(30_000)
    expect(await length('spanmeter-collector/panels/7')).toBe(60_000)
  })

  it('asks the store once for what many ask at almost the same time, and again later', async () => {
    const query = vi.spyOn(store.reader, 'query')
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.request(`${panel}/1/data`)))
    expect(query).toHaveBeenCalledTimes(1)
    const etags = new Set(answers.map((answer) => answer.headers.get('etag')))
    expect(etags.size).toBe(1)
    const [etag] = etags
    expect(
      (await app.request(`${panel}/1/data`, { headers: { 'if-none-match': String(etag) } })).status,
    ).toBe(304)
    clock += 6_000
    await app.request(`${panel}/1/data`)
    expect(query).toHaveBeenCalledTimes(2)
    query.mockRestore()
  })

  it('keeps the store from being asked too much at once', async () => {
    let open = 0
    let most = 0
    const original = store.reader.query.bind(store.reader)
    const query = vi.spyOn(store.reader, 'query').mockImplementation(((params: never) => {
      most = Math.max(most, ++open)
      return original(params).finally(() => open--)
    }) as never)
    const paths = Array.from({ length: 22 }, (_, index) => `${panel}/${index + 1}/data`)
    const answers = await Promise.all(paths.map((path) => app.request(path)))
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200))
    expect(most).toBe(4)
    query.mockRestore()
  })

  it('asks once for panels that show numbers of the same calls', async () => {
    const range = `from=${Date.parse('2026-03-01T00:00:00Z')}&to=${Date.parse('2026-03-11T00:00:00Z')}`
    const query = vi.spyOn(store.reader, 'query')
    const numbers = await Promise.all(
      [7, 8, 11, 12].map(async (id) => await json(`${panel}/${id}/data?${range}`)),
    )
    expect(query).toHaveBeenCalledOnce()
    expect(numbers.map(({ frames }) => frames.A?.fields.map(({ name }: { name: string }) => name))).toEqual([
      ['requests', 'per_minute'],
      ['error_rate', 'errors'],
      ['tokens', 'cached'],
      ['unpriced', 'uncertain'],
    ])
    const charts = await Promise.all([13, 15].map(async (id) => await json(`${panel}/${id}/data?${range}`)))
    expect(query).toHaveBeenCalledTimes(2)
    expect(charts.map(({ frames }) => frames.A?.fields.map(({ name }: { name: string }) => name))).toEqual([
      ['time', 'succeeded', 'failed'],
      ['time', 'input', 'cache_read', 'cache_write', 'output'],
    ])
    query.mockRestore()
  })

  it('does not keep a failure, and says no more of it than it should', async () => {
    const query = vi
      .spyOn(store.reader, 'query')
      .mockRejectedValueOnce(
        Object.assign(new Error('connect 10.0.0.1 SELECT secret'), { code: 'ECONNREFUSED' }),
      )
    const failed = await app.request(`${panel}/1/data`)
    expect(failed.status).toBe(503)
    expect(failed.headers.get('content-type')).toBe('application/problem+json')
    expect(await failed.text()).not.toMatch(/SELECT|10\.0/)
    expect(report).toHaveBeenCalledOnce()
    query.mockRestore()
    expect((await app.request(`${panel}/1/data`)).status).toBe(200)
  })

  it.each([
    ['from=yesterday', 'from'],
    ['from=now&to=now-1h', 'from'],
    ['from=0&to=now', 'from'],
    ['timezone=Mars/Olympus', 'timezone'],
    ["timezone=UTC'", 'timezone'],
    ['maxDataPoints=0', 'maxDataPoints'],
    ['maxDataPoints=1e9', 'maxDataPoints'],
    ['var-secret=1', 'var-secret'],
    [`var-model=${'x'.repeat(600)}`, 'var-model'],
    [Array.from({ length: 101 }, (_, index) => `var-model=${index}`).join('&'), 'var-model'],
  ])('refuses %.40s and names it', async (query, name) => {
    const response = await app.request(`${panel}/1/data?${query}`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      type: 'urn:spanmeter:problem:bad-query',
      errors: [{ name }],
    })
  })

  it.each([
    `${panel}/999/data`,
    `${panel}/x/data`,
    '/api/v1/dashboards/none/panels/1/data',
    '/api/v1/dashboards/spanmeter-overview/variables/none/options',
  ])('has no %s', async (path) => {
    const response = await app.request(path)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })
})

describe('variables and status', () => {
  it('offer the values of the range, the ones that cost most first', async () => {
    await replaceRows(store.client, [
      call('2026-03-10T11:00:00Z', { tenant_id: 'small', cost: '1' }),
      call('2026-03-10T11:00:00Z', { tenant_id: 'large', cost: '2' }),
      call('2026-03-01T11:00:00Z', { tenant_id: 'old', cost: '3' }),
    ])
    const path = '/api/v1/dashboards/spanmeter-overview/variables/tenant/options'
    expect(await json(path)).toEqual({ options: ['large', 'small'] })
    const query = vi.spyOn(store.reader, 'query')
    const asked = '/api/v1/dashboards/spanmeter-overview'
    const names = ['tenant', 'environment', 'service', 'feature', 'provider', 'model']
    const all = await Promise.all(
      names.map((name) =>
        json(`${asked}/variables/${name}/options?from=${Date.parse('2026-03-10T10:30:00Z')}`),
      ),
    )
    expect(all).toEqual([
      { options: ['large', 'small'] },
      ...[{ options: [] }, { options: ['chat-api'] }, { options: [] }],
      ...[{ options: ['openai'] }, { options: ['gpt-4o-mini'] }],
    ])
    expect(query).toHaveBeenCalledOnce()
    query.mockRestore()
    expect(await json('/api/v1/dashboards/status')).toEqual({
      calls: 3,
      lastHour: Date.parse('2026-03-10T11:00:00Z'),
    })
  })

  it('say that nothing ever arrived', async () => {
    await replaceRows(store.client, [])
    expect(await json('/api/v1/dashboards/status')).toEqual({ calls: 0, lastHour: null })
  })
})
