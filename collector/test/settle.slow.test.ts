/** Each span is stored once: when its token was spent for nothing, when it is late, and when two collectors have it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Decoders } from '../src/receive/decode.ts'
import { Intake } from '../src/receive/intake.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { readSegment } from '../src/spool/read-segment.ts'
import type { SealedSegment } from '../src/spool/segment.ts'
import { Spool } from '../src/spool/spool.ts'
import { insertBlock } from '../src/write/insert.ts'
import { withRepairLock } from '../src/write/repair-lock.ts'
import { Writer } from '../src/write/writer.ts'
import { call, protobuf } from './spans.ts'

const ROLLUPS = ['rollup_cost_minute', 'rollup_cost_hour', 'rollup_cost_day', 'rollup_latency_hour']
const HOUR = 3600
const START = Math.floor(Date.now() / 1000)
let store: TestClickhouse
let root: string

beforeAll(async () => {
  store = await startTestClickhouse()
  root = await mkdtemp(join(tmpdir(), 'spanmeter-settle-'))
})
afterAll(async () => {
  await store.close()
  await rm(root, { recursive: true, force: true })
})
beforeEach(async () => {
  for (const table of ['spans', ...ROLLUPS]) await store.client.command({ query: `TRUNCATE TABLE ${table}` })
})

/** Spans that started `ago` seconds before the test did. */
const spans = (ago: number, ...ids: number[]) =>
  ids.map((id) => call(id, { 'spanmeter.cost.exact': '0.01' }, START - ago))

/** The stages of one collector in a directory of its own; `at` moves its clock, in seconds. */
function stages(name: string, { peers = false, windowMs = 600_000 } = {}) {
  const clock = { at: START }
  const now = () => clock.at * 1000
  const sealed: SealedSegment[] = []
  const outcomes: string[] = []
  const decoders = new Decoders()
  const spool = new Spool({
    directory: join(root, name),
    ...{ maxBytes: 1e9, maxRows: 1e6, maxSegmentBytes: 1e9, maxAgeMs: 60_000, now },
    onSealed: (segment) => sealed.push(segment),
  })
  const intake = new Intake({ spool, now, memory: new SpanMemory({ maxSpans: 10_000, windowMs }) })
  const read = (segment: SealedSegment, leaveOut?: SpanMemory) => readSegment(segment, decoders, leaveOut)
  const writer = new Writer({
    ...{ client: store.client, now, read },
    peers: async () => peers,
    done: (segment) => spool.remove(segment),
    events: {
      settled: (_, outcome) => outcomes.push(outcome),
      leftOut: (count) => outcomes.push(`left out ${count}`),
    },
  })
  writer.start()
  return {
    ...{ clock, sealed, outcomes, spool, read },
    async accept(list: ReadableSpan[]) {
      await intake.accept('protobuf', protobuf(list))
      await spool.flush()
    },
    async write() {
      for (const segment of sealed.splice(0)) writer.add(segment)
      await writer.drained()
    },
  }
}

/** One segment on disk, as a process that was killed leaves it. */
async function leftOver(name: string, list: ReadableSpan[]) {
  const before = stages(name)
  await before.spool.recover()
  await before.accept(list)
  const after = stages(name)
  await after.spool.recover()
  const [segment] = after.sealed
  if (segment === undefined) throw new Error('there is no segment')
  const block = await after.read(segment)
  const send = (token: number) => {
    const queryId = `spanmeter-segment-${segment.id}-${token}`
    return insertBlock(
      store.client,
      { data: block.encode(), columns: block.columnNames },
      { queryId, token: queryId },
    )
  }
  return { ...after, segment, send }
}

async function rows<T>(query: string): Promise<T[]> {
  return (await store.client.query({ query, format: 'JSONEachRow' })).json<T>()
}

async function stored(): Promise<unknown[]> {
  const parts = ROLLUPS.map((table) => `(SELECT toUInt32(sum(calls)) FROM ${table})`)
  const [row] = await rows<{ n: unknown[] }>(
    `SELECT [toUInt32(count()), toUInt32(uniqExact(span_id)), ${parts.join(', ')}] AS n FROM spans`,
  )
  return row?.n ?? []
}

const once = (n: number) => [n, n, n, n, n, n]

/** What a kill between the token log and the commit of the parts leaves: tokens, and no rows. */
async function loseRows(where: string, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    await store.client.command({
      query: `DELETE FROM ${table} WHERE ${where}`,
      clickhouse_settings: { lightweight_deletes_sync: '2' },
    })
  }
}

