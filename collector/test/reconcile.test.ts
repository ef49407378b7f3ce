/** The ledger against a real store: what nobody reported is taken in, and given up when it is reported. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Reconciler } from '../src/budgets/reconcile.ts'
import { viewOf } from '../src/budgets/view.ts'
import { limitsOf } from './limits-of.ts'
import { call, insertRows } from './span-rows.ts'

let engine: TestClickhouse
beforeAll(async () => {
  engine = await startTestClickhouse()
})
afterAll(() => engine?.close())

const YAML = `
budgets:
  - { id: each, scope: { tenant: '*' }, limit: 10 }
  - { id: good-runs, scope: { tenant: '*' }, unit: runs, limit: 5, countIf: success, excludeKinds: [test] }
  - { id: minutes, unit: meter, meter: voice_minute, limit: 60 }
  - { id: tokens, unit: tokens, scope: { provider: openai }, limit: 1000000 }
`

test('what telemetry has beyond the reports counts, until it is reported', async () => {
  const clock = { now: Date.parse('2026-03-11T15:30:00Z') }
  const { ledger } = limitsOf(YAML, clock)
  const run = (status: string, kind = '') => ({
    ...{
      is_call: false,
      provider: '',
      usage_source: '',
      cost: null,
      run_id: `${status}${kind}`,
      run_status: status,
    },
    ...(kind === '' ? {} : { attributes: { 'spanmeter.run.kind': kind } }),
  })
  await insertRows(engine.client, [
    call('2026-03-02T10:00:00Z', { tenant_id: 'acme', cost: '1.5', provider: 'openai' }),
    call('2026-03-10T10:00:00Z', { tenant_id: 'acme', cost: '0.25', provider: 'openai' }),
    call('2026-02-28T10:00:00Z', { tenant_id: 'acme', cost: '7' }),
    call('2026-03-11T15:35:00Z', { tenant_id: 'acme', cost: '3' }),
    call('2026-03-05T10:00:00Z', { tenant_id: 'acme', ...run('success') }),
    call('2026-03-05T10:00:00Z', { tenant_id: 'acme', ...run('failed') }),
    call('2026-03-05T10:00:00Z', { tenant_id: 'acme', ...run('success', 'test') }),
    call('2026-03-06T10:00:00Z', {
      ...{ is_call: false, provider: '', usage_source: '', tenant_id: 'acme', cost: null },
      ...{ meter_name: 'voice_minute', meter_quantity: '12.5', meter_unit: 'min' },
    }),
  ])
  const reconciler = new Reconciler(ledger, { reader: engine.reader }, () => clock.now)
  const committed = (id: string, subject = {}) => {
    const budget = ledger.book.budget(id)
    if (!budget) throw new Error(`there is no budget ${id}`)
    return viewOf(ledger, ledger.peek(budget, subject), clock.now).committed
  }
  await reconciler.compare()
  clock.now += 60_000
  const drift = await reconciler.compare()
  expect(committed('each', { tenant: 'acme' })).toBe('1.75')
  expect(committed('good-runs', { tenant: 'acme' })).toBe('1')
  expect(committed('minutes')).toBe('12.5')
  expect(Number(committed('tokens'))).toBeGreaterThan(0)
  expect(drift.get('each')).toBe(-1.75)

  // A service tells of it late: nothing counts twice.
  const report = {
    lease: 1,
    budget: 'each',
    subject: { tenant: 'acme' },
    held: '0',
    ceiling: '0',
    need: '0',
    want: '0',
  }
  await ledger.exchange({ instance: 'i', seq: 1, version: '', accounts: [{ ...report, settled: '1.75' }] })
  clock.now += 60_000
  await reconciler.compare()
  clock.now += 60_000
  expect((await reconciler.compare()).get('each')).toBe(0)
  expect(committed('each', { tenant: 'acme' })).toBe('1.75')
})
