/** Credits of calls by kind: exact, what budgets in credits count, and unknown where the cost is. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import type { UsageEvent } from '../src/api/event-schema.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import { CREDIT_KINDS, creditsOf } from '../src/rate/credits.ts'
import { limitsOf } from './limits-of.ts'
import { call, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
const YAML = "credits: { perUsd: '250', kinds: { storage_mb: storage, summary: ai } }"
let engine: TestClickhouse
beforeAll(async () => {
  engine = await startTestClickhouse()
})
afterAll(() => engine?.close())

test('events carry their credits by kind, and what has no cost has none that are known', async () => {
  const metered = (meter_name: string, cost: string) =>
    call('2026-03-11T10:00:00Z', {
      meter_name,
      meter_quantity: '2',
      meter_unit: '1',
      provider: meter_name,
      cost,
    })
  await replaceRows(engine.client, [
    call('2026-03-11T10:00:00Z', { provider: 'model', cost: '0.000021' }),
    call('2026-03-11T10:00:00Z', { provider: 'unknown', cost: null, unpriced_reason: 'unknown_model' }),
    metered('storage_mb', '0.5'),
    metered('summary', '0.02'),
    metered('voice_minute', '0.04'),
  ])
  const app = createApi({ reader: engine.reader, budgets: limitsOf(YAML, NOW), now: () => NOW })
  const response = await app.request('/api/v1/usage/events?period=today')
  const { events } = (await response.json()) as { events: UsageEvent[] }
  const shown = events.map((event) => [
    event.provider,
    event.credits_ai,
    event.credits_compute,
    event.credits_storage,
  ])
  expect(shown.sort()).toEqual([
    ['model', '0.00525', '0', '0'],
    ['storage_mb', '0', '0', '125'],
    ['summary', '5', '0', '0'],
    ['unknown', null, null, null],
    ['voice_minute', '0', '10', '0'],
  ])
  const [first] = events
  const one = await app.request(`/api/v1/usage/events/${first?.trace_id}/${first?.span_id}`)
  expect(((await one.json()) as { event: UsageEvent }).event).toEqual(first)
})

test('files have the same credits, to the last decimal', async () => {
  const yaml = "credits: { perUsd: '0.333333333333', kinds: { storage_mb: storage } }"
  const app = createApi({ reader: engine.reader, budgets: limitsOf(yaml, NOW), now: () => NOW })
  const page = await app.request('/api/v1/usage/events?period=today&sort=timestamp')
  const { events } = (await page.json()) as { events: UsageEvent[] }
  const file = await app.request('/api/v1/export?period=today&format=jsonl')
  const lines = (await file.text()).trimEnd().split('\n')
  const byId = (all: UsageEvent[]) => all.toSorted((a, b) => (a.event_id < b.event_id ? -1 : 1))
  expect(byId(lines.map((line) => JSON.parse(line)))).toEqual(byId(events))
  const csv = await (await app.request('/api/v1/export?period=today&format=csv')).text()
  expect(csv.split('\n')[0]).toMatch(/credits_ai,credits_compute,credits_storage$/)
})

test('a call is of one kind, and its credits are its cost in credits', () => {
  const amount = fc.bigInt({ min: 0n, max: 10n ** 18n }).map(formatDecimal)
  fc.assert(
    fc.property(
      amount,
      fc.integer({ min: 0, max: 1000 }),
      fc.constantFrom('', 'a', 'b', '__proto__'),
      (cost, rate, meter) => {
        const credits = creditsOf(cost, meter, { perUsd: String(rate), kinds: { a: 'storage' } })
        const all = CREDIT_KINDS.map((kind) => parseDecimal(credits[kind] ?? ''))
        expect(all.filter((one) => one > 0n).length).toBeLessThanOrEqual(1)
        expect(all.reduce((sum, one) => sum + one)).toBe(parseDecimal(cost) * BigInt(rate))
      },
    ),
  )
})