test('the engine has logged the token and lost the rows: the segment is stored all the same', async () => {
  const { send, write, outcomes } = await leftOver('window', spans(60, 1, 2, 3))
  await send(0)
  await loseRows('1', ['spans', 'rollup_cost_hour'])
  // the trap: the same again is confirmed, and nothing is stored
  await send(0)
  expect(await stored()).toEqual([0, 0, 3, 0, 3, 3])

  await write()
  expect(outcomes).toEqual(['resent'])
  expect(await stored()).toEqual(once(3))
  // what was on its way in the network all that time
  for (const token of [0, 1]) await send(token)
  expect(await stored()).toEqual(once(3))
})

test('the same for one month of two, and for a second token that an earlier process spent', async () => {
  const { send, write } = await leftOver('months', [...spans(60, 1, 2), ...spans(40 * 24 * HOUR, 3, 4)])
  await send(0)
  await send(1)
  await loseRows(`start_time < now() - INTERVAL 2 DAY`, ['spans'])
  await write()
  // the rollup per minute ends before these
  const [row] = await rows<{ n: unknown[] }>(
    'SELECT [toUInt32(count()), toUInt32(uniqExact(span_id)), (SELECT toUInt32(sum(calls)) FROM rollup_cost_day)] AS n FROM spans',
  )
  expect(row?.n).toEqual([4, 4, 4])
})

test('an insert whose answer was lost is kept, and nothing is sent again', async () => {
  const { send, write, outcomes } = await leftOver('kept', spans(60, 1, 2, 3))
  await send(0)
  await write()
  expect(outcomes).toEqual(['stored'])
  expect(await stored()).toEqual(once(3))
})

test('a late span that the memory has forgotten is looked up in the store, whatever batch it comes in', async () => {
  const one = stages('late', { windowMs: 60_000 })
  await one.spool.recover()
  await one.accept(spans(60, 1, 2, 3))
  await one.write()
  for (const hours of [1, 2, 3]) {
    // two windows pass, with other traffic
    one.clock.at = START + hours * HOUR
    await one.accept(spans(-hours * HOUR, 100 + hours))
    one.clock.at += 100
    await one.accept(spans(-hours * HOUR - 100, 200 + hours))
    await one.write()
  }
  await one.accept(spans(60, 3, 4))
  await one.accept([...spans(60, 1), ...spans(-3 * HOUR - 200, 300)])
  await one.write()
  expect(one.outcomes).toEqual(['left out 1', 'left out 1'])
  expect(await stored()).toEqual(once(3 + 6 + 2))
})

test('two late copies that are written at the same time', async () => {
  const one = stages('both', { windowMs: 1000 })
  await one.spool.recover()
  for (const second of [0, 2, 4, 6]) {
    one.clock.at = START + second
    await one.accept(spans(600, 1, 2, 10 + second))
  }
  await one.write()
  expect(await stored()).toEqual(once(6))
})

test('another collector on the same store gets the same spans, before and at the same time', async () => {
  const [one, two] = [stages('one', { peers: true }), stages('two', { peers: true })]
  for (const side of [one, two]) await side.spool.recover()
  await one.accept(spans(60, 1, 2))
  await one.write()
  await two.accept(spans(60, 2, 3))
  await two.write()
  expect(await stored()).toEqual(once(3))
  for (let round = 1; round <= 2; round++) {
    const at = round * 10
    await one.accept(spans(60, at, at + 1, at + 2))
    await two.accept(spans(60, at + 1, at + 2, at + 3))
    await Promise.all([one.write(), two.write()])
    expect(await stored()).toEqual(once(3 + 4 * round))
  }
})

test('what another collector stored meanwhile is left out of a segment of an earlier process', async () => {
  const late = await leftOver('slow', spans(60, 1, 2, 3))
  const quick = stages('quick')
  await quick.spool.recover()
  await quick.accept(spans(60, 3, 4))
  await quick.write()
  await late.write()
  expect(await stored()).toEqual(once(4))
})

test('repairs never run at the same time, and the lock ends with the work', async () => {
  let inside = 0
  let most = 0
  const once = () =>
    withRepairLock(store.client, async () => {
      most = Math.max(most, ++inside)
      await rows('SELECT sleep(0.05)')
      inside--
    })
  // who gives the lock back must not take it away from the next one
  for (let round = 0; round < 25; round++) await Promise.all([once(), once(), once()])
  expect(most).toBe(1)
  expect(await rows("SELECT query_id FROM system.processes WHERE query_id LIKE 'spanmeter-rollup%'")).toEqual(
    [],
  )
})
