/** Exports are what the API answers, streamed; a broken file never looks whole. */
import type { ClickHouseClient } from '@clickhouse/client'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import { exportEvents } from '../src/query/export-events.ts'
import { FOCUS_COLUMNS } from '../src/query/export-focus.ts'
import { USUAL_CREDITS } from '../src/rate/credits.ts'
import { call, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
const ROWS = 45_000
let engine: TestClickhouse
let app: ReturnType<typeof createApi>
const reported: unknown[] = []
beforeAll(async () => {
  engine = await startTestClickhouse()
  app = createApi({ reader: engine.reader, now: () => NOW, report: (error) => reported.push(error) })
  await replaceRows(
    engine.client,
    Array.from({ length: ROWS }, (_, index) =>
      call(new Date(NOW.getTime() - index * 17_000).toISOString(), {
        tenant_id: ['acme', '=HYPERLINK("x")', 'a,"b"\nc', ''][index % 4],
        user_id: index % 3 ? `u${index}` : '',
        cost: index % 10 === 0 ? null : formatDecimal(BigInt(index) * 1_000_007n),
        unpriced_reason: index % 10 === 0 ? 'unknown_model' : '',
        http_status_code: index % 2 ? 200 : 0,
        time_to_first_chunk_ns: index % 2 ? '123456789' : null,
      }),
    ),
  )
})
afterAll(() => engine?.close())

const get = (query: string) => app.request(`/api/v1/export?${query}`)
const total = async (query: string) =>
  ((await (await app.request(`/api/v1/usage/summary?${query}`)).json()) as { total: Record<string, unknown> })
    .total

/** Rows of a CSV file (RFC 4180). */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  const cell = /("(?:[^"]|"")*"|[^,\n]*)(,|\r?\n|$)/gy
  for (let match = cell.exec(text); match !== null && match[0] !== ''; match = cell.exec(text)) {
    const [, raw = '', end] = match
    rows.at(-1)?.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end !== ',') rows.push([])
  }
  return rows.filter((row) => row.length > 0)
}

test('JSON lines are the usage events, all of them, in order', async () => {
  const response = await get('period=month&format=jsonl')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-ndjson'])
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="usage-month.jsonl"')
  const events = (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(response.headers.get('x-total-count')).toBe(String(events.length))
  const page = await app.request('/api/v1/usage/events?period=month&sort=timestamp&limit=1000')
  expect(events.slice(0, 1000)).toEqual(((await page.json()) as { events: unknown[] }).events)
  const { calls, cost_exact, unpriced_calls } = await total('period=month')
  expect(events.length).toBe(calls)
  expect(events.filter((event) => event.cost_exact === null).length).toBe(unpriced_calls)
  const sum = events.reduce((sum, event) => sum + parseDecimal(event.cost_exact ?? '0'), 0n)
  expect(formatDecimal(sum)).toBe(cost_exact)
  const times = events.map((event) => event.timestamp)
  expect(times).toEqual([...times].sort())
})

test('CSV has the same rows; no cell is a formula', async () => {
  const [header = [], ...rows] = parseCsv(await (await get('period=week&format=csv')).text())
  const column = (name: string): string[] => rows.map((row) => row[header.indexOf(name)] ?? 'none')
  const { calls, cost_exact } = await total('period=week')
  expect(rows.length).toBe(calls)
  const sum = column('cost_exact').reduce(
    (sum, cost) => sum + parseDecimal(cost === '' || cost === '\\N' ? '0' : cost),
    0n,
  )
  expect(formatDecimal(sum)).toBe(cost_exact)
  expect([...new Set(column('tenant_id'))].sort()).toEqual(['', `'=HYPERLINK("x")`, 'a,"b" c', 'acme'])
  expect(rows.every((row) => row.length === header.length)).toBe(true)
  expect(column('http_status_code').some((value) => value === '\\N')).toBe(false)
})

test('a byte-order mark where CSV is asked for with one', async () => {
  const bytes = async (query: string) => Buffer.from(await (await get(`period=week&${query}`)).arrayBuffer())
  for (const format of ['csv', 'focus']) {
    const plain = await bytes(`format=${format}`)
    expect(plain[0]).not.toBe(0xef)
    const marked = await bytes(`format=${format}&bom=true`)
    expect(marked.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]))
    expect(marked.subarray(3).equals(plain)).toBe(true)
  }
  expect((await bytes('format=jsonl&bom=true')).equals(await bytes('format=jsonl'))).toBe(true)
})

