/** Days whose spans are gone are in new rollups as they were in the old ones, once. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carryOver } from '../src/write/carry-over.ts'
import { call, insertRows } from './span-rows.ts'

const DAY = 86_400_000
const OLD = Date.now() - 40 * DAY
/** What is there of a rollup, without what no other rollup knows. */
const TABLES = {
  rollup_user_day: '*',
  rollup_conversation_day: '*',
  rollup_latency_day:
    'tenant_id, day, provider, model, calls, errors, cost, last_call, least_headroom, finalizeAggregation(latency), finalizeAggregation(arrival)',
  rollup_cost_hour: '* EXCEPT (service_rated_calls, collector_rated_calls)',
  rollup_cost_day: '* EXCEPT (service_rated_calls, collector_rated_calls)',
} as const
const BY_DAY = ['rollup_user_day', 'rollup_conversation_day', 'rollup_latency_day'] as const
const NEW =
  'missing_answers, estimated_answers, provider_billed_calls, service_rated_calls, collector_rated_calls, userless_calls, userless_failed_calls, conversationless_calls, conversationless_failed_calls, userless_cost, conversationless_cost'

let store: TestClickhouse
const command = (query: string) => store.client.command({ query })

beforeAll(async () => {
  store = await startTestClickhouse()
  await insertRows(store.client, [
    ...[1, 2, 3].map((hour) =>
      call(new Date(OLD - hour * 3_600_000).toISOString(), {
        ...{
          user_id: hour === 1 ? '' : `u-${hour}`,
          conversation_id: hour === 2 ? '' : 'c',
          cost_source: 'provider',
        },
        ...(hour === 3 && {
          status: 'error',
          cost: null,
          unpriced_reason: 'failed',
          usage_source: 'missing',
        }),
      }),
    ),
    call(new Date(OLD - 3 * DAY).toISOString(), { usage_source: 'estimated', conversation_id: 'c' }),
    call(new Date().toISOString()),
  ])
})
afterAll(() => store.close())

async function rows(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {}
  for (const [table, columns] of Object.entries(TABLES)) {
    await command(`OPTIMIZE TABLE ${table} FINAL`)
    const result = await store.client.query({
      query: `SELECT ${columns} FROM ${table} ORDER BY ALL`,
      format: 'JSONEachRow',
    })
    all[table] = await result.json()
  }
  return all
}

test('a day that spans no longer tell is carried over, and only such a day', async () => {
  const before = await rows()
  await command('TRUNCATE TABLE spans')
  const old = `toDate('${new Date().toISOString().slice(0, 10)}') - 5`
  for (const table of BY_DAY) await command(`DELETE FROM ${table} WHERE day < ${old}`)
  for (const table of ['rollup_cost_hour', 'rollup_cost_day']) {
    await command(`CREATE TABLE ${table}_before ENGINE = Memory AS SELECT * EXCEPT (${NEW}) FROM ${table}`)
    await command(`TRUNCATE TABLE ${table}`)
    await command(`INSERT INTO ${table} (* EXCEPT (${NEW})) SELECT * FROM ${table}_before`)
  }
  const emptied = await rows()
  expect(emptied).not.toEqual(before)
  const days = new Set(
    [OLD - 3_600_000, OLD - 7_200_000, OLD - 10_800_000, OLD - 3 * DAY].map((at) => Math.floor(at / DAY)),
  )
  expect(await carryOver(store.client)).toBe(5 * days.size)
  const after = await rows()
  for (const table of BY_DAY) expect(after[table]).toEqual(before[table])
  // today is not old: what it lacks here, spans would have told
  const past = (list: unknown) =>
    (list as { hour?: string; day?: string }[]).filter(
      ({ hour, day }) => (hour ?? day ?? '') < new Date(Date.now() - DAY).toISOString().slice(0, 10),
    )
  for (const table of ['rollup_cost_hour', 'rollup_cost_day'])
    expect(past(after[table])).toEqual(past(before[table]))
  expect(await carryOver(store.client)).toBe(0)
  expect(await rows()).toEqual(after)
})
