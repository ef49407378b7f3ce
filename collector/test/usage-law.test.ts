/**
 * The laws of the usage endpoints on a real engine: whatever the calls, the zone, the range, the filters, the
 * dimension and the interval, the parts sum to the total, exactly, and rollups say what the raw spans say.
 */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addSums, amountsOf } from '../src/api/amounts.ts'
import { callStats } from '../src/query/call-stats.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import { DIMENSION_NAMES, DIMENSIONS, type DimensionName } from '../src/query/dimensions.ts'
import type { Filters } from '../src/query/filters.ts'
import { heatMap } from '../src/query/heat-map.ts'
import { bucketsOf, INTERVALS, type Interval } from '../src/query/intervals.ts'
import { meters } from '../src/query/meters.ts'
import { quality, unpricedModels } from '../src/query/quality.ts'
import { timeText } from '../src/query/raw-range.ts'
import { listRuns } from '../src/query/runs.ts'
import { ORDERS, type UsageCube, type UsageQuestion, usageCube } from '../src/query/usage-cube.ts'
import { call, replaceRows, type SpanRow } from './span-rows.ts'

/** Half of the random cases, unless all of them are asked for. */
const runs = (all: number) => (process.env.SPANMETER_FULL_MATRIX === '1' ? all : Math.ceil(all / 2))

let engine: TestClickhouse
const rows: SpanRow[] = []
const FIRST = Date.parse('2026-02-20T00:00:00Z')
const LAST = Date.parse('2026-04-10T00:00:00Z')
/** Clocks change in New York, London and Lord Howe (by half an hour); Kathmandu is at a quarter of an hour. */
const ZONES = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
] as const

beforeAll(async () => {
  engine = await startTestClickhouse()
  const names = fc.constantFrom('', 'a', 'b', 'c', "d'\\\n")
  const random = fc.sample(
    fc.record({
      at: fc.integer({ min: FIRST, max: LAST }),
      names: fc.array(names, { minLength: 9, maxLength: 9 }),
      cost: fc.option(fc.bigInt({ min: 0n, max: 10n ** 16n }), { nil: null, freq: 6 }),
      reason: fc.constantFrom('unknown_model', 'failed'),
      isCall: fc.integer({ min: 0, max: 9 }).map((value) => value > 0),
      tokens: fc.integer({ min: 0, max: 100_000 }),
      cached: fc.integer({ min: 0, max: 100_000 }),
      status: fc.constantFrom(
        ...([
          [200, 'unset'],
          [200, 'ok'],
          [429, 'error'],
          [400, 'error'],
          [503, 'error'],
        ] as const),
      ),
      source: fc.constantFrom('provider', 'estimated', 'missing'),
    }),
    { numRuns: 3000, seed: 20_260_321 },
  )
  for (const { at, names, cost, reason, isCall, tokens, cached, status, source } of random) {
    const [provider, model, tenant_id, user_id, agent_id, agent_name, conversation_id, feature, meter_name] =
      names
    rows.push(
      call(new Date(at).toISOString(), {
        ...{
          provider,
          model,
          tenant_id,
          user_id,
          agent_id,
          agent_name,
          conversation_id,
          feature,
          meter_name,
        },
        run_id: agent_name,
        is_call: isCall,
        http_status_code: status[0],
        status: status[1],
        usage_source: source,
        cost: cost === null ? null : formatDecimal(cost),
        unpriced_reason: cost === null ? reason : '',
        input_uncached_tokens: tokens,
        cache_read_tokens: cached,
      }),
    )
  }
  await replaceRows(engine.client, rows)
})
afterAll(() => engine?.close())

const ask = (question: UsageQuestion): Promise<UsageCube> => usageCube({ reader: engine.reader }, question)

/** Calls, tokens and cost of a range, computed from the rows in memory. */
function expected(start: number, end: number, filters: Filters): unknown {
  let [calls, tokens, cost, unpriced] = [0, 0, 0n, 0]
  for (const row of rows) {
    const at = Date.parse(`${row.start_time.replace(' ', 'T')}Z`)
    if (!row.is_call || at < start || at >= end) continue
    if (filters.tenant_id && !filters.tenant_id.includes(row.tenant_id as string)) continue
    calls += 1
    tokens += Number(row.input_uncached_tokens) + Number(row.cache_read_tokens) + 10
    cost += row.cost === null ? 0n : parseDecimal(row.cost as string)
    if (row.cost === null && row.unpriced_reason !== 'failed') unpriced += 1
  }
  return { calls, total_tokens: tokens, cost_exact: formatDecimal(cost), unpriced_calls: unpriced }
}

const range = fc
  .tuple(fc.integer({ min: FIRST, max: LAST }), fc.integer({ min: 1, max: 45 * 86_400_000 }), fc.boolean())
  .map(([start, length, whole]) => {
    const floor = (instant: number): number => (whole ? instant - (instant % 86_400_000) : instant)
    return { start: floor(start), end: Math.max(floor(start + length), floor(start) + 1) }
  })
