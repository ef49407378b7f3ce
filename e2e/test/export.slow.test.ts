/** A million calls as a file: all of them are in it, and neither this process nor a question to the store is as large as it. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { createApi } from '@spanmeter/collector/questions'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCalls } from '../../bench/scale/calls.ts'

const CALLS = 800_000
/** So many more begin within two seconds. */
const BURST = 250_000
const NOW = Date.parse('2026-04-01T00:00:00Z')
const DAY = 86_400_000
const GROWTH_LIMIT = 250e6
let engine: TestClickhouse
beforeAll(async () => {
  engine = await startTestClickhouse()
  await makeCalls(engine.client, { count: CALLS, days: 30, now: NOW })
  await makeCalls(engine.client, { count: BURST, days: 2 / 86_400, now: NOW - 3 * DAY })
}, 400_000)
afterAll(() => engine?.close())

test('a file has every call once, in bounded memory, also where many are in one second', async () => {
  let largest = 0
  const reader = {
    query: engine.client.query.bind(engine.client),
    exec: (async (params: Parameters<typeof engine.client.exec>[0]) => {
      const answer = await engine.reader.exec(params)
      let lines = 0
      answer.stream.on('data', (chunk: Buffer) => {
        lines += linesOf(chunk)
        largest = Math.max(largest, lines)
      })
      return answer
    }) as typeof engine.client.exec,
  }
  const api = createApi({ reader, now: () => new Date(NOW) })
  const get = (query: string) => api.request(`/api/v1/${query}&startDate=2026-03-01&endDate=2026-04-02`)
  const total = (
    (await (await get('usage/summary?')).json()) as { total: { calls: number; cost_exact: string } }
  ).total
  expect(total.calls).toBe(CALLS + BURST)
  await (await get('export?format=jsonl&limit=1')).body?.cancel()
  const before = process.memoryUsage.rss()
  let [most, bytes, rows] = [before, 0, 0]
  const response = await get('export?format=csv')
  expect(response.headers.get('x-total-count')).toBe(String(CALLS + BURST))
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.length
    rows += linesOf(chunk)
    most = Math.max(most, process.memoryUsage.rss())
  }
  expect(rows - 1).toBe(CALLS + BURST)
  expect(bytes).toBeGreaterThan(2 * GROWTH_LIMIT)
  expect(most - before).toBeLessThan(GROWTH_LIMIT)
  expect(largest).toBeGreaterThan(10_000)
  expect(largest).toBeLessThan(BURST)
}, 500_000)

function linesOf(chunk: Uint8Array): number {
  let lines = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1
  return lines
}
