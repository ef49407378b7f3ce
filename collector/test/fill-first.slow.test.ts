/** A store whose rollups have to be filled is away until they are, and is filled once. */
import { readdir } from 'node:fs/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fillDue, fillFirst, markFilled } from '../src/write/fill-first.ts'
import { EVERYTHING } from '../src/write/kept.ts'
import { call, insertRows } from './span-rows.ts'

/** The last migration of a rollup. */
const VERSION = Math.max(
  ...(await readdir(new URL('../../clickhouse/migrations/', import.meta.url)))
    .filter((name) => name.includes('rollup'))
    .map((name) => Number(name.slice(0, 4))),
)
let engine: TestClickhouse
let before: (query: string) => Promise<void>

beforeEach(async () => {
  engine = await startTestClickhouse()
  const now = new Date(Date.now() - 60_000).toISOString()
  await insertRows(engine.client, [call(now, { user_id: 'ada' }), call(now, { user_id: 'bob' })])
  await engine.client.command({ query: 'TRUNCATE TABLE rollup_user_day' })
  before = async () => {}
})
afterEach(() => engine.close())

function open(retry: boolean) {
  const lines: string[] = []
  const client = new Proxy(engine.client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name !== 'command') return value.bind(target)
      return async (asked: { query: string }) => {
        await before(asked.query)
        return await value.call(target, asked)
      }
    },
  }) as ClickHouseClient
  const store = fillFirst(
    {
      ...{ description: 'a store', client, reader: engine.reader, ready: Promise.resolve() },
      ...{
        missing: () => undefined,
        kept: () => EVERYTHING,
        answers: async () => true,
        close: async () => {},
      },
    },
    () => VERSION,
    { retry, log: (line) => lines.push(line) },
  )
  return { store, lines }
}

async function users(): Promise<number> {
  const result = await engine.client.query({
    query: 'SELECT toUInt32(uniqExact(user_id)) AS n FROM rollup_user_day',
    format: 'JSONEachRow',
  })
  return (await result.json<{ n: number }>())[0]?.n ?? -1
}

test('nobody is answered from rollups that are half full', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  before = () => held
  expect(await fillDue(engine.client)).toBe(VERSION)
  const { store } = open(true)
  expect([store.filling(), await store.answers()]).toEqual([true, false])
  expect(store.missing()).toBe('rollups are being filled: no hour is done yet')
  for (const one of [store.client, store.reader]) {
    await expect(one.query({ query: 'SELECT 1' })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringContaining('rollups are being filled'),
    })
  }
  release()
  await store.ready
  expect([store.filling(), store.missing(), await store.answers()]).toEqual([false, undefined, true])
  expect(await users()).toBe(2)
  expect(await fillDue(engine.client)).toBeUndefined()
})

test('a store that fails meanwhile is filled when it answers again', async () => {
  let failures = 0
  before = async () => {
    if (failures++ === 0) throw new Error('the engine ended')
  }
  const { store, lines } = open(true)
  await store.ready
  expect(lines).toContain('cannot fill the rollups: the engine ended; trying again')
  expect(await users()).toBe(2)
})

test('a start that was cut off is taken up by the next one, and who does not wait hears why', async () => {
  before = async () => {
    throw new Error('killed')
  }
  await expect(open(false).store.ready).rejects.toThrow('killed')
  expect(await fillDue(engine.client)).toBe(VERSION)
  before = async () => {}
  await open(false).store.ready
  expect(await fillDue(engine.client)).toBeUndefined()
})

test('a later rollup has to be filled anew, other migrations not', async () => {
  await markFilled(engine.client, VERSION)
  const migrated = (version: number, name: string) =>
    engine.client.insert({
      table: 'schema_migrations',
      values: [{ version, name, checksum: '' }],
      format: 'JSONEachRow',
    })
  await migrated(9001, '9001_create_orders')
  expect(await fillDue(engine.client)).toBeUndefined()
  await migrated(9002, '9002_widen_rollup_cost_hour')
  expect(await fillDue(engine.client)).toBe(9002)
})
