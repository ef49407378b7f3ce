/**
 * The page with a month of imaginary traffic behind it: for pictures, and to look at while working on it.
 *
 * Invariant: the real engine, the real routes; `close()` leaves nothing behind.
 */
import { startTestClickhouse } from '@spanmeter/clickhouse/testing'
import { createDashboardRoutes } from '../collector/src/api/dashboards.ts'
import { seedRows } from '../dashboards/test/seed.ts'
import { type LoopbackServer, serveOnLoopback } from './serve.ts'

/** Starts it. */
export async function startSeededPage(): Promise<LoopbackServer> {
  const store = await startTestClickhouse()
  const rows = seedRows({ now: Date.now(), days: 62, callsPerDay: 3_000 })
  await store.client.insert({ table: 'spans', values: rows, format: 'JSONEachRow' })
  const server = await serveOnLoopback(
    createDashboardRoutes({ reader: store.reader, now: () => new Date() }).fetch,
  )
  return {
    url: server.url,
    async close() {
      await server.close()
      await store.close()
    },
  }
}
