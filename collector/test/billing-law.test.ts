/**
 * The law of the billing answer on a real engine: whatever the calls, the zone, the range and the filters, the
 * days, the models and the agents each sum to the total, exactly, and every source says what the calls in memory say.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BillingUsage, billingUsage } from '../src/query/billing-usage.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import type { Filters } from '../src/query/filters.ts'
import { type Period, resolvePeriod } from '../src/query/period.ts'
import { dateAt } from '../src/query/zone.ts'
import { call, replaceRows, type SpanRow } from './span-rows.ts'

let engine: TestClickhouse
const rows: SpanRow[] = []
const FIRST = Date.parse('2026-02-25T00:00:00Z')
const LAST = Date.parse('2026-04-05T00:00:00Z')
/** On 8 March clocks go forward in New York, on 29 March in London; Kolkata and Kathmandu have no whole hours. */
const ZONES = ['UTC', 'Asia/Kolkata', 'America/New_York', 'Europe/London', 'Asia/Kathmandu', 'Pacific/Apia']

beforeAll(async () => {
  engine = await startTestClickhouse()
  const random = fc.sample(
    fc.record({
      at: fc.integer({ min: FIRST, max: LAST }),
      nanos: fc.integer({ min: 0, max: 999_999 }),
      model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'claude', ''),
      provider: fc.constantFrom('openai', 'anthropic'),
      tenant: fc.constantFrom('acme', 'globex', ''),
      agent: fc.constantFrom(['', ''], ['', 'nameless'], ['a1', 'One'], ['a2', '']),
      cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 16n }), { nil: null, freq: 6 }),
      reason: fc.constantFrom('unknown_model', 'missing_usage', 'failed'),
      source: fc.constantFrom('provider', 'estimated', 'missing'),
      status: fc.constantFrom('unset', 'ok', 'error'),
      isCall: fc.integer({ min: 0, max: 9 }).map((value) => value > 0),
      buckets: fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 11, maxLength: 11 }),
    }),
    { numRuns: 4000, seed: 20_260_301 },
  )
  const edges = [
    '2026-03-08T05:00:00Z',
    '2026-03-09T04:00:00Z',
    '2026-03-09T03:59:59.999999999Z',
    '2026-03-01T18:30:00Z',
    '2026-03-01T00:00:00Z',
    '2026-03-31T23:59:59.999999999Z',
  ]
  rows.push(...edges.map((edge) => call(edge)))
  for (const item of random)
    rows.push(
      call(`${new Date(item.at).toISOString().slice(0, 23)}${String(item.nanos).padStart(6, '0')}`, {
        is_call: item.isCall,
        model: item.model,
        provider: item.provider,
        tenant_id: item.tenant,
        agent_id: item.agent[0],
        agent_name: item.agent[1],
        cost: item.cost === null ? null : formatDecimal(item.cost),
        unpriced_reason: item.cost === null ? item.reason : '',
        usage_source: item.source,
        status: item.status,
        ...Object.fromEntries(BUCKETS.map((name, index) => [name, item.buckets[index]])),
      }),
    )
  await replaceRows(engine.client, rows)
})
afterAll(() => engine?.close())

const INPUT = [
  'input_uncached_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'cache_write_other_tokens',
  'input_audio_tokens',
  'input_image_tokens',
]
const OUTPUT = ['output_text_tokens', 'reasoning_tokens', 'output_audio_tokens', 'output_image_tokens']
const BUCKETS = [...INPUT, ...OUTPUT]

/** The answer computed from the rows in memory, by another road than SQL. */
function expected(period: Period, filters: Filters) {
  const days = new Map<string, bigint>(period.days.map((day) => [day.date, 0n]))
  let [cost, input, output, calls, unpriced] = [0n, 0, 0, 0, 0]
  for (const row of rows) {
    const at = Date.parse(`${row.start_time.replace(' ', 'T')}Z`)
    const inside = row.is_call && at >= period.start && at < period.end
    if (!inside || (filters.tenant_id && !filters.tenant_id.includes(row.tenant_id as string))) continue
    const units = row.cost === null ? 0n : parseDecimal(row.cost as string)
    const date = dateAt(at, period.timezone).toString()
    days.set(date, (days.get(date) ?? 0n) + units)
    cost += units
    for (const name of INPUT) input += Number(row[name] ?? 0)
    for (const name of OUTPUT) output += Number(row[name] ?? 0)
    calls += 1
    if (row.cost === null && row.unpriced_reason !== 'failed') unpriced += 1
  }
  return { days, cost, input, output, calls, unpriced }
}

const sum = (list: readonly { cost: string }[]): bigint =>
  list.reduce((total, row) => total + parseDecimal(row.cost), 0n)
const ask = (
  period: Period,
  filters: Filters,
  reader: ClickHouseClient = engine.reader,
): Promise<BillingUsage> => billingUsage({ reader }, period, filters)

async function checkLaw(period: Period, filters: Filters): Promise<void> {
  const want = expected(period, filters)
  const got = await ask(period, filters)
  expect(parseDecimal(got.total.cost)).toBe(want.cost)
  expect([
    got.total.input_tokens,
    got.total.output_tokens,
    got.total.calls,
    got.total.unpriced_calls,
  ]).toEqual([want.input, want.output, want.calls, want.unpriced])
  for (const list of [got.days, got.models, got.agents]) {
    expect(sum(list)).toBe(want.cost)
    expect(list.reduce((calls, row) => calls + row.calls, 0)).toBe(want.calls)
  }
  const dates = new Map(period.days.map((day) => [Math.floor(day.start / 1000), day.date]))
  for (const day of got.days)
    expect([dates.get(day.day_start), parseDecimal(day.cost)]).toEqual([
      dates.get(day.day_start),
      want.days.get(dates.get(day.day_start) as string),
    ])
  // The same question with a filter that the cost rollups do not know, and that every row passes, must agree.
  const apart = await ask(period, { ...filters, user_id: [''] })
  for (const part of apart.segments) expect(['spans', 'detail']).toContain(part.source)
  const plain = ({ segments: _, ...answer }: BillingUsage): unknown => answer
  expect(plain(got)).toEqual(plain(apart))
}

test.each(ZONES)('March in %s: days = models = agents = total, and every source agrees', async (timezone) => {
  await checkLaw(
    resolvePeriod(
      { period: 'custom', startDate: '2026-03-01', endDate: '2026-04-01', timezone },
      0,
    ) as Period,
    {},
  )
})

test('a whole UTC month is read from the day rollup alone', async () => {
  const got = await ask(resolvePeriod({ startDate: '2026-03-01', endDate: '2026-04-01' }, 0) as Period, {})
  expect(got.segments.map((part) => part.source)).toEqual(['day'])
})

test('any range, zone and tenants: the law holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...ZONES),
      fc.integer({ min: FIRST, max: LAST }),
      fc.integer({ min: 1, max: 40 * 86_400_000 }),
      fc.constantFrom<Filters>(
        {},
        { tenant_id: ['acme'] },
        { tenant_id: ['acme', ''] },
        { tenant_id: ['nobody'] },
      ),
      async (timezone, start, length, filters) => {
        const iso = (instant: number): string => new Date(instant).toISOString()
        const query = { startDate: iso(start), endDate: iso(start + length), timezone }
        await checkLaw(resolvePeriod(query, 0) as Period, filters)
      },
    ),
    { numRuns: 60 },
  )
})
