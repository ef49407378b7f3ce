/**
 * The laws across everything that answers: the page, the API, Grafana's own queries and the files say the same about
 * the same calls, in every zone, to the last decimal, and still do after calls were rated anew.
 */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import {
  dashboards,
  expand,
  type Frame,
  frameOf,
  LATENESS,
  type StringRows,
  withInstants,
} from '@spanmeter/dashboards'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Amounts } from '../src/api/amounts.ts'
import { createApi } from '../src/api/app.ts'
import { createDashboardRoutes } from '../src/api/dashboards.ts'
import { readConfig } from '../src/config/read.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import { DIMENSION_NAMES } from '../src/query/dimensions.ts'
import { setOwnPrices } from '../src/rate/rate-span.ts'
import { rerate } from '../src/rerate/rerate.ts'
import { Writer } from '../src/write/writer.ts'
import { FIRST, LAST, randomCalls } from './random-calls.ts'
import { replaceRows } from './span-rows.ts'

const ROWS = 2000
const HOUR = 3_600_000
const NOW = Date.parse('2026-04-12T00:00:00Z')
const ZONES = Intl.supportedValuesOf('timeZone')
let engine: TestClickhouse
let api: ReturnType<typeof createApi>
let page: ReturnType<typeof createDashboardRoutes>
beforeAll(async () => {
  engine = await startTestClickhouse()
  // the calls are of a day that is long ago by the engine's clock: what is kept is not the question here
  await engine.client.command({ query: 'SYSTEM STOP TTL MERGES' })
  const options = { reader: engine.reader, now: () => new Date(NOW), report: console.error }
  api = createApi(options)
  page = createDashboardRoutes(options)
  await replaceRows(engine.client, randomCalls(ROWS, 20_260_408))
  await engine.client.command({
    query: 'CREATE TABLE parquet_copy (cost_exact Nullable(Decimal(38, 12))) ENGINE = Memory',
  })
})
afterAll(async () => {
  setOwnPrices([])
  await engine?.close()
})

/** An answer. */
const json = async (
  app: { request(path: string): Response | Promise<Response> },
  path: string,
  // biome-ignore lint/suspicious/noExplicitAny: the shapes of answers have tests of their own
): Promise<any> => {
  const response = await app.request(path)
  expect([path, response.status]).toEqual([path, 200])
  return await response.json()
}
const sum = (amounts: readonly string[]): string =>
  formatDecimal(amounts.reduce((total, amount) => total + parseDecimal(amount), 0n))
const costs = (entries: readonly { cost_exact: string }[]): string =>
  sum(entries.map((entry) => entry.cost_exact))

interface Choice {
  start: number
  end: number
  timezone: string
  filters: Readonly<Record<string, readonly string[]>>
}
const choice: fc.Arbitrary<Choice> = fc
  .tuple(
    fc.integer({ min: FIRST, max: LAST - 1 }),
    fc.integer({ min: 1, max: 40 * 24 * HOUR }),
    fc.constantFrom(1, HOUR, 24 * HOUR),
    fc.constantFrom(...ZONES),
    fc.constantFrom<Choice['filters']>(
      {},
      {},
      { tenant: ['acme', "d'\\\n"] },
      { provider: ['openai', 'google'], environment: ['production'] },
      { service: ['worker'], feature: ['chat', 'search'], model: ['gpt-4o', 'ours'] },
    ),
  )
  .map(([from, length, grain, timezone, filters]) => {
    const start = from - (from % grain)
    return { start, end: start + Math.max(grain, length - (length % grain)), timezone, filters }
  })

/** The choice as the API is asked. */
function apiQuery({ start, end, timezone, filters }: Choice, more: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    ...{ startDate: new Date(start).toISOString(), endDate: new Date(end).toISOString(), timezone },
    ...more,
  })
  for (const [name, values] of Object.entries(filters))
    for (const value of values) query.append(name === 'tenant' ? 'tenant_id' : name, value)
  return query.toString()
}
const totalOf = async (asked: Choice): Promise<Amounts> =>
  (await json(api, `/api/v1/usage/summary?${apiQuery(asked)}`)).total

