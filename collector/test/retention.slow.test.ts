/** Rows go when they are as old as the configuration says, and what was summed of them stays. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../src/config/read.ts'
import type { Retention } from '../src/config/retention.ts'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { rerate } from '../src/rerate/rerate.ts'
import { EVERYTHING } from '../src/write/kept.ts'
import { repairRollups } from '../src/write/repair.ts'
import { applyRetention, readRetention } from '../src/write/retention.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { call, insertRows, replaceRows } from './span-rows.ts'
import { protobuf, call as spanOf } from './spans.ts'

const DAY = 86_400
/** Noon, so that a day's calls are in it. */
const NOW = Math.floor(Date.now() / 1000 / DAY) * DAY + DAY / 2
const DEFAULTS = readConfig({}).retention

let store: TestClickhouse
let said: string[]
beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())
beforeEach(async () => {
  said = []
  await store.client.command({ query: 'TRUNCATE TABLE retention_marks' })
})

const apply = (changes: Partial<Retention> = {}) =>
  applyRetention(store.client, { ...DEFAULTS, ...changes }, NOW, (line) => said.push(line))
const at = (daysAgo: number) => new Date((NOW - daysAgo * DAY) * 1000).toISOString()
const hours = (daysAgo: number) => [Math.floor((NOW - daysAgo * DAY) / 3600) * 3600]
async function count(sql: string): Promise<number> {
  const result = await store.client.query({ query: sql, format: 'JSONEachRow' })
  return Number((await result.json<{ n: number }>())[0]?.n)
}
const rolled = () => count('SELECT sum(calls) AS n FROM rollup_cost_day')

test('alters what differs, once, and takes a limit away again', async () => {
  await apply()
  expect(said.join('\n')).toMatch(/^spans: rows are kept by toDateTime\(start_time\) \+ toIntervalDay\(400\)/)
  expect(said.join('\n')).not.toContain('rollup_cost_day')
  said = []
  await apply()
  expect(said).toEqual([])
  await apply({ spans: 30, alerts: 'forever' })
  expect(said).toHaveLength(6)
  const tables = await readRetention(store.client, { ...DEFAULTS, spans: 30, alerts: 'forever' })
  expect(tables.filter(({ is, wanted }) => is !== wanted)).toEqual([])
  expect(tables.find(({ name }) => name === 'alerts')?.is).toBe('')
})

test('what says which spans came is kept as long as they are, however long durations are', async () => {
  await apply({ latencies: 10 })
  await replaceRows(store.client, [call(at(20)), call(at(1))])
  const numbered = { process_id: '01234567-89ab-7000-8000-000000000001', span_number: 1 }
  await insertRows(store.client, [call(at(20), numbered), call(at(1), { ...numbered, span_number: 2 })])
  for (const table of ['spans', 'rollup_latency_day', 'rollup_arrival_hour', 'rollup_process_day'])
    await store.client.command({ query: `OPTIMIZE TABLE ${table} FINAL` })
  expect([
    await count('SELECT sum(calls) AS n FROM rollup_latency_day'),
    await count('SELECT sum(came) AS n FROM rollup_arrival_hour'),
    await count('SELECT sum(came) AS n FROM rollup_process_day'),
  ]).toEqual([2, 4, 2])
})

test('expired spans go and their sums stay, whatever is repaired, also when more is kept again', async () => {
  await apply({ spans: 10 })
  await replaceRows(store.client, [call(at(20)), call(at(20)), call(at(1))])
  await store.client.command({ query: 'OPTIMIZE TABLE spans FINAL' })
  expect([await count('SELECT count() AS n FROM spans'), await rolled()]).toEqual([1, 3])
  // a late one comes, from before a restart with another configuration
  const kept = await apply({ spans: 'forever' })
  await insertRows(store.client, [call(at(20))])
  expect(await repairRollups(store.client, hours(20), NOW, kept)).toBe(0)
  expect(await rolled()).toBe(4)
  // this is what is guarded against
  const all = { ...EVERYTHING, rollups: kept.rollups }
  expect(await repairRollups(store.client, hours(20), NOW, all)).toBeGreaterThan(0)
  expect(await rolled()).toBe(2)
})

test('the sums of a month stay that somebody dropped by hand', async () => {
  await apply({ spans: 'forever' })
  const many = Array.from({ length: 10 }, () => call(at(100)))
  await replaceRows(store.client, [...many, call(at(101)), call(at(1))])
  await store.client.command({
    query: `ALTER TABLE spans DROP PARTITION '${at(100).slice(0, 7).replace('-', '')}'`,
  })
  await insertRows(store.client, [call(at(100))])
  expect(await repairRollups(store.client, hours(100), NOW)).toBe(0)
  expect(await rolled()).toBe(13)
  // what only misses something in its rollup is repaired
  await store.client.command({ query: 'TRUNCATE TABLE rollup_cost_day' })
  expect(await repairRollups(store.client, [...hours(1), ...hours(100)], NOW)).toBe(1)
})

test('calls are not rated anew where some of them are gone', async () => {
  const kept = await apply({ spans: 10 })
  const unpriced = { cost: null, unpriced_reason: 'unknown_model', cost_source: '', cost_currency: '' }
  await replaceRows(store.client, [call(at(9), unpriced), call(at(10.4), unpriced)])
  const changed: number[] = []
  const { calls, hours_left_out } = await rerate(
    {
      client: store.client,
      changeStored: async (_, which) => {
        changed.push(...which)
      },
      kept: () => kept,
      now: () => NOW * 1000,
    },
    { from: (NOW - 30 * DAY) * 1000, to: NOW * 1000 },
    true,
  )
  expect([calls, hours_left_out, changed]).toEqual([1, 1, hours(9)])
})

test('a span that is older than what is kept is refused, once and for all', () => {
  const memory = new SpanMemory({ maxSpans: 1000, windowMs: 60_000 })
  const decoders = new Decoders()
  const receivedAt = NOW * 1000
  const body = protobuf([spanOf(1, {}, NOW - 11 * DAY), spanOf(2, {}, NOW - 9 * DAY)])
  const frame = { kind: 'protobuf', body, receivedAt } as const
  const first = new SpanBlock(1n)
  const decoded = decodeInto(first, frame, decoders, memory, undefined, receivedAt - 10 * DAY * 1000)
  expect(decoded).toMatchObject({ accepted: 1, rejected: 1, duplicates: 0, firstReason: 'too_old' })
  // what reads it again from the spool leaves the same one out
  const skip = decoders.sink.skipList()
  const again = new SpanBlock(1n)
  expect(decodeInto(again, { ...frame, ...(skip && { skip }) }, decoders)).toMatchObject({ accepted: 1 })
  expect(again.encode()).toEqual(first.encode())
})

test('days that are kept for a shorter time than hours are refused, because totals are read from them', () => {
  const read = (text: string) => () => readConfig({}, `retention: ${text}`)
  expect(read('{ days: 30 }')).toThrow(/retention\.days: is shorter than hours/)
  expect(read('{ days: 30, hours: 60 }')).toThrow(/retention\.days: is shorter than hours/)
  expect(read('{ days: 60, hours: 60 }')().retention).toMatchObject({ days: 60, hours: 60 })
  expect(read('{ hours: 60 }')().retention.days).toBe('forever')
})
