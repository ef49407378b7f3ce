/** Rollups that disagree with the raw rows are rebuilt, and those that agree are left alone. */
import type { ClickHouseClient } from '@clickhouse/client'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { fillRollups } from '../src/write/fill-rollups.ts'
import { insertBlock } from '../src/write/insert.ts'
import { repairRollups } from '../src/write/repair.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { hoursOf } from '../src/write/span-keys.ts'
import { call, protobuf } from './spans.ts'

const NOW = Math.floor(Date.now() / 1000)
const SEGMENT = 7n
const TABLES = [
  ...['rollup_cost_minute', 'rollup_cost_hour', 'rollup_cost_day', 'rollup_detail_hour'],
  ...[
    'rollup_user_day',
    'rollup_conversation_day',
    'rollup_latency_hour',
    'rollup_latency_day',
    'rollup_run_hour',
  ],
]
/** Those that count spans by when they came. */
const ARRIVALS = ['rollup_arrival_hour', 'rollup_process_hour', 'rollup_process_day']
const EVERY = [...TABLES, 'rollup_unpriced_hour', ...ARRIVALS]
/** Calls of a model that nobody knows. */
const UNPRICED = 5
let store: TestClickhouse
let block: SpanBlock

beforeAll(async () => {
  store = await startTestClickhouse()
  block = new SpanBlock(SEGMENT)
  const spans = Array.from({ length: 30 }, (_, i) =>
    call(
      i + 1,
      {
        ...(i < 30 - UNPRICED
          ? { 'spanmeter.cost.exact': '0.000000000001' }
          : { 'gen_ai.request.model': 'unheard-of', 'gen_ai.response.model': 'unheard-of' }),
        'gen_ai.usage.input_tokens': i,
        'spanmeter.run.id': 'r-1',
        'spanmeter.run.kind': 'nightly',
        'gen_ai.conversation.id': 'c-1',
        'spanmeter.process.id': '01234567-89ab-7000-8000-000000000001',
        'spanmeter.span.number': i + 1,
      },
      NOW - 7200 + i * 240,
    ),
  )
  decodeInto(block, { kind: 'protobuf', body: protobuf(spans), receivedAt: NOW * 1000 }, new Decoders())
  await insert('first')
})
afterAll(() => store.close())

function insert(token: string): Promise<void> {
  return insertBlock(
    store.client,
    { data: block.encode(), columns: block.columnNames },
    { queryId: token, token },
  )
}

async function sums(): Promise<unknown[]> {
  const parts = TABLES.map(
    (table) =>
      `SELECT '${table}' AS table, toUInt32(sum(calls)) AS calls, toString(sum(cost)) AS cost FROM ${table}`,
  )
  parts.push(
    "SELECT 'rollup_unpriced_hour' AS table, toUInt32(sum(calls)) AS calls, '' AS cost FROM rollup_unpriced_hour",
  )
  for (const table of ARRIVALS)
    parts.push(`SELECT '${table}' AS table, toUInt32(sum(came)) AS calls, '' AS cost FROM ${table}`)
  const result = await store.client.query({
    query: `SELECT * FROM (${parts.join(' UNION ALL ')}) ORDER BY table`,
    format: 'JSONEachRow',
  })
  return result.json()
}

const WHOLE = [
  ...TABLES.map((table) => ({ table, calls: 30, cost: '0.000000000025' })),
  { table: 'rollup_unpriced_hour', calls: UNPRICED, cost: '' },
  ...ARRIVALS.map((table) => ({ table, calls: 30, cost: '' })),
].sort((a, b) => (a.table < b.table ? -1 : 1))

test('rollups that agree are left alone', async () => {
  expect(await sums()).toEqual(WHOLE)
  expect(await repairRollups(store.client, hoursOf(block.keys()), NOW)).toBe(0)
})

test('rollups that miss a batch, or have it twice, are rebuilt from the raw rows, again and again', async () => {
  for (let round = 0; round < 2; round++) {
    for (const table of EVERY) await store.client.command({ query: `TRUNCATE TABLE ${table}` })
    expect(await repairRollups(store.client, hoursOf(block.keys()), NOW)).toBeGreaterThan(4)
    expect(await sums()).toEqual(WHOLE)
    await store.client.command({
      query: 'INSERT INTO rollup_cost_hour SELECT * FROM rollup_cost_hour',
      clickhouse_settings: { insert_deduplicate: 0 },
    })
    expect(await repairRollups(store.client, hoursOf(block.keys()), NOW)).toBeGreaterThan(1)
    expect(await sums()).toEqual(WHOLE)
  }
})

