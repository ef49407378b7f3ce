/** Statements of tenants on a real engine: what they sum to, what changes after they were closed, and who sees them. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AccessControl } from '../src/access/access-control.ts'
import { createToken } from '../src/access/token.ts'
import { createApi } from '../src/api/app.ts'
import type { StatementBody } from '../src/api/statement-schema.ts'
import { readConfig } from '../src/config/read.ts'
import { parseDecimal } from '../src/query/decimal.ts'
import { createRetentionMarker } from '../src/write/retention.ts'
import { limitsOf } from './limits-of.ts'
import { call, insertRows, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
const YAML = `
credits: { perUsd: 100 }
plans:
  free: { name: Free, meters: { run: { included: 2, hardLimit: 2, countIf: success } } }
  basic:
    name: Basic
    price: 29
    meters:
      api_call: { included: 2, overageUnitPrice: 0.01 }
      voice_minute: { included: 60, overageUnitPrice: 0.02 }
defaultPlan: free
subscriptions:
  - { tenant: acme, plan: basic, timezone: Europe/Berlin, anchorDay: 15, overrides: { api_call: { included: 3 } } }
  - { tenant: quiet, plan: basic }
`
let engine: TestClickhouse
let app: ReturnType<typeof createApi>
beforeAll(async () => {
  engine = await startTestClickhouse()
  const onTime = (at: string) => ({ ingested_at: at.replace('T', ' ').replace('Z', '') })
  const made = (at: string, fields = {}) => call(at, { cost: '0.5', ...onTime(at), ...fields })
  const metered = (at: string, quantity: string, kind = 'use') =>
    made(at, {
      ...{ is_call: false, provider: '', usage_source: '', cost: '1.3', meter_name: 'voice_minute' },
      ...{ meter_quantity: quantity, meter_unit: 'min', attributes: { 'spanmeter.meter.kind': kind } },
      ...{ input_uncached_tokens: 0, output_text_tokens: 0 },
    })
  const run = (at: string, id: string, status: string) =>
    made(at, {
      ...{ tenant_id: 'globex', is_call: false, provider: '', usage_source: '', cost: null },
      ...{ run_id: id, run_status: status, input_uncached_tokens: 0, output_text_tokens: 0 },
    })
  await replaceRows(engine.client, [
    // a month of acme begins on the 15th at midnight in Berlin, an hour before it does in UTC
    made('2026-02-14T22:59:59Z'),
    ...[1, 2, 3, 4, 5].map((day) => made(`2026-02-${15 + day}T10:00:00Z`)),
    metered('2026-02-20T10:00:00Z', '65'),
    metered('2026-02-20T11:00:00Z', '500', 'level'),
    made('2026-02-14T23:00:00Z'),
    // of the month before: arrived a week after it was closed
    made('2026-02-10T10:00:00Z', { ...onTime('2026-02-23T10:00:00Z'), cost: '0.25' }),
    ...[1, 2, 3].map((day) => made(`2026-01-${15 + day}T10:00:00Z`)),
    ...['a', 'b', 'c'].map((id) => run('2026-02-03T10:00:00Z', id, 'success')),
    run('2026-02-04T10:00:00Z', 'd', 'failed'),
    made('2026-03-01T10:00:00Z', { tenant_id: 'globex' }),
    made('2026-03-01T10:00:00Z', { tenant_id: '' }),
  ])
  app = createApi({
    reader: engine.reader,
    budgets: limitsOf(YAML, NOW),
    now: () => NOW,
    report: console.error,
  })
})
afterAll(() => engine?.close())

interface Page {
  statements: StatementBody[]
  has_more: boolean
  next_cursor: string | null
}

async function ask(query: string, token?: string, asked = app): Promise<Page> {
  const response = await asked.request(`/api/v1/statements?${query}`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  const body = await response.json()
  expect([response.status, (body as { detail?: string }).detail]).toEqual([200, undefined])
  return body as Page
}

test('a month is the price, and what is beyond what the tenant has included', async () => {
  const { statements } = await ask('tenant_id=acme&months=1')
  expect(statements).toMatchObject([
    {
      ...{ statement_id: 'acme:2026-02-15', status: 'open', plan: 'basic', plan_name: 'Basic' },
      ...{ start: '2026-02-14T23:00:00.000Z', end: '2026-03-14T23:00:00.000Z', timezone: 'Europe/Berlin' },
      ...{ complete: true, price_exact: '29', usage: { calls: 6, tokens: 660, cost_exact: '5.6' } },
      meters: [
        { meter: 'api_call', quantity: '6', included: '3', overage: '3', charge_exact: '0.03' },
        { meter: 'voice_minute', quantity: '65', included: '60', overage: '5', charge_exact: '0.1' },
      ],
      ...{ total_exact: '29.13', balance_exact: '29.13' },
      adjustment: { calls: 0, tokens: 0, cost_exact: '0', total_exact: '0' },
    },
    {
      ...{ statement_id: 'acme:2026-01-15', status: 'closed', total_exact: '29.01' },
      // four calls when it was closed, and one that came later
      usage: { calls: 4, cost_exact: '2' },
      adjustment: { calls: 1, tokens: 110, cost_exact: '0.25', total_exact: '0.01' },
      balance_exact: '29.02',
    },
  ])
})

test('what plans/compare and the meters say is the same', async () => {
  const { statements } = await ask('months=2')
  const compared = (await (await app.request('/api/v1/plans/compare?tenant_id=globex&months=2')).json()) as {
    plans: { plan: string; months: { month: string; total_exact: string; meters: unknown[] }[] }[]
  }
  const free = compared.plans.find(({ plan }) => plan === 'free')
  const closed = statements.filter(({ tenant_id, status }) => tenant_id === 'globex' && status === 'closed')
  expect(closed.map(({ total_exact, meters }) => ({ total_exact, meters })).reverse()).toEqual(
    free?.months.map(({ total_exact, meters }) => ({ total_exact, meters })),
  )
  expect(closed[0]?.meters).toMatchObject([{ meter: 'run', quantity: '3', refused: '1' }])
  for (const { tenant_id, start, end, usage, adjustment } of statements) {
    const query = `period=custom&startDate=${start}&endDate=${end}&tenant_id=${tenant_id}`
    const of = async (path: string) =>
      (await (await app.request(`/api/v1/usage/${path}?${query}`)).json()) as never
    const { total } = (await of('meters')) as { total: { cost_exact: string } }
    expect([tenant_id, start, total.cost_exact]).toEqual([
      ...[tenant_id, start],
      ...[String(Number(parseDecimal(usage.cost_exact) + parseDecimal(adjustment.cost_exact)) / 1e12)],
    ])
  }
})

test('the cheapest plan is one that would have refused nothing', async () => {
  const compared = async (tenant: string, months: number) => {
    const response = await app.request(`/api/v1/plans/compare?tenant_id=${tenant}&months=${months}`)
    const { cheapest, plans } = (await response.json()) as {
      cheapest: string | null
      plans: { plan: string; current: boolean; refuses: boolean; total_exact: string }[]
    }
    return [cheapest, ...plans.map((one) => [one.plan, one.current, one.refuses, one.total_exact])]
  }
  // three successful runs of February are one more than free has
  expect(await compared('globex', 1)).toEqual([
    'basic',
    ['free', true, true, '0'],
    ['basic', false, false, '29'],
  ])
  // acme has five calls of the month that ended in February: three beyond the two of the plan
  expect(await compared('acme', 1)).toEqual([
    'free',
    ['free', false, false, '0'],
    ['basic', true, false, '29.03'],
  ])
})

test('a cost that was rated anew after the end is an adjustment, and the statement stays', async () => {
  const at = '2026-02-03T12:00:00.000'
  await insertRows(engine.client, [
    call(`${at}Z`, {
      tenant_id: 'rated',
      trace_id: 't',
      span_id: 's',
      cost: '3',
      ingested_at: at.replace('T', ' '),
    }),
  ])
  const change = (adjusted_at: string, old_cost: string, new_cost: string) => ({
    ...{ adjusted_at, tenant_id: 'rated', start_time: at.replace('T', ' '), trace_id: 't', span_id: 's' },
    ...{ old_cost, new_cost, run_id: '019abcde-0123-7abc-8def-0123456789ab' },
  })
  await engine.client.insert({
    table: 'cost_adjustments',
    values: [
      change('2026-02-10 00:00:00.000', '1', '2'),
      change('2026-03-05 00:00:00.000', '2', '2.5'),
      change('2026-03-06 00:00:00.000', '2.5', '3'),
    ],
    format: 'JSONEachRow',
  })
  const { statements } = await ask('tenant_id=rated&months=1&status=closed')
  expect(statements).toMatchObject([
    { usage: { cost_exact: '2' }, adjustment: { calls: 0, cost_exact: '1', total_exact: '0' } },
  ])
})

test('pages are the whole list, and a cursor of another question is refused', async () => {
  const all = (await ask('')).statements
  expect(new Set(all.map(({ tenant_id }) => tenant_id))).toEqual(
    new Set(['acme', 'globex', 'quiet', 'rated']),
  )
  expect(all).toHaveLength(4 * 13)
  const paged: StatementBody[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page = await ask(`limit=7${cursor === '' ? '' : `&cursor=${cursor}`}`)
    paged.push(...page.statements)
    cursor = page.next_cursor
  }
  expect(paged).toEqual(all)
  const { next_cursor } = await ask('limit=7')
  expect((await app.request(`/api/v1/statements?limit=7&status=open&cursor=${next_cursor}`)).status).toBe(400)
})

test('as CSV there is a line for each meter', async () => {
  const text = await (await app.request('/api/v1/statements?tenant_id=acme&months=1&format=csv')).text()
  const [header, ...lines] = text.trimEnd().split('\r\n')
  expect(lines).toHaveLength(4)
  const columns = header?.split(',') ?? []
  const cells = lines[1]?.split(',') ?? []
  expect(cells[columns.indexOf('meter')]).toBe('voice_minute')
  expect(cells[columns.indexOf('balance_exact')]).toBe('29.13')
})

test('sums that are no longer stored make a statement incomplete, others do not', async () => {
  const limits = {
    ...readConfig({}, '').retention,
    spans: 'forever',
    details: 'forever',
    minutes: 2,
  } as const
  const completeWith = async (hours: number | 'forever') => {
    const client = engine.client
    await client.command({ query: 'TRUNCATE TABLE retention_marks' })
    await createRetentionMarker(client, { ...limits, hours })(NOW.getTime())
    return (await ask('tenant_id=acme&months=2')).statements.map(({ complete }) => complete)
  }
  expect(await completeWith('forever')).toEqual([true, true, true])
  expect(await completeWith(60)).toEqual([true, true, false])
})

test('what is no longer stored makes a statement incomplete', async () => {
  await engine.client.insert({
    table: 'retention_marks',
    values: [{ name: 'spans', removed_before: Date.UTC(2026, 0, 20) / 1000 }],
    format: 'JSONEachRow',
  })
  const { statements } = await ask('tenant_id=acme&months=2')
  expect(statements.map(({ complete }) => complete)).toEqual([true, false, false])
})

test('a token of a tenant sees its own, whatever it asks for', async () => {
  const { text: token, kept } = createToken({ role: 'read', tenant: 'acme' }, 0)
  const access = new AccessControl({ required: true, tokens: [kept] }, () => NOW.getTime())
  const bound = createApi({
    ...{ reader: engine.reader, budgets: limitsOf(YAML, NOW), now: () => NOW, access },
  })
  for (const query of ['', 'tenant_id=acme']) {
    const { statements } = await ask(query, token, bound)
    expect(new Set(statements.map(({ tenant_id }) => tenant_id))).toEqual(new Set(['acme']))
    expect(statements[0]?.usage.calls).toBe(6)
    expect(statements.at(-1)?.complete).toBe(false)
  }
  expect((await ask('tenant_id=globex', token, bound)).statements).toEqual([])
})
