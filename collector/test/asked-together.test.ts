/** What a panel shows where one question answers it and others, and what it shows when its own query is asked. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { dashboards, expand, type Frame, frameOf, type StringRows, withInstants } from '@spanmeter/dashboards'
import type { Hono } from 'hono'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createDashboardRoutes } from '../src/api/dashboards.ts'
import { FIRST, LAST, randomCalls } from './random-calls.ts'
import { replaceRows } from './span-rows.ts'

/** Longer than any list, so that what is left out of it shows. */
const MANY = { user_id: 57, conversation_id: 211, run_id: 83, tenant_id: 71 }
const RANGE = { from: FIRST + 20 * 86_400_000 + 1_234_567, to: LAST - 987_654 }

let store: TestClickhouse
let page: Hono
beforeAll(async () => {
  store = await startTestClickhouse()
  const rows = randomCalls(1500, 11).map((row, index) => ({
    ...row,
    agent_name: index % 3 === 0 ? '' : `agent ${index % 29}`,
    meter_name: index % 5 === 0 ? `meter ${index % 3}` : '',
    time_to_first_chunk_ns: index % 2 === 0 ? 1e8 * (1 + (index % 7)) : null,
    ...Object.fromEntries(
      Object.entries(MANY).flatMap(([name, count]) =>
        row[name] === '' ? [] : [[name, `${name} ${index % count}`]],
      ),
    ),
  }))
  await replaceRows(store.client, rows)
  const kinds = { 'meter 1': 'storage' }
  await store.client.insert({
    table: 'credit_rates',
    values: [{ set_at: Math.floor(LAST / 1000), per_usd: '100', kinds }],
    format: 'JSONEachRow',
  })
  page = createDashboardRoutes({ reader: store.reader, now: () => new Date(LAST) })
})
afterAll(() => store?.close())

const asked = dashboards.flatMap(({ uid, panels, variables }) =>
  panels.flatMap((panel) =>
    panel.targets
      .filter(({ together }) => together !== undefined)
      .map((target) => ({ name: `${uid}: ${panel.title}`, uid, panel, target, variables })),
  ),
)

it('there are panels that are asked together', () => expect(asked.length).toBeGreaterThan(20))

it.each(asked)('$name', async ({ uid, panel, target, variables }) => {
  const path = `/api/v1/dashboards/${uid}/panels/${panel.id}/data?from=${RANGE.from}&to=${RANGE.to}&timezone=UTC`
  const response = await page.request(path)
  expect(response.status).toBe(200)
  const { frames, intervalMs } = (await response.json()) as { frames: { A: Frame }; intervalMs: number }
  const sql = expand(target.sql, {
    ...{ ...RANGE, now: LAST, timezone: 'UTC', intervalMs },
    variables: Object.fromEntries(variables.map(({ name }) => [name, 'all'])),
  })
  const result = await store.reader.query({
    query: withInstants(sql, target),
    format: 'JSONCompactStrings',
  })
  const own = frameOf((await result.json()) as unknown as StringRows, target)
  expect(frames.A.fields[0]?.values.length).toBeGreaterThan(0)
  expect(rounded(frames.A)).toEqual(rounded(own))
})

/** Doubles are added, and sketches merged, in any order. */
function rounded({ fields }: Frame): unknown {
  return fields.map(({ name, type, values }) => [
    name,
    type,
    values.map((each) => (typeof each === 'number' ? Number(each.toPrecision(9)) : each)),
  ])
}
