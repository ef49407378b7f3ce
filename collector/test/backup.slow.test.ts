/** What is a backup: a copy of a stopped collector's directory, or what ClickHouse's `BACKUP` writes meanwhile. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachEmbedded, startEmbedded } from '@spanmeter/clickhouse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { start } from './process.ts'
import { call, protobuf } from './spans.ts'

const NOW = Math.floor(Date.now() / 1000) - 60
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-backup-'))
})
afterAll(() => rm(directory, { recursive: true, force: true, maxRetries: 20 }))

async function send(url: string, ids: number[]): Promise<number> {
  const spans = ids.map((id) => call(id, { 'spanmeter.cost.exact': '0.01' }, NOW))
  const headers = { 'content-type': 'application/x-protobuf' }
  const body = new Uint8Array(protobuf(spans))
  return (await fetch(`${url}/v1/traces`, { method: 'POST', headers, body })).status
}

async function counts(dataDir: string): Promise<unknown> {
  const store = await attachEmbedded({ dataDir })
  try {
    const result = await store.reader.query({
      query: `SELECT toUInt32(count()) AS spans, toUInt32((SELECT sum(calls) FROM rollup_cost_day)) AS calls,
        toString((SELECT sum(cost) FROM rollup_cost_day)) AS cost FROM spans`,
      format: 'JSONEachRow',
    })
    return (await result.json())[0]
  } finally {
    await store.close()
  }
}

test('a copy that was made after a stop has everything, and goes on', { timeout: 120_000 }, async () => {
  const original = join(directory, 'original')
  const copy = join(directory, 'copy')
  const first = await start({ SPANMETER_DATA_DIR: original })
  expect(await send(first.url, [1, 2, 3])).toBe(200)
  expect(await first.end('SIGTERM')).toBe(0)
  expect(first.said()).toContain('everything is stored')
  await cp(original, copy, { recursive: true })
  await rm(original, { recursive: true })

  const second = await start({ SPANMETER_DATA_DIR: copy })
  expect(await counts(copy)).toEqual({ spans: 3, calls: 3, cost: '0.03' })
  expect(await send(second.url, [3, 4])).toBe(200)
  expect(await second.end('SIGTERM')).toBe(0)
  const third = await start({ SPANMETER_DATA_DIR: copy })
  expect(await counts(copy)).toEqual({ spans: 4, calls: 4, cost: '0.04' })
  expect(await third.end('SIGTERM')).toBe(0)
})

test('what BACKUP wrote of a running store is restored into an empty one, and goes on', {
  timeout: 120_000,
}, async () => {
  const original = join(directory, 'running')
  const restored = join(directory, 'restored')
  const first = await start({ SPANMETER_DATA_DIR: original })
  expect(await send(first.url, [1, 2, 3])).toBe(200)
  const three = { spans: 3, calls: 3, cost: '0.03' }
  await expect.poll(() => counts(original), { timeout: 30_000 }).toEqual(three)
  const running = await attachEmbedded({ dataDir: original })
  await running.client.command({
    query: `BACKUP DATABASE spanmeter TO File('${join(original, 'backups', 'one')}')`,
  })
  await running.close()
  expect(await send(first.url, [5])).toBe(200)
  expect(await first.end('SIGTERM')).toBe(0)

  await mkdir(join(restored, 'backups'), { recursive: true })
  await cp(join(original, 'backups', 'one'), join(restored, 'backups', 'one'), { recursive: true })
  const empty = await startEmbedded({ dataDir: restored })
  await empty.client.command({
    query: `RESTORE DATABASE spanmeter FROM File('${join(restored, 'backups', 'one')}')`,
  })
  await empty.close()

  const second = await start({ SPANMETER_DATA_DIR: restored })
  expect(await counts(restored)).toEqual(three)
  expect(await send(second.url, [3, 4])).toBe(200)
  await expect.poll(() => counts(restored), { timeout: 30_000 }).toEqual({ spans: 4, calls: 4, cost: '0.04' })
  expect(await second.end('SIGTERM')).toBe(0)
})
