/** Quality, stats, runs, meters, forecast and insights say what the calls say, on a real engine. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import { call, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
let engine: TestClickhouse
let app: ReturnType<typeof createApi>
beforeAll(async () => {
  engine = await startTestClickhouse()
  app = createApi({ reader: engine.reader, now: () => NOW, report: console.error })
})
afterAll(() => engine?.close())

// biome-ignore lint/suspicious/noExplicitAny: the answers are checked against their schemas elsewhere
async function ask(path: string): Promise<any> {
  const response = await app.request(`/api/v1/${path}`)
  const body = await response.json()
  expect([response.status, body.detail]).toEqual([200, undefined])
  return body
}
const failed = { status: 'error', cost: null, unpriced_reason: 'failed', usage_source: 'missing' }
const money = (list: readonly { cost_exact: string }[]): string =>
  formatDecimal(list.reduce((sum, entry) => sum + parseDecimal(entry.cost_exact), 0n))

test('quality: shares are of the calls that have something to bill', async () => {
  await replaceRows(engine.client, [
    call('2026-03-10T10:00:00Z', { user_id: 'u', cost: '3' }),
    call('2026-03-10T10:00:01Z', { usage_source: 'estimated', cost: '1' }),
    call('2026-03-10T10:00:02Z', { cost: null, unpriced_reason: 'unknown_model', model: 'new' }),
    call('2026-03-10T10:00:03Z', { cost_source: 'provider', cost: '0', tenant_id: '' }),
    call('2026-03-10T10:00:04Z', failed),
  ])
  const body = await ask('quality')
  expect(body).toMatchObject({
    ...{ calls: 5, failed_calls: 1, billable_calls: 4, complete_share: 0.75 },
    unpriced: { calls: 1, share: 0.25 },
    missing: { calls: 0, share: 0 },
    estimated: { calls: 1, share: 0.25 },
    billed_by_provider: { calls: 1, share: 0.25 },
  })
  const of = (attribute: string) =>
    body.unattributed.find((entry: { attribute: string }) => entry.attribute === attribute)
  expect(of('user_id')).toMatchObject({ calls: 3, share: 0.75, cost_exact: '1', cost_share: 0.25 })
  expect(of('tenant_id')).toMatchObject({ calls: 1, cost_exact: '0' })
  const { models } = await ask('quality/unpriced')
  expect(models).toEqual([
    {
      ...{ provider: 'openai', model: 'new', reason: 'unknown_model', calls: 1 },
      ...{ input_tokens: 100, output_tokens: 10 },
      ...{ first_seen: '2026-03-10T10:00:02.000Z', last_seen: '2026-03-10T10:00:02.000Z' },
    },
  ])
})

test('stats: speed, errors and uptime, in total and per provider', async () => {
  const at = (minute: number): string => new Date(NOW.getTime() - minute * 60_000).toISOString()
  await replaceRows(engine.client, [
    call(at(1), { duration_ns: '2000000000', time_to_first_chunk_ns: '500000000', cost: '1' }),
    call(at(1), { ...failed, http_status_code: 429, duration_ns: '2000000000' }),
    call(at(2), { ...failed, http_status_code: 503, provider: 'anthropic', duration_ns: '4000000000' }),
    call(at(3), { provider: 'anthropic', duration_ns: '4000000000', cost: '1' }),
    call(at(20), { ...failed, provider: 'anthropic' }),
  ])
  const health = await ask('health')
  expect([health.status, health.total.calls, health.total.uptime_ratio]).toEqual(['failing', 4, 2 / 3])
  const stats = await ask('stats')
  expect(stats.total).toMatchObject({
    calls: 5,
    errors: 3,
    rate_limited: 1,
    server_errors: 1,
    error_ratio: 0.6,
  })
  expect(stats.providers).toMatchObject([
    {
      provider: 'anthropic',
      calls: 3,
      uptime_ratio: 1 / 3,
      cost_per_success: 1,
      first_chunk_p50_seconds: null,
    },
    { provider: 'openai', calls: 2, uptime_ratio: 1, latency_p95_seconds: 2, first_chunk_p50_seconds: 0.5 },
  ])
  expect(await ask('stats/light')).toMatchObject({ calls: 5, errors: 3, cost_exact: '2' })
})

test('caches: what was read saved the difference of the list prices', async () => {
  const row = { input_uncached_tokens: 0, cache_read_tokens: 1_000_000, output_text_tokens: 0 }
  await replaceRows(engine.client, [
    call('2026-03-10T10:00:00Z', row),
    call('2026-03-10T10:00:00Z', { ...row, model: 'mystery' }),
  ])
  const { total, models } = await ask('stats/cache')
  const saved = Object.fromEntries(
    models.map((entry: { model: string; saved_usd: number | null }) => [entry.model, entry.saved_usd]),
  )
  expect(saved['gpt-4o-mini']).toBeCloseTo(0.15 - 0.075, 12)
  expect([saved.mystery, total.hit_ratio]).toEqual([null, 1])
})

test('runs: put together from their spans; only successful ones count against a limit', async () => {
  const run = { run_id: 'r1', run_name: 'report', user_id: 'u1' }
  await replaceRows(engine.client, [
    call('2026-03-10T10:00:00Z', { ...run, is_call: false, provider: '', cost: null, run_status: 'running' }),
    call('2026-03-10T10:00:01Z', { ...run, cost: '0.1', duration_ns: '9000000000' }),
    call('2026-03-10T10:00:02Z', { ...run, cost: '0.2', is_call: true, run_status: 'success' }),
    call('2026-03-10T11:00:00Z', { run_id: 'r2', run_status: 'failed', user_id: 'u1', cost: '0.4' }),
    call('2026-03-10T12:00:00Z', { run_id: 'r1', tenant_id: 'globex', run_status: 'running' }),
    call('2026-02-10T12:00:00Z', { run_id: 'r0', run_status: 'success', user_id: 'u1' }),
  ])
  const { runs } = await ask('runs')
  expect(
    runs.map((entry: Record<string, unknown>) => [
      entry.tenant_id,
      entry.run_id,
      entry.status,
      entry.cost_exact,
    ]),
  ).toEqual([
    ['globex', 'r1', 'running', '0.000021'],
    ['acme', 'r2', 'failed', '0.4'],
    ['acme', 'r1', 'success', '0.3'],
  ])
  expect(runs[2]).toMatchObject({
    ...{ calls: 2, name: 'report', user_id: 'u1', duration_seconds: 10, models: ['gpt-4o-mini'] },
    completed_at: '2026-03-10T10:00:10.000Z',
  })
  expect((await ask('runs?limit=1&offset=1')).runs).toEqual([runs[1]])
  expect((await ask('runs?status=failed')).runs).toEqual([runs[1]])
  const one = await ask('runs/r1?tenant_id=acme')
  expect([one.run, one.calls.length, one.has_more_calls]).toEqual([runs[2], 2, false])
  expect(await ask('runs/usage?user_id=u1&monthly_limit=1')).toMatchObject({
    monthlyUsage: { user_id: 'u1', month: '2026-03', total_runs: 2, successful_runs: 1, failed_runs: 1 },
    ...{ canRunMore: false, remaining: 0, status: 'limit_reached', resetsAt: '2026-04-01T00:00:00.000Z' },
  })
  const free = await ask('runs/usage?user_id=u1')
  expect([free.canRunMore, free.status, free.monthlyUsage.total_cost_exact]).toEqual([null, null, '0.7'])
})

test('meters: the parts sum to the total, by meter and by day', async () => {
  const record = {
    is_call: false,
    provider: '',
    operation: '',
    input_uncached_tokens: 0,
    output_text_tokens: 0,
  }
  await replaceRows(engine.client, [
    call('2026-03-09T10:00:00Z', { cost: '4.61' }),
    call('2026-03-10T10:00:00Z', {
      meter_name: 'api_call',
      meter_quantity: '1',
      meter_unit: 'call',
      cost: '0.01',
    }),
    call('2026-03-10T11:00:00Z', {
      ...record,
      meter_name: 'storage_mb',
      meter_quantity: '9.5',
      cost: '0.001',
    }),
    call('2026-03-11T11:00:00Z', { ...record, meter_name: 'storage_mb', meter_quantity: '7.25', cost: null }),
    call('2026-03-11T11:00:00Z', { ...record }),
  ])
  const body = await ask('usage/meters?period=week')
  expect(body.total).toMatchObject({ events: 4, cost_exact: '4.621' })
  expect([money(body.meters), money(body.days)]).toEqual(['4.621', '4.621'])
  expect(body.meters.map((entry: { meter: string }) => entry.meter)).toEqual([
    'ai_query',
    'api_call',
    'storage_mb',
  ])
  expect(body.meters[2]).toMatchObject({
    quantity_exact: '16.75',
    max_quantity_exact: '9.5',
    last_quantity_exact: '7.25',
  })
  const { meters } = await ask('tenants/acme/overview?period=week')
  expect(meters).toEqual(body)
})

test('insights: failed calls, retries, cheaper models, and hours of the zone that sum to the total', async () => {
  const work = {
    trace_id: 'a'.repeat(32),
    parent_span_id: 'b'.repeat(16),
    model: 'gpt-4o',
    request_model: 'gpt-4o',
  }
  await replaceRows(engine.client, [
    call('2026-03-10T23:30:00Z', { ...work, status: 'error', cost: '0.5' }),
    call('2026-03-10T23:30:01Z', { ...work, ...failed }),
    call('2026-03-10T23:30:02Z', { ...work, cost: '1' }),
    call('2026-03-10T10:00:00Z', { cost: '0.25' }),
  ])
  const body = await ask('insights?period=week&timezone=Europe/Berlin')
  expect(body.retries).toMatchObject({ failed_calls: 2, failed_cost_exact: '0.5', retries: 2, recovered: 1 })
  expect([money(body.heat_map), body.heat_map.length]).toEqual(['1.75', 168])
  const cell = body.heat_map.find((entry: { calls: number }) => entry.calls === 3)
  expect([cell.weekday, cell.hour]).toEqual([3, 0])
  expect(body.what_if[0]).toMatchObject({ model: 'gpt-4o', cheaper: [{ model: 'gpt-4o-mini' }] })
  expect(body.what_if[1]).toMatchObject({ model: 'gpt-4o-mini', cheaper: [] })
  expect(body.providers).toEqual([
    { provider: 'openai', successful_calls: 2, cost_per_success: 0.875, error_ratio: 0.5 },
  ])
})

test('forecast: days of the zone, nothing without history', async () => {
  const days = Array.from({ length: 60 }, (_, day) =>
    call(new Date(NOW.getTime() - day * 86_400_000).toISOString(), { cost: '2' }),
  )
  await replaceRows(engine.client, days)
  const body = await ask('forecast')
  expect(body).toMatchObject({ month: '2026-03', spent_exact: '22', history_days: 59 })
  expect(body.expected).toBeCloseTo(62, 9)
  expect([body.low, body.high]).toEqual([expect.closeTo(62, 9), expect.closeTo(62, 9)])
  // There it is the 12th already, and the first call of March was in February elsewhere.
  expect((await ask('forecast?timezone=Pacific/Auckland')).spent_exact).toBe('24')
  await replaceRows(engine.client, days.slice(0, 5))
  const short = await ask('forecast')
  expect([short.expected, short.low, short.spent_exact, short.history_days]).toEqual([null, null, '10', 4])
})

test('the dashboard of a tenant is what its parts answer alone', async () => {
  await replaceRows(engine.client, [
    call('2026-03-10T10:00:00Z', { cost: '1', feature: 'a' }),
    call('2026-03-11T10:00:00Z', { cost: '2', feature: 'b' }),
    call('2026-03-11T10:00:00Z', { cost: '4', tenant_id: 'globex' }),
  ])
  const body = await ask('tenants/acme/dashboard')
  expect(body.summary).toEqual(await ask('usage/summary?tenant_id=acme'))
  expect(body.series).toEqual(await ask('usage/series?tenant_id=acme&interval=day'))
  expect(body.breakdowns.feature).toEqual(await ask('usage/top?by=feature&tenant_id=acme'))
  expect(body.forecast).toEqual(await ask('forecast?tenant_id=acme'))
  expect(body.summary.total.cost_exact).toBe('3')
})