/** A panel of the page; its range has both ends inclusive. */
async function panelOf({ start, end, timezone, filters }: Choice, uid: string, id: number) {
  const query = new URLSearchParams({ from: String(start), to: String(end - 1), timezone })
  for (const [name, values] of Object.entries(filters))
    for (const value of values) query.append(`var-${name}`, value)
  const { frames, intervalMs } = await json(page, `/api/v1/dashboards/${uid}/panels/${id}/data?${query}`)
  return { frame: frames.A as Frame, intervalMs: intervalMs as number }
}

/** Panel → column (or all of them) → what it adds up to. */
type Sums = readonly (readonly [string, number, string, keyof Amounts])[]
const ALL = '*'
const SUMS: Sums = [
  ['overview', 1, 'spend', 'cost_exact'],
  ['overview', 5, ALL, 'cost_exact'],
  ['overview', 6, ALL, 'cost_exact'],
  ['overview', 7, 'requests', 'calls'],
  ['overview', 8, 'errors', 'errors'],
  ['overview', 11, 'tokens', 'total_tokens'],
  ['overview', 13, ALL, 'calls'],
  ['overview', 15, ALL, 'total_tokens'],
  ['overview', 16, 'cost', 'cost_exact'],
  ['overview', 17, 'cost', 'cost_exact'],
  ['overview', 18, 'cost', 'cost_exact'],
  ['overview', 19, 'requests', 'calls'],
  ['overview', 21, 'requests', 'unpriced_calls'],
  ['models', 5, ALL, 'total_tokens'],
  ['models', 7, ALL, 'input_tokens'],
  ['models', 8, ALL, 'output_tokens'],
  ['models', 10, 'requests', 'calls'],
  ['models', 10, 'input', 'input_tokens'],
  ['models', 10, 'output', 'output_tokens'],
  ['models', 10, 'unpriced', 'unpriced_calls'],
  ['models', 10, 'cost', 'cost_exact'],
  ['customers', 5, ALL, 'cost_exact'],
  ['customers', 6, ALL, 'cost_exact'],
  ['customers', 7, 'requests', 'calls'],
  ['customers', 7, 'tokens', 'total_tokens'],
  ['customers', 7, 'cost', 'cost_exact'],
  ['customers', 9, 'requests', 'calls'],
  ['customers', 9, 'cost', 'cost_exact'],
  ['reliability', 1, 'errors', 'errors'],
  ['reliability', 5, ALL, 'errors'],
  ['reliability', 9, 'requests', 'calls'],
  ['reliability', 9, 'cost', 'cost_exact'],
  ['quality', 5, ALL, 'calls'],
  ['quality', 6, ALL, 'unpriced_calls'],
  ['quality', 7, 'requests', 'unpriced_calls'],
  ['quality', 11, 'requests', 'calls'],
  ['quality', 11, 'cost', 'cost_exact'],
]
/** Panels of those who have a name, and the dimension whose other entries they leave out. */
const NAMED = [
  ['overview', 20, 'conversation', 'conversation_id'],
  ['customers', 10, 'agent', 'agent_id'],
  ['customers', 11, 'user', 'user_id'],
  ['customers', 12, 'conversation', 'conversation_id'],
  ['customers', 13, 'run', 'run_id'],
] as const

/** The sum of a column, exact. */
function sumOf(frame: Frame, column: string): string {
  const fields = frame.fields.filter(({ name, type }) =>
    column === ALL ? type === 'number' || type === 'decimal' : name === column,
  )
  return sum(fields.flatMap(({ values }) => values.map((value) => String(value ?? 0))))
}

