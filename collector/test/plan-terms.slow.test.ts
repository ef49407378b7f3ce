/** What is configured anew leaves statements alone that were over, unless it says since when it holds. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import type { StatementBody } from '../src/api/statement-schema.ts'
import { readConfig } from '../src/config/read.ts'
import { createTermsRecorder } from '../src/self/plan-terms.ts'
import { limitsOf } from './limits-of.ts'
import { call, replaceRows } from './span-rows.ts'

const engine: TestClickhouse = await startTestClickhouse()
afterAll(() => engine.close())

const plans = (price: number, more = '') => `
plans:
  free: { name: Free }
  basic: { name: Basic, price: ${price}, meters: { api_call: { included: 1, overageUnitPrice: 0.5 } }${more} }
defaultPlan: free
`
const SUBSCRIBED = 'subscriptions: [{ tenant: acme, plan: basic }]'

/** A collector's view of time and configuration: each step is a start or a reload. */
function collector() {
  let now = new Date('2026-01-05T00:00:00Z')
  let yaml = plans(29)
  let config = readConfig({}, yaml)
  const record = createTermsRecorder(engine.client, () => config)
  return {
    async at(time: string, configured: string) {
      now = new Date(time)
      yaml = configured
      config = readConfig({}, yaml)
      await record(now.getTime())
    },
    async statements(query = 'tenant_id=acme&months=3', time = now) {
      const app = createApi({ reader: engine.reader, budgets: limitsOf(yaml, time), now: () => time })
      const response = await app.request(`/api/v1/statements?${query}`)
      expect(response.status).toBe(200)
      const { statements } = (await response.json()) as { statements: StatementBody[] }
      return statements
    },
    async prices(query?: string) {
      const list = await this.statements(query)
      return list.map(({ statement_id, plan, total_exact }) => `${statement_id} ${plan} ${total_exact}`)
    },
  }
}

beforeEach(async () => {
  await engine.client.command({ query: 'TRUNCATE TABLE plan_terms' })
  const calls = ['2025-12-10', '2026-01-10', '2026-02-10', '2026-03-02', '2026-03-03'].map((day) =>
    call(`${day}T10:00:00Z`, { ingested_at: `${day} 10:00:01` }),
  )
  await replaceRows(engine.client, [
    ...calls,
    call('2026-02-11T10:00:00Z', { ingested_at: '2026-02-11 10:00:01' }),
  ])
})

test('what was configured first has always held', async () => {
  const one = collector()
  await one.at('2026-03-05T00:00:00Z', plans(29) + SUBSCRIBED)
  expect(await one.prices()).toEqual([
    ...['acme:2026-03-01 basic 29.5', 'acme:2026-02-01 basic 29.5'],
    ...['acme:2026-01-01 basic 29', 'acme:2025-12-01 basic 29'],
  ])
})

test('another price is for months that end later', async () => {
  const one = collector()
  await one.at('2026-01-05T00:00:00Z', plans(29) + SUBSCRIBED)
  await one.at('2026-03-05T00:00:00Z', plans(49) + SUBSCRIBED)
  expect(await one.prices('tenant_id=acme&months=2')).toEqual([
    ...['acme:2026-03-01 basic 49.5', 'acme:2026-02-01 basic 29.5', 'acme:2026-01-01 basic 29'],
  ])
  // the same configuration read once more writes nothing
  await one.at('2026-03-06T00:00:00Z', plans(49) + SUBSCRIBED)
  expect(await count()).toBe(3)
})

test('who leaves keeps what was over, and is still listed', async () => {
  const one = collector()
  await one.at(
    '2026-01-05T00:00:00Z',
    `${plans(29)}subscriptions: [{ tenant: acme, plan: basic }, { tenant: idle, plan: basic }]`,
  )
  await one.at('2026-03-05T00:00:00Z', plans(29))
  expect(await one.prices('months=1')).toEqual([
    ...[
      'acme:2026-03-01 free 0',
      'acme:2026-02-01 basic 29.5',
      'idle:2026-03-01 free 0',
      'idle:2026-02-01 basic 29',
    ],
  ])
})

test('what says since when it holds is for all months that end later', async () => {
  const one = collector()
  await one.at('2026-01-05T00:00:00Z', plans(29))
  const since = "subscriptions: [{ tenant: acme, plan: basic, since: '2026-02-01T00:00:00Z' }]"
  await one.at('2026-03-05T00:00:00Z', plans(29) + since)
  expect(await one.prices('tenant_id=acme&months=2')).toEqual([
    ...['acme:2026-03-01 basic 29.5', 'acme:2026-02-01 basic 29.5', 'acme:2026-01-01 free 0'],
  ])
  // a price that was agreed on a month ago
  await one.at('2026-03-06T00:00:00Z', plans(39, ", since: '2026-02-15T00:00:00Z'") + since)
  expect(await one.prices('tenant_id=acme&months=2')).toEqual([
    ...['acme:2026-03-01 basic 39.5', 'acme:2026-02-01 basic 39.5', 'acme:2026-01-01 free 0'],
  ])
})

test('a since that was there before says nothing of what changes later', async () => {
  const one = collector()
  const basic = (price: number) => plans(price, ", since: '2026-01-15T00:00:00Z'")
  const acme = "{ tenant: acme, plan: basic, since: '2025-12-01T00:00:00Z' }"
  await one.at('2026-01-20T00:00:00Z', `${basic(29)}subscriptions: [${acme}]`)
  // another price, and somebody who comes to a plan that has been there for long
  await one.at('2026-03-05T00:00:00Z', `${basic(59)}subscriptions: [${acme}, { tenant: late, plan: basic }]`)
  expect(await one.prices('months=2')).toEqual([
    ...['acme:2026-03-01 basic 59.5', 'acme:2026-02-01 basic 29.5', 'acme:2026-01-01 basic 29'],
    ...['late:2026-03-01 basic 59', 'late:2026-02-01 free 0', 'late:2026-01-01 free 0'],
  ])
  // what is no longer said changes nothing either
  await one.at('2026-03-06T00:00:00Z', `${plans(59)}subscriptions: [{ tenant: acme, plan: basic }]`)
  expect(await one.prices('tenant_id=acme&months=2')).toEqual([
    ...['acme:2026-03-01 basic 59.5', 'acme:2026-02-01 basic 29.5', 'acme:2026-01-01 basic 29'],
  ])
})

test('several collectors may write the same', async () => {
  const [one, two] = [collector(), collector()]
  await one.at('2026-01-05T00:00:00Z', plans(29) + SUBSCRIBED)
  await two.at('2026-01-05T00:00:00Z', plans(29) + SUBSCRIBED)
  expect(await count()).toBe(2)
  await Promise.all([one, two].map((each) => each.at('2026-02-05T00:00:00Z', plans(30) + SUBSCRIBED)))
  expect(await two.prices('tenant_id=acme&months=1')).toEqual([
    'acme:2026-02-01 basic 30.5',
    'acme:2026-01-01 basic 29',
  ])
})

test('what begins in the future is refused, with what to do', () => {
  const yaml = `${plans(29)}subscriptions: [{ tenant: acme, plan: basic, since: '2999-01-01T00:00:00Z' }]`
  expect(() => readConfig({}, yaml)).toThrow(/since.*lies in the future; configure it when it begins/)
})

async function count(): Promise<number> {
  const rows = await engine.client.query({
    query: 'SELECT count() AS n FROM plan_terms',
    format: 'JSONEachRow',
  })
  return Number((await rows.json<{ n: string }>())[0]?.n)
}