test('Parquet holds the same calls', async () => {
  const response = await get('period=week&format=parquet&tenant_id=acme')
  const bytes = Buffer.from(await response.arrayBuffer())
  expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString()]).toEqual(['PAR1', 'PAR1'])
  await engine.client.command({
    query:
      'CREATE TABLE parquet_copy (event_id String, tenant_id Nullable(String), cost_exact Nullable(Decimal(38, 12))) ENGINE = Memory',
  })
  const url = new URL(engine.url)
  url.searchParams.set('query', 'INSERT INTO spanmeter.parquet_copy FORMAT Parquet')
  const sent = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`app:${engine.appPassword}`).toString('base64')}` },
    body: bytes,
  })
  expect([sent.status, await sent.text()]).toEqual([200, ''])
  const result = await engine.client.query({
    query:
      'SELECT toString(count()) AS calls, toString(sum(cost_exact)) AS cost, any(tenant_id) AS tenant FROM parquet_copy',
    format: 'JSONEachRow',
  })
  const { calls, cost_exact } = await total('period=week&tenant_id=acme')
  expect(await result.json()).toEqual([{ calls: String(calls), cost: cost_exact, tenant: 'acme' }])
})

test('FOCUS: the columns of 1.2, and billed costs that sum to the total', async () => {
  const response = await get('period=week&format=focus')
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="focus-week.csv"')
  const [header = [], ...rows] = parseCsv(await response.text())
  expect(header).toEqual(FOCUS_COLUMNS)
  const { cost_exact, unpriced_calls, calls } = await total('period=week')
  const at = (name: string): string[] => rows.map((row) => row[header.indexOf(name)] ?? 'none')
  for (const name of ['BilledCost', 'EffectiveCost', 'ListCost', 'ContractedCost'])
    expect(formatDecimal(at(name).reduce((sum, cost) => sum + parseDecimal(cost), 0n))).toBe(cost_exact)
  const tags = at('Tags').map((text) => JSON.parse(text))
  expect(tags.reduce((sum, tag) => sum + Number(tag.unpriced_calls), 0)).toBe(unpriced_calls)
  expect(tags.reduce((sum, tag) => sum + Number(tag.calls), 0)).toBe(calls)
  expect([...new Set(at('ChargePeriodStart'))]).toEqual([
    '2026-03-09T00:00:00Z',
    '2026-03-10T00:00:00Z',
    '2026-03-11T00:00:00Z',
  ])
  expect(at('BillingPeriodEnd')[0]).toBe('2026-04-01T00:00:00Z')
  expect(at('SubAccountId')).toContain(`'=HYPERLINK("x")`)
})

test('without calls: a header, no lines, an empty set', async () => {
  const empty = 'startDate=2020-01-01&endDate=2020-01-02'
  expect(parseCsv(await (await get(`${empty}&format=csv`)).text()).length).toBe(1)
  expect(await (await get(`${empty}&format=jsonl`)).text()).toBe('')
  expect(parseCsv(await (await get(`${empty}&format=focus`)).text())).toEqual([FOCUS_COLUMNS])
})

test('an answer that the store breaks off breaks the file', async () => {
  let queries = 0
  const broken = new Proxy(engine.reader, {
    get(target, name) {
      if (name !== 'exec') return Reflect.get(target, name).bind(target)
      return async (params: Parameters<ClickHouseClient['exec']>[0]) => {
        queries += 1
        const query = queries === 2 ? params.query.replace('FORMAT', 'LIMIT 10 FORMAT') : params.query
        return await target.exec({ ...params, query })
      }
    },
  }) as ClickHouseClient
  const range = { start: NOW.getTime() - 20 * 86_400_000, end: NOW.getTime() }
  const { rows, bytes } = await exportEvents(
    { reader: broken },
    range,
    {},
    { format: 'csv', rates: USUAL_CREDITS },
  )
  expect(rows).toBeGreaterThan(40_000)
  await expect(async () => {
    for await (const _ of bytes) {
      // read to the end
    }
  }).rejects.toThrow('broke off')
})

test('a reader that stops takes no place; too many exports are told to wait', async () => {
  const open = await Promise.all([1, 2, 3, 4].map(() => get('period=month&format=jsonl')))
  const refused = await get('period=month')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  for (const response of open) await response.body?.cancel()
  const again = await get('period=today')
  expect(again.status).toBe(200)
  await again.text()
  expect(reported).toEqual([])
})
