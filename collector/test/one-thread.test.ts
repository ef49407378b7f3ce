/** Panels that are asked side by side take one thread each, unless the profile of the store's user is one that forbids it. */
import type { ClickHouseSettings } from '@clickhouse/client'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Reader } from '../src/access/tenant-reader.ts'
import { createDashboardRoutes } from '../src/api/dashboards.ts'

const NOW = Date.parse('2026-03-11T15:30:00Z')
const DAY = 86_400_000
let store: TestClickhouse
/** What was asked, as `max_threads`. */
let asked: unknown[]
beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store?.close())

/** Asks a panel over so many days, until so many ms before now. */
async function ask(
  settings: (given: ClickHouseSettings) => ClickHouseSettings,
  days: number,
  ago = 0,
): Promise<number> {
  asked = []
  const query = (params: Parameters<Reader['query']>[0]) => {
    const given = params.clickhouse_settings ?? {}
    asked.push(given.max_threads)
    return store.reader.query({ ...params, clickhouse_settings: settings(given) })
  }
  const reader = { query, exec: store.reader.exec.bind(store.reader) } as Reader
  const page = createDashboardRoutes({ reader, now: () => new Date(NOW) })
  const to = NOW - ago
  const { status } = await page.request(
    `/api/v1/dashboards/spanmeter-models/panels/1/data?from=${to - days * DAY}&to=${to}`,
  )
  return status
}

test('one thread is asked for where the range is short', async () => {
  const as = (given: ClickHouseSettings) => given
  expect([await ask(as, 7), asked]).toEqual([200, [1]])
  expect([await ask(as, 30), asked]).toEqual([200, [undefined]])
})

test('a user who may not say so is asked without, and is not tried again', async () => {
  // a setting that nobody allowed: the engine refuses it as it would the other one
  const older = (given: ClickHouseSettings): ClickHouseSettings =>
    'max_threads' in given ? { max_block_size: '1000' } : given
  expect([await ask(older, 7), asked]).toEqual([200, [1, undefined]])
  expect([await ask(older, 7, 60_000), asked]).toEqual([200, [undefined]])
})
