/** What was acknowledged is stored exactly once, and the rollups agree, whoever is killed in between. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachEmbedded } from '@spanmeter/clickhouse'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Running, start } from './process.ts'
import { call, protobuf } from './spans.ts'

const SPANS = 20
const KILLS = process.env.SPANMETER_FULL_MATRIX === '1' ? 4 : 2
const HEADERS = { 'content-type': 'application/x-protobuf' }

let dataDir: string
let env: Record<string, string>
let running: Running | undefined

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-crash-'))
  const config = join(dataDir, 'config.yaml')
  // small segments, so that something is always on its way
  await writeFile(config, 'spool: { maxRows: 100, maxAgeMs: 50 }\n')
  env = { SPANMETER_DATA_DIR: join(dataDir, 'data'), SPANMETER_CONFIG: config }
})
afterEach(async () => {
  await running?.end('SIGKILL')
  await rm(dataDir, { recursive: true, force: true, maxRetries: 20 })
})

/** Sends until `enough` requests were acknowledged or the collector is gone; keeps the ids of acknowledged spans. */
async function load(url: string, acknowledged: Set<string>, first: number, enough: number): Promise<number> {
  let next = first
  let good = 0
  const sender = async () => {
    while (good < enough) {
      const spans = Array.from({ length: SPANS }, () =>
        call(++next, { 'spanmeter.cost.exact': '0.01' }, Math.floor(Date.now() / 1000) - 60),
      )
      try {
        const response = await fetch(`${url}/v1/traces`, {
          method: 'POST',
          headers: HEADERS,
          body: new Uint8Array(protobuf(spans)),
        })
        await response.arrayBuffer()
        if (response.status !== 200) continue
        good++
        for (const span of spans) acknowledged.add(span.spanContext().spanId)
      } catch {
        return
      }
    }
  }
  await Promise.all([sender(), sender(), sender(), sender()])
  return next
}

async function drained(url: string): Promise<void> {
  await vi.waitFor(
    async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text()
      expect(metrics).toMatch(/^spanmeter_spool_segments 0$/m)
    },
    { timeout: 100_000, interval: 50 },
  )
}

async function verify(acknowledged: Set<string>): Promise<void> {
  const store = await attachEmbedded({ dataDir: env.SPANMETER_DATA_DIR as string })
  try {
    const query = async <T>(sql: string): Promise<T[]> =>
      (
        await store.client.query({
          query: sql,
          format: 'JSONEachRow',
          clickhouse_settings: {
            output_format_json_quote_64bit_integers: 0,
            output_format_json_quote_decimals: 1,
          },
        })
      ).json<T>()
    const ids = await query<{ span_id: string; copies: number }>(
      'SELECT span_id, count() AS copies FROM spans GROUP BY span_id',
    )
    const copies = new Map(ids.map(({ span_id, copies }) => [span_id, copies]))
    expect([...acknowledged].filter((id) => copies.get(id) !== 1)).toEqual([])
    expect(ids.filter(({ copies }) => copies > 1)).toEqual([])
    const cost = `${(ids.length / 100).toFixed(2)}`.replace(/\.?0+$/, '')
    for (const table of ['rollup_cost_minute', 'rollup_cost_hour', 'rollup_cost_day']) {
      expect([
        table,
        ...(await query(`SELECT sum(calls) AS calls, sum(cost) AS cost FROM ${table}`)),
      ]).toEqual([table, { calls: ids.length, cost }])
    }
    expect(await query('SELECT sum(calls) AS calls FROM rollup_latency_hour')).toEqual([
      { calls: ids.length },
    ])
  } finally {
    await store.close()
  }
}

test('a collector that is killed under load', { timeout: 240_000 }, async () => {
  const acknowledged = new Set<string>()
  let next = 0
  for (let kill = 1; kill <= KILLS; kill++) {
    running = await start(env)
    const { url, end } = running
    const sending = load(url, acknowledged, next, Number.POSITIVE_INFINITY)
    const goal = acknowledged.size + SPANS * 60
    await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThan(goal), { timeout: 20_000, interval: 5 })
    await end('SIGKILL')
    next = (await sending) + 1000
  }
  running = await start(env)
  await drained(running.url)
  await verify(acknowledged)
  expect([await running.end('SIGTERM'), running.said().split('\n').slice(-4)]).toEqual([0, expect.anything()])
})

test('an engine that is killed under load is started again', { timeout: 240_000 }, async () => {
  const acknowledged = new Set<string>()
  running = await start(env)
  const sending = load(running.url, acknowledged, 0, 600)
  for (let kill = 1; kill <= KILLS; kill++) {
    const goal = Math.min(SPANS * 550, acknowledged.size + SPANS * 40)
    await vi.waitFor(() => expect(acknowledged.size).toBeGreaterThanOrEqual(goal), {
      timeout: 20_000,
      interval: 5,
    })
    const record = join(env.SPANMETER_DATA_DIR as string, 'engine.json')
    const { pid } = JSON.parse(await readFile(record, 'utf8')) as { pid: number }
    process.kill(pid, 'SIGKILL')
    await vi.waitFor(
      async () => expect((JSON.parse(await readFile(record, 'utf8')) as { pid: number }).pid).not.toBe(pid),
      { timeout: 30_000, interval: 20 },
    )
  }
  await sending
  await drained(running.url)
  await verify(acknowledged)
  expect([await running.end('SIGTERM'), running.said().split('\n').slice(-4)]).toEqual([0, expect.anything()])
})

test('a stop stores everything first', { timeout: 90_000 }, async () => {
  const acknowledged = new Set<string>()
  // other tests run beside this one: how long it takes is not what is asked
  running = await start({ ...env, SPANMETER_STOP_WITHIN_MS: '50000' })
  await load(running.url, acknowledged, 0, 25)
  expect(await running.end('SIGTERM')).toBe(0)
  expect(running.said()).toContain('everything is stored')
  running = await start(env)
  await verify(acknowledged)
})
