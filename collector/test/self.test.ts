/** A collector's own counts and prices, in the store where the dashboards read them. */
import { hostname } from 'node:os'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { Counter, Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createCreditRecorder } from '../src/self/credit-rates.ts'
import { createPriceRecorder } from '../src/self/model-prices.ts'
import { recordSelf } from '../src/self/record.ts'

let store: TestClickhouse
beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store?.close())

const ask = async (query: string) =>
  (await store.reader.query({ query, format: 'JSONEachRow' })).json<Record<string, unknown>>()

it('stores what was counted, and the rest of it when it stops', async () => {
  const registry = new Registry()
  const counter = new Counter({ name: 'spanmeter_insert_rows_total', help: '.', registers: [registry] })
  counter.inc(3)
  const at = Date.parse('2026-11-25T12:00:00.250Z')
  const errors: unknown[] = []
  const self = recordSelf({
    client: store.client,
    registry,
    port: 4318,
    now: () => at,
    failed: (error) => errors.push(error),
    periodMs: 3_600_000,
  })
  counter.inc(4)
  await self.stop()
  expect(errors).toEqual([])
  expect(
    await ask(
      'SELECT instance, name, kind, sum(value) AS value, toString(max(at)) AS at FROM collector_samples GROUP BY ALL',
    ),
  ).toEqual([
    {
      instance: `${hostname()}:4318`,
      name: 'spanmeter_insert_rows_total',
      kind: 'counter',
      value: 7,
      at: '2026-11-25 12:00:00.250',
    },
  ])
})

it('writes the price of a model once it was called, and none for one that no book knows', async () => {
  const at = Date.parse('2026-11-25T12:00:00Z')
  const record = createPriceRecorder(store.client)
  expect(await record(at)).toBe(0)
  const call = (model: string) => ({
    start_time: '2026-11-25 11:59:00',
    span_id: model,
    is_call: true,
    provider: 'openai',
    model,
  })
  await store.client.insert({
    table: 'spans',
    values: [call('gpt-4o-mini'), call('acme-tuned-7b')],
    format: 'JSONEachRow',
  })
  expect(await record(at)).toBe(1)
  expect(await record(at)).toBe(0)
  expect(await ask('SELECT model, input, cache_read, output FROM model_prices')).toEqual([
    { model: 'gpt-4o-mini', input: 1.5e-7, cache_read: 7.5e-8, output: 6e-7 },
  ])
})

it('writes what credits are worth when it has changed, and again where it could not', async () => {
  const at = Date.parse('2026-11-25T12:00:00Z')
  let rates = { perUsd: '100', kinds: {} as Record<string, 'storage'> }
  let broken = true
  const insert = async (...given: Parameters<typeof store.client.insert>) => {
    if (broken) throw new Error('the store is away')
    return store.client.insert(...given)
  }
  const record = createCreditRecorder({ insert } as never, () => rates)
  await expect(record(at)).rejects.toThrow('away')
  broken = false
  for (const later of [1, 2]) await record(at + later)
  rates = { perUsd: '0.5', kinds: { storage_mb: 'storage' } }
  for (const later of [3, 4]) await record(at + later)
  expect(await ask('SELECT toString(per_usd) AS per_usd, kinds FROM credit_rates ORDER BY set_at')).toEqual([
    { per_usd: '100', kinds: {} },
    { per_usd: '0.5', kinds: { storage_mb: 'storage' } },
  ])
})
