/**
 * The page with a month of imaginary traffic behind it: for pictures, and to look at while working on it.
 *
 * Invariant: the real engine, the real routes; `close()` leaves nothing behind.
 */
import { startTestClickhouse } from '@spanmeter/clickhouse/testing'
import { createApi } from '../collector/src/api/app.ts'
import { createDashboardRoutes } from '../collector/src/api/dashboards.ts'
import { seedRows } from '../dashboards/test/seed.ts'
import {
  seedBilling,
  seedCredits,
  seedLimits,
  seedPrices,
  seedSamples,
} from '../dashboards/test/seed-collector.ts'
import { type LoopbackServer, serveOnLoopback } from './serve.ts'

/** Starts it. */
export async function startSeededPage(): Promise<LoopbackServer> {
  const store = await startTestClickhouse()
  const now = () => new Date()
  const rows = seedRows({ now: Date.now(), days: 62, callsPerDay: 3_000 })
  const insert = (table: string, values: readonly object[]) =>
    store.client.insert({ table, values, format: 'JSONEachRow' })
  await insert('spans', rows)
  await insert('model_prices', seedPrices(rows))
  await insert('credit_rates', seedCredits(Date.now()))
  await insert('billing_outbox', seedBilling(Date.now()))
  await insert('collector_samples', seedSamples({ now: Date.now(), hours: 24 }))
  for (const { table, rows: values } of seedLimits(Date.now())) await insert(table, values)
  const app = createDashboardRoutes({ reader: store.reader, now })
  app.route('/', createApi({ reader: store.reader, now }))
  const server = await serveOnLoopback(app.fetch)
  return {
    url: server.url,
    async close() {
      await server.close()
      await store.close()
    },
  }
}
