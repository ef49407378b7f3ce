/** A collector whose ClickHouse server is not there: it starts, keeps what it accepts, and stores it later. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedClickhouse, startEmbedded } from '@spanmeter/clickhouse'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Running, runToEnd, start } from './process.ts'
import { call, protobuf } from './spans.ts'

let directory: string
let server: { dataDir: string; port: number; url: string }
let running: Running | undefined
let engine: EmbeddedClickhouse | undefined

/** An engine plays the server: on a port of its own, and with the passwords that its directory keeps. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-away-'))
  const dataDir = join(directory, 'server')
  const first = await startEmbedded({ dataDir })
  const port = Number(new URL(first.url).port)
  server = { dataDir, port, url: `http://app:${first.appPassword}@127.0.0.1:${port}/spanmeter` }
  await first.close()
})
afterEach(async () => {
  await running?.end('SIGKILL')
  await engine?.close()
  running = undefined
  engine = undefined
  await rm(directory, { recursive: true, force: true, maxRetries: 20 })
})

async function env(url = server.url): Promise<Record<string, string>> {
  const config = join(directory, 'config.yaml')
  await writeFile(config, 'spool: { maxAgeMs: 50 }\ngrpc: { port: none }\n')
  return {
    ...{ SPANMETER_DATA_DIR: join(directory, 'data'), SPANMETER_CONFIG: config, CLICKHOUSE_URL: url },
  }
}
async function send(url: string, ids: number[]): Promise<number> {
  const spans = ids.map((id) => call(id, {}, Math.floor(Date.now() / 1000) - 60))
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: new Uint8Array(protobuf(spans)),
  })
  await response.arrayBuffer()
  return response.status
}
async function ask(path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${running?.url}${path}`)
  return { status: response.status, text: await response.text() }
}
const patiently = { timeout: 60_000, interval: 200 }
async function spans(): Promise<unknown> {
  const result = await engine?.client.query({
    query: 'SELECT count() AS rows, uniqExact(span_id) AS spans FROM spans',
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return (await result?.json<unknown>())?.[0]
}

test('starts, accepts and says what is missing; stores once, by itself, when the server is there', async () => {
  running = await start(await env())
  expect(await send(running.url, [1, 2, 3])).toBe(200)
  expect(await ask('/readyz')).toMatchObject({
    status: 503,
    text: expect.stringContaining('not reached yet'),
  })
  expect(await ask('/healthz')).toMatchObject({
    status: 200,
    text: expect.stringContaining('not reached yet'),
  })
  expect((await ask('/metrics')).text).toMatch(/^spanmeter_store_up 0$/m)
  expect((await ask('/api/v1/usage/summary')).status).toBe(503)
  expect(running.said()).toMatch(/cannot use ClickHouse at http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)

  // what was accepted is on disk: a kill changes nothing, and neither does a sender that comes again
  await running.end('SIGKILL')
  running = await start(await env())
  expect(await send(running.url, [2, 3, 4])).toBe(200)
  expect(await running.end('SIGTERM')).toBe(0)
  running = await start(await env())
  expect(await send(running.url, [4, 5])).toBe(200)

  engine = await startEmbedded({ dataDir: server.dataDir, port: server.port })
  await vi.waitFor(async () => expect(await ask('/readyz')).toMatchObject({ status: 200 }), patiently)
  await vi.waitFor(async () => expect(await spans()).toEqual({ rows: 5, spans: 5 }), patiently)
  expect((await ask('/api/v1/usage/summary?period=last_24h')).text).toContain('"calls":5')
  await vi.waitFor(
    async () => expect((await ask('/metrics')).text).toMatch(/^spanmeter_store_up 1$/m),
    patiently,
  )
  expect(running.said()).toMatch(/answers and is migrated/)

  // away again, and back
  await engine.close()
  expect(await send(running.url, [6])).toBe(200)
  await vi.waitFor(() => expect(running?.said()).toMatch(/ClickHouse does not answer/), patiently)
  engine = await startEmbedded({ dataDir: server.dataDir, port: server.port })
  await vi.waitFor(async () => expect(await spans()).toEqual({ rows: 6, spans: 6 }), patiently)
  expect(await running.end('SIGTERM')).toBe(0)
}, 240_000)

test('a server that answers and refuses ends the start', async () => {
  engine = await startEmbedded({ dataDir: server.dataDir, port: server.port })
  const wrong = server.url.replace(/app:[^@]+@/, 'app:wrong@')
  const { code, err } = await runToEnd(await env(wrong))
  expect([code, err]).toEqual([1, expect.stringMatching(/cannot use ClickHouse at .*Authentication failed/)])
  expect(err).not.toContain('wrong@')
}, 120_000)
