/** A page in the order of time is looked for near its end first, and is the same page. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { usageEvents } from '../src/query/usage-events.ts'
import { call, replaceRows } from './span-rows.ts'

const END = Date.parse('2026-03-10T12:00:00Z')
const HOUR = 3_600_000
/** Hours before the end, oldest first. */
const AGES = [100, 30, 20, 3, 0.5]

let store: TestClickhouse
beforeAll(async () => {
  store = await startTestClickhouse()
  await replaceRows(
    store.client,
    AGES.map((age) => call(new Date(END - age * HOUR).toISOString(), { response_id: `${age}` })),
  )
})
afterAll(() => store.close())

async function page(sort: 'timestamp' | '-timestamp' | '-cost', limit: number, offset = 0) {
  let asked = 0
  const reader = new Proxy(store.reader, {
    get(target, name) {
      if (name === 'query') asked += 1
      return Reflect.get(target, name).bind(target)
    },
  })
  const { rows, more } = await usageEvents(
    { reader },
    { start: END - 120 * HOUR, end: END, filters: {}, sort, limit, offset },
  )
  return { ids: rows.map(({ response_id }) => Number(response_id)), more, asked }
}

test.each([
  ['-timestamp', 1, 0, [0.5], true, 2],
  ['-timestamp', 2, 0, [0.5, 3], true, 2],
  ['-timestamp', 3, 0, [0.5, 3, 20], true, 3],
  ['-timestamp', 5, 0, [0.5, 3, 20, 30, 100], false, 3],
  ['-timestamp', 1, 1, [3], true, 2],
  ['-timestamp', 1, 4, [100], false, 3],
  ['timestamp', 1, 0, [100], true, 3],
  ['-cost', 5, 0, [0.5, 3, 20, 30, 100], false, 1],
] as const)('%s, %i after %i', async (sort, limit, offset, ids, more, asked) => {
  expect(await page(sort, limit, offset)).toEqual({ ids, more, asked })
})