async function panelsSayWhatTheApiSays(asked: Choice): Promise<void> {
  const total = await totalOf(asked)
  await Promise.all(
    SUMS.map(async ([uid, id, column, amount]) => {
      const { frame } = await panelOf(asked, `spanmeter-${uid}`, id)
      expect([uid, id, column, sumOf(frame, column)]).toEqual([uid, id, column, String(total[amount])])
    }),
  )
  for (const [uid, id, by, key] of NAMED) {
    const { entries } = await json(api, `/api/v1/usage/breakdown?${apiQuery(asked, { by, limit: '50' })}`)
    const named = entries.filter((entry: { key: Record<string, string | null> }) => entry.key[key] !== null)
    const { frame } = await panelOf(asked, `spanmeter-${uid}`, id)
    expect([uid, id, sumOf(frame, 'cost')]).toEqual([uid, id, costs(named)])
  }
}

/** The queries in the files that Grafana loads, expanded as Grafana does, give what the page shows. */
async function grafanaShowsWhatThePageShows(asked: Choice): Promise<void> {
  const { start, end, timezone, filters } = asked
  for (const { uid, panels, variables } of dashboards) {
    const file = new URL(`../../dashboards/grafana/dashboards/${uid}.json`, import.meta.url)
    const { panels: emitted } = JSON.parse(await readFile(fileURLToPath(file), 'utf8'))
    const values = Object.fromEntries(variables.map(({ name }) => [name, filters[name] ?? ('all' as const)]))
    for (const { id, targets } of panels.filter((panel) => panel.targets.length > 0)) {
      const [target] = targets
      if (target === undefined || SUMS.every(([name, panel]) => `spanmeter-${name}` !== uid || panel !== id))
        continue
      const { rawSql } = emitted.find((panel: { id: number }) => panel.id === id).targets[0]
      const { frame, intervalMs } = await panelOf(asked, uid, id)
      const query = expand(rawSql, {
        ...{ from: start, to: end - 1, now: Date.now() },
        ...{ timezone, intervalMs, variables: values },
      })
      const result = await engine.reader.query({
        query: withInstants(query, target),
        format: 'JSONCompactStrings',
      })
      expect([uid, id, frameOf((await result.json()) as unknown as StringRows, target)]).toEqual([
        uid,
        id,
        frame,
      ])
    }
  }
}

async function partsAddUp(asked: Choice): Promise<void> {
  const { cost_exact, calls } = await totalOf(asked)
  const check = (name: string, parts: readonly { cost_exact: string; calls?: number }[]): void => {
    expect([name, costs(parts)]).toEqual([name, cost_exact])
    if (parts[0]?.calls === undefined) return
    expect([name, parts.reduce((total, part) => total + Number(part.calls), 0)]).toEqual([name, calls])
  }
  for (const by of DIMENSION_NAMES) {
    check(by, (await json(api, `/api/v1/usage/breakdown?${apiQuery(asked, { by, limit: '2' })}`)).entries)
    const { series } = await json(
      api,
      `/api/v1/usage/series?${apiQuery(asked, { by, limit: '2', interval: 'week' })}`,
    )
    check(
      `weeks by ${by}`,
      series.flatMap((entry: { points: { cost_exact: string }[] }) => entry.points),
    )
  }
  for (const interval of ['day', 'week', 'month']) {
    const { series } = await json(api, `/api/v1/usage/series?${apiQuery(asked, { interval })}`)
    check(interval, series[0].points)
  }
  const { providers, heat_map } = await json(api, `/api/v1/insights?${apiQuery(asked)}`)
  check('hours of the week', heat_map)
  expect(providers.length > 0).toBe(calls > 0)
  const meters = await json(api, `/api/v1/usage/meters?${apiQuery(asked)}`)
  check('meters', meters.meters)
  check('days of meters', meters.days)
  expect((await json(api, `/api/v1/quality?${apiQuery(asked)}`)).cost_exact ?? cost_exact).toBe(cost_exact)
}