const filters = fc.constantFrom<Filters>({}, { tenant_id: ['a'] }, { tenant_id: ['', "d'\\\n"] })

test('any dimension, limit and order: the entries and "other" sum to the total', async () => {
  await fc.assert(
    fc.asyncProperty(
      ...([range, filters, fc.constantFrom(...DIMENSION_NAMES)] as const),
      ...([fc.integer({ min: 1, max: 7 }), fc.constantFrom(...ORDERS)] as const),
      async ({ start, end }, filters, by, limit, order) => {
        const { rows: got } = await ask({ start, end, filters, by, limit, order })
        expect(amountsOf(addSums(got))).toMatchObject(expected(start, end, filters) as object)
        const others = got.filter((row) => row.place === 0)
        expect(got.length - others.length).toBeLessThanOrEqual(limit)
        expect(others.length).toBeLessThanOrEqual(1)
        // Every entry is what its key asks for, where the fields of the key are filters.
        const first = got[0]
        if (first === undefined || first.place === 0) return
        const names = Object.keys(DIMENSIONS[by].key)
        if (by === 'meter' || by === 'agent') return
        const own = Object.fromEntries(names.map((name, index) => [name, [first.key[index] as string]]))
        if (Object.keys(own).some((name) => name in filters)) return
        const alone = await ask({ start, end, filters: { ...filters, ...own } })
        expect(amountsOf(addSums(alone.rows))).toEqual(amountsOf(first))
      },
    ),
    { numRuns: runs(60) },
  )
})

test.each(ZONES)(
  'any interval in %s: the buckets sum to the total, each to what lies in it',
  async (timezone) => {
    await fc.assert(
      fc.asyncProperty(
        ...([range, filters, fc.constantFrom<Interval>(...INTERVALS)] as const),
        fc.constantFrom<DimensionName | undefined>(undefined, 'model', 'user'),
        async ({ start, end }, filters, interval, by) => {
          const buckets = bucketsOf({ start, end, timezone, weekStart: 'sunday' }, interval)
          if (!Array.isArray(buckets)) return
          const starts = buckets.map((bucket) => bucket.start)
          expect(starts[0]).toBe(start)
          for (const [index, at] of starts.entries()) expect(at).toBeLessThan(starts[index + 1] ?? end)
          const { rows: got } = await ask({ start, end, filters, starts, by, limit: 3 })
          expect(amountsOf(addSums(got))).toMatchObject(expected(start, end, filters) as object)
          const whole = starts.slice(1).every((at) => at % 1000 === 0)
          expect(whole).toBe(true)
          for (const at of [0, Math.floor(starts.length / 2), starts.length - 1]) {
            const from = starts[at] as number
            const here = got.filter((row) => Number(row.bucket) === Math.floor(from / 1000))
            expect(amountsOf(addSums(here))).toMatchObject(
              expected(from, starts[at + 1] ?? end, filters) as object,
            )
          }
        },
      ),
      { numRuns: runs(25) },
    )
  },
)

test('rollups say what the raw spans say, entry by entry', async () => {
  await fc.assert(
    fc.asyncProperty(
      range,
      fc.constantFrom<DimensionName>('provider', 'model', 'tenant', 'agent', 'feature'),
      async ({ start, end }, by) => {
        const question = { start, end, by, limit: 2000 }
        const usual = await ask({ ...question, filters: {} })
        const detailed = await ask({ ...question, filters: { user_id: ['', 'a', 'b', 'c', "d'\\\n"] } })
        expect(detailed.segments.some((part) => part.source === 'hour' || part.source === 'day')).toBe(false)
        // The name for people is the newest one, and a rollup only knows the hour or the day of a name.
        const sums = (cube: UsageCube): unknown => cube.rows.map(({ label: _, ...row }) => row)
        expect(sums(usual)).toEqual(sums(detailed))
      },
    ),
    { numRuns: runs(30) },
  )
})

test('a month of days in UTC is read from the day rollup alone, hours from the hour rollup', async () => {
  const [start, end] = [Date.parse('2026-03-01'), Date.parse('2026-04-01')]
  const zone = { start, end, timezone: 'UTC', weekStart: 'monday' } as const
  for (const [interval, want] of [
    ['day', 'day'],
    ['week', 'day'],
    ['hour', 'hour'],
  ] as const) {
    const starts = (bucketsOf(zone, interval) as { start: number }[]).map((bucket) => bucket.start)
    const { segments } = await ask({ start, end, filters: {}, starts, by: 'model' })
    expect(segments.map((part) => part.source)).toEqual([want])
  }
})

const raw = async <Row>(query: string, start: number, end: number): Promise<Row[]> => {
  const within = `is_call AND start_time >= '${timeText(start)}' AND start_time < '${timeText(end)}'`
  const result = await engine.reader.query({
    query: query.replace('WITHIN', within),
    format: 'JSONEachRow',
  })
  return result.json<Row>()
}

