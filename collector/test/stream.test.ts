/** Live totals over a real HTTP connection: at once, on every change, and only while somebody watches. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { Hono } from 'hono'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { admit } from '../src/access/scope.ts'
import { type CostEvent, LiveTotals } from '../src/api/live-totals.ts'
import { createStream } from '../src/api/stream.ts'
import { call, insertRows, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
let engine: TestClickhouse
let server: Server
let url: string
beforeAll(async () => {
  engine = await startTestClickhouse()
  const app = new Hono()
  app.use('*', admit())
  app.route('/', createStream({ reader: engine.reader, now: () => NOW }, { everyMs: 20, heartbeatMs: 20 }))
  server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/stream`
})
afterAll(async () => {
  server?.closeAllConnections()
  server?.close()
  await engine?.close()
})
beforeEach(() => replaceRows(engine.client, [call('2026-03-11T10:00:00Z', { cost: '1.5' })]))

/** Watches until `enough` says so; then leaves. */
async function watch(query: string, enough: (text: string) => boolean | Promise<boolean>): Promise<string> {
  const leave = new AbortController()
  const response = await fetch(`${url}${query}`, { signal: leave.signal })
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
  ])
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString()
    if (await enough(text)) break
  }
  leave.abort()
  return text
}
const costs = (text: string): string[] =>
  [...text.matchAll(/event: cost\ndata: (.*)\n\n/g)].map((match) => JSON.parse(match[1] ?? '').cost_exact)

test('totals come at once and when they change, not when they do not', async () => {
  let added = false
  const text = await watch('', async (seen) => {
    // Several rounds without a change first.
    if (!added && seen.split(': still here').length > 4) {
      added = true
      await insertRows(engine.client, [call('2026-03-11T11:00:00Z', { cost: '0.000000000001' })])
    }
    return costs(seen).length === 2
  })
  expect(costs(text)).toEqual(['1.5', '1.500000000001'])
})

test('filters and the zone are those of the watcher; a bad question is refused', async () => {
  const none = await watch('?tenant_id=globex', (text) => costs(text).length > 0)
  expect(costs(none)).toEqual(['0'])
  const refused = await fetch(`${url}?tenant_id=`)
  expect([refused.status, refused.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
})

test('many who watch the same are one question; nobody is none', async () => {
  const all = { timezone: 'UTC', filters: {}, tenant: undefined }
  const totals = new LiveTotals(engine.reader, () => NOW, 5)
  const stops: (() => void)[] = []
  const first = await Promise.all(
    Array.from({ length: 30 }, () => new Promise<unknown>((done) => stops.push(totals.watch(all, done)))),
  )
  expect(first.map((event) => (event as CostEvent).cost_exact)).toEqual(Array(30).fill('1.5'))
  stops.push(totals.watch({ ...all, filters: { model: ['x'] } }, () => {}))
  expect(totals.questions).toBe(2)
  for (const stop of stops) stop()
  expect(totals.questions).toBe(0)
})

test('one client too many is told to wait, and has room when another leaves', async () => {
  const leave = new AbortController()
  const open = await Promise.all(Array.from({ length: 100 }, () => fetch(url, { signal: leave.signal })))
  const refused = await fetch(url)
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(open.every((response) => response.status === 200)).toBe(true)
  leave.abort()
  await expect
    .poll(async () => {
      const response = await fetch(url)
      await response.body?.cancel()
      return response.status
    })
    .toBe(200)
})