async function filesHaveTheTotal(asked: Choice): Promise<void> {
  const { cost_exact, calls } = await totalOf(asked)
  const get = async (format: string) =>
    Buffer.from(await (await api.request(`/api/v1/export?${apiQuery(asked, { format })}`)).arrayBuffer())
  const events = (await get('jsonl'))
    .toString()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  expect([events.length, sum(events.map((event) => event.cost_exact ?? '0'))]).toEqual([calls, cost_exact])
  const [header = '', ...lines] = (await get('csv')).toString().trimEnd().split('\n')
  const at = header.split(',').length - header.split(',').indexOf('cost_exact')
  // the columns behind it hold neither commas nor quotes
  const cells = lines.map((line) => line.split(',').at(-at)?.replaceAll('"', '') || '0')
  expect([lines.length, sum(cells)]).toEqual([calls, cost_exact])
  expect(await parquetSum(await get('parquet'))).toEqual([calls, cost_exact])
  const [names = '', ...charges] = (await get('focus')).toString().trimEnd().split('\n')
  expect(names.startsWith('BilledCost,')).toBe(true)
  expect(sum(charges.map((line) => line.split(',')[0]?.replaceAll('"', '') ?? 'none'))).toBe(cost_exact)
}

async function parquetSum(bytes: Buffer<ArrayBuffer>): Promise<unknown> {
  await engine.client.command({ query: 'TRUNCATE TABLE parquet_copy' })
  const url = new URL(engine.url)
  url.searchParams.set('query', 'INSERT INTO spanmeter.parquet_copy FORMAT Parquet')
  const authorization = `Basic ${Buffer.from(`app:${engine.appPassword}`).toString('base64')}`
  const sent = await fetch(url, { method: 'POST', headers: { authorization }, body: bytes })
  expect([sent.status, await sent.text()]).toEqual([200, ''])
  const result = await engine.client.query({
    query: 'SELECT toUInt32(count()) AS calls, toString(sum(cost_exact)) AS cost FROM parquet_copy',
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ calls: number; cost: string | null }>()
  return [row?.calls, sum([row?.cost ?? '0'])]
}

/** What the rollups hold is what their calls hold, by every column that a rollup has. */
async function rollupsAreTheCalls(): Promise<void> {
  const names = 'tenant_id, provider, model, operation, service_name, environment, feature, agent_id'
  const query = (columns: string, from: string) => `SELECT ${columns} FROM ${from} GROUP BY ALL ORDER BY ALL`
  const read = async (sql: string) =>
    await (await engine.client.query({ query: sql, format: 'JSONCompactStringsEachRow' })).json()
  const answers = ['missing', 'estimated'].map(
    (source) =>
      [
        `sum(${source}_answers)`,
        `countIf(usage_source = '${source}' AND unpriced_reason != 'failed')`,
      ] as const,
  )
  const quality = [
    ...answers,
    ['sum(provider_billed_calls)', "countIf(cost_source = 'provider')"],
    ['sum(service_rated_calls)', "countIf(cost_source = 'local' AND isNotNull(cost))"],
    ['sum(collector_rated_calls)', "countIf(cost_source = 'collector' AND isNotNull(cost))"],
    ...['user', 'conversation'].flatMap((name) => [
      [`sum(${name}less_calls)`, `countIf(${name}_id = '')`],
      [`sum(${name}less_failed_calls)`, `countIf(${name}_id = '' AND unpriced_reason = 'failed')`],
      [`sum(${name}less_cost)`, `sumIf(ifNull(cost, 0), ${name}_id = '')`],
    ]),
  ] as const
  const hour = ['hour', 'toStartOfHour(start_time)'] as const
  const day = ['day', 'toDate(start_time)'] as const
  const work = `${names}, user_id, conversation_id, run_id, meter_name`
  const spoken =
    "toDateTime64(min(start_time), 3, 'UTC'), toDateTime64(max(start_time + toIntervalNanosecond(duration_ns)), 3, 'UTC')"
  for (const [table, [bucket, of], key, sums] of [
    ['rollup_cost_hour', hour, `${names}, meter_name`, quality],
    ['rollup_cost_day', day, `${names}, meter_name`, quality],
    ['rollup_detail_hour', hour, work, [...answers, ['min(started), max(ended)', spoken]]],
    ['rollup_user_day', day, 'tenant_id, user_id, environment', []],
  ] as const) {
    const columns = (side: 0 | 1) => sums.map((pair) => `, ${pair[side]}`).join('')
    const rolled = await read(
      query(
        `${bucket}, ${key}, toUInt64(sum(calls)) AS n, sum(cost), sum(unpriced_calls)${columns(0)}`,
        `${table}`,
      ),
    )
    const raw = await read(
      query(
        `${of} AS b, ${key}, count() AS n, sum(ifNull(cost, 0)), countIf(isNull(cost) AND unpriced_reason != 'failed')${columns(1)}`,
        'spans WHERE is_call',
      ),
    )
    expect([table, rolled]).toEqual([table, raw])
  }
  const talk = 'day, tenant_id, environment, conversation'
  expect(
    await read(
      query(
        `${talk}, min(first_hour), max(last_hour), toUInt64(sum(calls)), sum(input_tokens), sum(output_tokens), sum(cost)`,
        'rollup_conversation_day',
      ),
    ),
  ).toEqual(
    await read(
      query(
        `toDate(start_time) AS day, tenant_id, environment, if(conversation_id = '', 0, cityHash64(tenant_id, conversation_id)) AS conversation,
          toStartOfHour(min(start_time)), toStartOfHour(max(start_time)), count(), sum(spans.input_tokens),
          sum(spans.output_tokens), sum(ifNull(cost, 0))`,
        'spans WHERE is_call',
      ),
    ),
  )
  const sender = 'tenant_id, service_name, environment'
  expect(
    await read(
      query(
        `${sender}, arrived, hour, toUInt64(sum(came)) AS spans, toUInt64(sum(within_5s)) AS soon`,
        'rollup_arrival_hour',
      ),
    ),
  ).toEqual(
    await read(
      query(
        `${sender}, toStartOfHour(ingested_at) AS arrived, toStartOfHour(start_time) AS hour, count() AS spans,
          countIf(${LATENESS} <= 5) AS soon`,
        'spans',
      ),
    ),
  )
  const wide = `toStartOfHour(start_time) AS hour, ${names}, user_id, conversation_id, run_id`
  const rolledWide = wide.replace('toStartOfHour(start_time) AS ', '')
  const tokens = (condition: string) =>
    `sumIf(spans.input_tokens, ${condition}), sumIf(spans.output_tokens, ${condition})`
  const unpriced = "is_call AND isNull(cost) AND unpriced_reason != 'failed'"
  expect(
    await read(
      query(
        `${rolledWide}, unpriced_reason, toUInt64(sum(calls)), sum(input_tokens), sum(output_tokens), min(first_call), max(last_call)`,
        'rollup_unpriced_hour',
      ),
    ),
  ).toEqual(
    await read(
      query(
        `${wide}, unpriced_reason, count(), ${tokens('true')}, min(start_time), max(start_time)`,
        `spans WHERE ${unpriced}`,
      ),
    ),
  )
  expect(
    await read(
      query(
        `${rolledWide}, is_call, sum(members), sum(calls), sum(errors), sum(input_tokens), sum(output_tokens), sum(cost),
          sum(unpriced_calls), min(started), max(last_started), max(ended), max(running)`,
        'rollup_run_hour',
      ),
    ),
  ).toEqual(
    await read(
      query(
        `${wide}, is_call, count(), countIf(is_call), countIf(is_call AND status = 'error'), ${tokens('is_call')},
          sumIf(ifNull(cost, 0), is_call), countIf(${unpriced}), min(start_time), max(start_time),
          max(start_time + toIntervalNanosecond(duration_ns)), max(toUInt8(run_status = 'running'))`,
        "spans WHERE run_id != ''",
      ),
    ),
  )
}

const laws = (seed: number) => {
  const many = (law: (asked: Choice) => Promise<void>, numRuns: number) => () =>
    fc.assert(fc.asyncProperty(choice, law), { numRuns, seed })
  test('a panel of the page adds up to what the API says', many(panelsSayWhatTheApiSays, 8))
  test('Grafana shows what the page shows', many(grafanaShowsWhatThePageShows, 3))
  test('by every dimension, interval and meter the parts add up to the total', many(partsAddUp, 4))
  test('every file has the calls and the cost of the total', many(filesHaveTheTotal, 5))
  test('rollups hold what the calls hold', rollupsAreTheCalls)
  test('in any zone the days of the page are the days of the API', () =>
    fc.assert(fc.asyncProperty(choice, daysAreTheSame), { numRuns: 30, seed }))
}

async function daysAreTheSame(asked: Choice): Promise<void> {
  const whole = { ...asked, end: asked.start + 30 * 24 * HOUR }
  const { frame, intervalMs } = await panelOf(whole, 'spanmeter-overview', 5)
  expect(intervalMs).toBe(24 * HOUR)
  const { series, total } = await json(api, `/api/v1/usage/series?${apiQuery(whole, { interval: 'day' })}`)
  const shown = new Map<number, string>()
  const [time, ...spent] = frame.fields
  for (const [index, at] of (time?.values ?? []).entries())
    shown.set(Number(at), sum(spent.map(({ values }) => String(values[index] ?? 0))))
  const points: { start: string; cost_exact: string }[] = series[0].points
  expect(costs(points)).toBe(total.cost_exact)
  for (const [index, { start, cost_exact }] of points.entries()) {
    // the page draws the first day from its midnight on, also where the range begins later
    const from = index === 0 ? [...shown.keys()].filter((at) => at <= Date.parse(start)) : [Date.parse(start)]
    expect([start, sum(from.map((at) => shown.get(at) ?? '0'))]).toEqual([start, cost_exact])
  }
}

describe('as calls came in', () => laws(1))

describe('after calls were rated anew', () => {
  beforeAll(async () => {
    const all = { start: FIRST, end: LAST + 1, timezone: 'UTC', filters: {} }
    const before = await totalOf(all)
    setOwnPrices(
      readConfig(
        {},
        JSON.stringify({
          prices: [
            { name: 'ours', model: 'ours', perMillion: { input: '0.2', output: '0.4' } },
            { name: 'acme', tenants: ['acme'], provider: 'openai', model: 'gpt-4o', multiplier: '0.37' },
          ],
        }),
      ).prices,
    )
    const { client } = engine
    const writer = new Writer({
      client,
      read: () => Promise.reject(new Error('none')),
      done: async () => {},
      now: () => NOW,
    })
    const options = {
      client,
      changeStored: writer.changeStored.bind(writer),
      now: () => NOW,
    }
    // two runs, the second one over a part: a call may have several adjustments
    await rerate(options, { from: FIRST, to: FIRST + 14 * 24 * HOUR }, true)
    setOwnPrices([])
    const { changed } = await rerate(options, { from: FIRST, to: FIRST + 5 * 24 * HOUR }, true)
    expect(changed).toBeGreaterThan(0)
    const result = await client.query({
      query: 'SELECT toString(sum(new_cost - ifNull(old_cost, 0))) AS by FROM cost_adjustments',
      format: 'JSONEachRow',
    })
    const [row] = await result.json<{ by: string }>()
    expect(sum([before.cost_exact, row?.by ?? 'none'])).toBe((await totalOf(all)).cost_exact)
    expect(row?.by).not.toBe('0')
  }, 180_000)
  laws(2)
})