test('users, conversations and meters are read from the smallest rollup that knows them, and it says what the raw spans say', async () => {
  const keys = {
    user: 'tenant_id, user_id',
    conversation: 'tenant_id, conversation_id',
    meter: "if(meter_name = '', 'ai_query', meter_name)",
  } as const
  const sources = { user: ['detail', 'user'], conversation: ['detail'], meter: ['hour', 'day'] } as const
  await fc.assert(
    fc.asyncProperty(
      range,
      fc.constantFrom(...(Object.keys(keys) as (keyof typeof keys)[])),
      async ({ start, end }, by) => {
        const { rows: got, segments } = await ask({ start, end, by, limit: 2000, filters: {} })
        for (const part of segments) expect(['spans', ...sources[by]]).toContain(part.source)
        const want = await raw(
          `SELECT [${keys[by]}] AS key, count() AS calls, toString(sum(ifNull(cost, 0))) AS cost FROM spans WHERE WITHIN GROUP BY key`,
          start,
          end,
        )
        const plain = got.map(({ key, calls, cost }) => ({ key, calls, cost }))
        const inOrder = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort()
        expect(inOrder(plain)).toEqual(inOrder(want))
      },
    ),
    { numRuns: runs(20) },
  )
})

test('models without a price, meters and runs say what the raw spans say', async () => {
  const context = { reader: engine.reader }
  await fc.assert(
    fc.asyncProperty(range, async ({ start, end }) => {
      const models = await unpricedModels(context, { start, end }, {}, 1000)
      expect(
        models.map(({ model, reason, calls, first_seen }) => ({ model, reason, calls, first_seen })),
      ).toEqual(
        await raw(
          `SELECT model, unpriced_reason AS reason, count() AS calls,
             toString(toDateTime64(min(start_time), 3, 'UTC')) AS first_seen
           FROM spans WHERE WITHIN AND isNull(cost) AND unpriced_reason != 'failed' GROUP BY provider, model, reason
           ORDER BY sum(spans.input_tokens + spans.output_tokens) DESC, calls DESC, provider, model, reason`,
          start,
          end,
        ),
      )
      const parts = await meters(context, { start, end }, [start], {})
      const [all] = await raw<{ calls: number; cost: string }>(
        "SELECT count() AS calls, toString(sum(ifNull(cost, 0))) AS cost FROM spans WHERE WITHIN AND meter_name = ''",
        start,
        end,
      )
      const [ai] = parts.filter(({ meter }) => meter === 'ai_query')
      expect([ai?.events ?? 0, ai?.cost ?? '0']).toEqual([all?.calls, all?.cost])
      const { rows } = await listRuns(context, { start, end, filters: {}, limit: 1000, offset: 0 })
      expect(rows.map(({ run_id, tenant_id, calls, cost }) => ({ run_id, tenant_id, calls, cost }))).toEqual(
        await raw(
          `SELECT run_id, tenant_id, countIf(is_call) AS calls, toString(sumIf(ifNull(cost, 0), is_call)) AS cost
           FROM (SELECT * FROM spans WHERE run_id != '' AND (WITHIN)) GROUP BY run_id, tenant_id
           ORDER BY toDateTime64(min(start_time), 3, 'UTC') DESC, tenant_id, run_id`.replaceAll(
            '(WITHIN)',
            `start_time >= '${timeText(start)}' AND start_time < '${timeText(end)}'`,
          ),
          start,
          end,
        ),
      )
    }),
    { numRuns: runs(20) },
  )
})

test('health, quality and the heat map say what the raw spans say', async () => {
  await fc.assert(
    fc.asyncProperty(range, fc.constantFrom(...ZONES), async ({ start, end }, zone) => {
      const context = { reader: engine.reader }
      const numbers = (row: unknown) =>
        JSON.parse(
          JSON.stringify(row, (_, value) =>
            typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value,
          ),
        )
      // the rollup of durations knows no service, so this comes from the spans
      const apart = await callStats(context, { start, end }, { service: ['chat-api'] })
      expect(numbers(await callStats(context, { start, end }, {}))).toEqual(numbers(apart))
      const { calls, without_user_id, cost_without_conversation_id, missing_calls } = await quality(
        context,
        { start, end },
        {},
      )
      expect({ calls, without_user_id, cost_without_conversation_id, missing_calls }).toEqual(
        (
          await raw(
            `SELECT count() AS calls, countIf(unpriced_reason != 'failed' AND user_id = '') AS without_user_id,
               toString(sumIf(ifNull(cost, 0), conversation_id = '')) AS cost_without_conversation_id,
               countIf(unpriced_reason != 'failed' AND usage_source = 'missing') AS missing_calls FROM spans WHERE WITHIN`,
            start,
            end,
          )
        )[0],
      )
      expect(await heatMap(context, { start, end }, zone, {})).toEqual(
        await raw(
          `SELECT toDayOfWeek(toTimeZone(start_time, '${zone}')) AS weekday, toHour(toTimeZone(start_time, '${zone}')) AS hour,
             count() AS calls, toString(sum(ifNull(cost, 0))) AS cost
           FROM spans WHERE WITHIN GROUP BY weekday, hour ORDER BY weekday, hour`,
          start,
          end,
        ),
      )
    }),
    { numRuns: runs(8) },
  )
})