test('runs whose kind was not kept yet are rebuilt', async () => {
  const kinds = async () => {
    const query = 'SELECT DISTINCT toString(run_kind) AS kind FROM rollup_run_hour'
    return (await store.client.query({ query, format: 'JSONEachRow' })).json()
  }
  await store.client.command({
    query: "ALTER TABLE rollup_run_hour UPDATE run_kind = '' WHERE 1",
    clickhouse_settings: { mutations_sync: '2' },
  })
  expect(await kinds()).toEqual([{ kind: '' }])
  expect(await repairRollups(store.client, hoursOf(block.keys()), NOW)).toBeGreaterThan(0)
  expect(await kinds()).toEqual([{ kind: 'nightly' }])
})

/** The store's client, which tells of each query and command before it is made. */
function telling(of: (query: string) => Promise<void>): ClickHouseClient {
  return new Proxy(store.client, {
    get(client, name) {
      const value: unknown = Reflect.get(client, name)
      if (typeof value !== 'function') return value
      if (name !== 'query' && name !== 'command') return value.bind(client)
      return async (asked: { query: string }) => {
        await of(asked.query)
        return await value.call(client, asked)
      }
    },
  })
}

/** Adds to the rollup what a view adds of an insert, `seconds` after its rows are there. */
async function addLate(seconds: number): Promise<void> {
  await store.client.command({
    query: `INSERT INTO rollup_cost_hour SELECT * FROM whole_hours WHERE sleepEachRow(${seconds}) = 0`,
    clickhouse_settings: { insert_deduplicate: 0, max_block_size: '1' },
  })
}

test('a bucket is repaired also where by how much it differs changes with the inserts of others', async () => {
  await store.client.command({
    query: 'CREATE TABLE whole_hours ENGINE = Memory AS SELECT * FROM rollup_cost_hour',
  })
  await addLate(0)
  let looks = 0
  const client = telling(async (query) => {
    if (/FROM rollup_cost_hour\b.*UNION ALL/s.test(query) && ++looks <= 6) await addLate(0)
  })
  expect(await repairRollups(client, hoursOf(block.keys()), NOW)).toBeGreaterThan(1)
  expect(await sums()).toEqual(WHOLE)
})

test('what an insert adds that was under way while a bucket was rebuilt is not left in it', async () => {
  await store.client.command({ query: 'TRUNCATE TABLE rollup_cost_hour' })
  let adding: Promise<void> | undefined
  const client = telling(async (query) => {
    if (adding || !query.startsWith('INSERT INTO rollup_cost_hour')) return
    adding = addLate(0.5)
    await expect.poll(insertsRun).toBe(true)
  })
  expect(await repairRollups(client, hoursOf(block.keys()), NOW)).toBeGreaterThan(1)
  await adding
  expect(await sums()).toEqual(WHOLE)
})

async function insertsRun(): Promise<boolean> {
  const result = await store.client.query({
    query: "SELECT 1 FROM system.processes WHERE query_kind = 'Insert'",
    format: 'JSONEachRow',
  })
  return (await result.json()).length > 0
}

test('rollups that came after the rows are filled from them', async () => {
  for (const table of EVERY) await store.client.command({ query: `TRUNCATE TABLE ${table}` })
  expect(await fillRollups(store.client, NOW)).toBeGreaterThan(4)
  expect(await sums()).toEqual(WHOLE)
  expect(await fillRollups(store.client, NOW)).toBe(0)
})

test.each([
  ['rollup_cost_hour', 'conversationless_calls, userless_calls', 'sum(userless_calls)'],
  ['rollup_cost_day', 'conversationless_calls, userless_calls', 'sum(userless_calls)'],
  ['rollup_detail_hour', 'started, ended', 'sum(calls)'],
  ['rollup_latency_hour', 'arrival, arrivals', 'sum(arrivals)'],
])('columns by which %s was widened are filled from the rows', async (table, columns, sum) => {
  const number = async () => {
    const result = await store.client.query({
      query: `SELECT toUInt32(${sum}) AS n FROM ${table} WHERE (${columns.split(', ').at(-1)})::String NOT IN ('', '0', '1970-01-01 00:00:00.000')`,
      format: 'JSONEachRow',
    })
    return (await result.json<{ n: number }>())[0]?.n
  }
  const command = (query: string) => store.client.command({ query })
  await command(`CREATE TABLE ${table}_before ENGINE = Memory AS SELECT * EXCEPT (${columns}) FROM ${table}`)
  await command(`TRUNCATE TABLE ${table}`)
  await command(`INSERT INTO ${table} (* EXCEPT (${columns})) SELECT * FROM ${table}_before`)
  expect(await number()).toBe(0)
  expect(await fillRollups(store.client, NOW)).toBeGreaterThan(0)
  expect(await number()).toBe(30)
})
