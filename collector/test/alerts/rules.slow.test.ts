/** Every kind of rule on a real engine: what it finds, and where it keeps quiet. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { backTest } from '../../src/alerts/back-test.ts'
import { createRule, type Rule } from '../../src/alerts/rule.ts'
import { RULE_KINDS } from '../../src/alerts/rules/built-in.ts'
import { readConfig } from '../../src/config/read.ts'
import { call, replaceRows, type SpanRow } from '../span-rows.ts'

const NOW = Date.parse('2026-03-11T15:30:00Z')
let engine: TestClickhouse
beforeAll(async () => {
  engine = await startTestClickhouse()
})
afterAll(() => engine?.close())

/** A rule as the configuration makes it: with every default. */
function ruleOf(settings: Record<string, unknown>): Rule {
  const file = JSON.stringify({ alerts: { rules: [{ name: 'rule', ...settings }] } })
  const [config] = readConfig({}, file).alerts.rules
  return createRule(config as never, RULE_KINDS)
}

/** `subject: breached|fine`, in order of the subjects. */
async function find(settings: Record<string, unknown>, now = NOW): Promise<string[]> {
  const rule = ruleOf(settings)
  const findings = await rule.kind.read({ reader: engine.reader }, rule.settings, now)
  return findings
    .map(({ subject, breached, threshold }) => {
      const name = Object.values(subject).join('/') || 'all'
      return `${name} ${threshold}: ${breached ? 'breached' : 'fine'}`
    })
    .sort()
}

const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()
const times = (count: number, make: (index: number) => SpanRow) =>
  Array.from({ length: count }, (_, i) => make(i))
const failed = (code: number) => ({
  status: 'error',
  http_status_code: code,
  cost: null,
  unpriced_reason: 'failed',
})

test('spend: each tenant against each threshold, of this month only', async () => {
  await replaceRows(engine.client, [
    call('2026-03-01T00:00:00Z', { tenant_id: 'acme', cost: '7' }),
    call('2026-02-28T23:59:59Z', { tenant_id: 'acme', cost: '100' }),
    call(ago(60), { tenant_id: 'acme', cost: '1' }),
    call(ago(60), { tenant_id: 'small', cost: '0.5' }),
    call(ago(60), { tenant_id: '', cost: '20' }),
  ])
  expect(await find({ kind: 'spend', usd: '10', by: 'tenant', thresholds: [50, 80, 100] })).toEqual([
    'acme 100% of $10.00: fine',
    'acme 50% of $10.00: breached',
    'acme 80% of $10.00: breached',
    'none 100% of $10.00: breached',
    'none 50% of $10.00: breached',
    'none 80% of $10.00: breached',
    'small 100% of $10.00: fine',
    'small 50% of $10.00: fine',
    'small 80% of $10.00: fine',
  ])
  // Berlin is an hour ahead: 23:59:59 UTC of February is already March there
  expect(
    await find({
      kind: 'spend',
      usd: 100,
      thresholds: [100],
      timezone: 'Europe/Berlin',
      only: { tenant_id: 'acme' },
    }),
  ).toEqual(['all 100% of $100.00: breached'])
})

test('budget: every subject of the ledger against the thresholds of its budget', async () => {
  const standing = { budget: 'team', period: 'month:2026-03-01', unit: 'tokens', thresholds: [50, 100] }
  const of = (tenant_id: string, tokens: bigint) => ({
    ...standing,
    subject: { tenant_id },
    committed: tokens * 10n ** 12n,
    limit: 1_000n * 10n ** 12n,
  })
  const rule = ruleOf({ kind: 'budget' })
  const budgets = () => [of('acme', 999n), of('globex', 10n)]
  const findings = await rule.kind.read({ reader: engine.reader, budgets }, rule.settings, NOW)
  expect(findings.filter(({ breached }) => breached)).toMatchObject([
    {
      ...{
        subject: { budget: 'team', tenant_id: 'acme' },
        value: '999 tokens (99.9%)',
        threshold: '50% of 1000 tokens',
      },
      title: 'Use of budget team, tenant acme has reached 50%',
    },
  ])
  const other = ruleOf({ kind: 'budget', budgets: ['none'] })
  expect(await other.kind.read({ reader: engine.reader, budgets }, other.settings, NOW)).toEqual([])
})

test('error rate, latency and provider down: over their windows, with enough calls', async () => {
  await replaceRows(engine.client, [
    ...times(10, () => call(ago(5), { provider: 'openai', duration_ns: '5000000000' })),
    ...times(10, () => call(ago(5), { provider: 'openai', ...failed(429) })),
    ...times(20, () => call(ago(3), { provider: 'anthropic', cost: '1' })),
    ...times(6, () => call(ago(3), { provider: 'cohere', ...failed(503) })),
    ...times(3, () => call(ago(3), { provider: 'mistral', ...failed(503) })),
    ...times(50, () => call(ago(30), { provider: 'cohere' })),
  ])
  expect(await find({ kind: 'error_rate', by: 'provider' })).toEqual([
    'anthropic 20%: fine',
    'openai 20%: breached',
  ])
  expect(await find({ kind: 'latency', seconds: 2, by: 'provider' })).toEqual([
    'anthropic 2 s: fine',
    'openai 2 s: breached',
  ])
  // a provider that answers 429 is up; one with too few calls may be anything
  expect(await find({ kind: 'provider_down' })).toEqual([
    'anthropic all of at least 5: fine',
    'cohere all of at least 5: breached',
    'mistral all of at least 5: fine',
    'openai all of at least 5: fine',
  ])
})

test('unpriced and unattributed: parts of the calls of the last hour', async () => {
  await replaceRows(engine.client, [
    ...times(50, () => call(ago(20))),
    call(ago(20), { cost: null, unpriced_reason: 'unknown_model', tenant_id: '' }),
    ...times(4, () => call(ago(20), { tenant_id: '' })),
  ])
  expect(await find({ kind: 'unpriced' })).toEqual(['all 1%: breached'])
  expect(await find({ kind: 'unpriced', percent: 5 })).toEqual(['all 5%: fine'])
  expect(await find({ kind: 'unattributed' })).toEqual(['tenant_id 5%: breached'])
  expect(await find({ kind: 'unattributed', percent: 10 })).toEqual(['tenant_id 10%: fine'])
})

test('ingest stopped: services that were heard of and are silent', async () => {
  const heard = (service: string, minutes: number) =>
    times(100, () =>
      call(ago(minutes), {
        service_name: service,
        ingested_at: ago(minutes).replace('T', ' ').replace('Z', ''),
      }),
    )
  await replaceRows(engine.client, [...heard('silent', 20), ...heard('alive', 2), ...heard('gone', 60 * 30)])
  expect(await find({ kind: 'ingest_stopped' })).toEqual(['alive 15 min: fine', 'silent 15 min: breached'])
})

test('burn rate: fast over both windows, and only where the rest will not last', async () => {
  const burning = (tenant: string, minutes: number, cost: string) =>
    call(ago(minutes), { tenant_id: tenant, cost })
  await replaceRows(engine.client, [
    ...times(60, (n) => burning('burning', n, '1')),
    ...times(30, (n) => burning('over', 10 + n, '2')),
    burning('idle', 3, '0.001'),
  ])
  expect(await find({ kind: 'burn_rate', usd: 500, by: 'tenant' })).toEqual([
    'burning 14 times: breached',
    'idle 14 times: fine',
    'over 14 times: fine',
  ])
})

test('projection and anomaly: say nothing before there is enough history', async () => {
  const hour = 60
  const days = (count: number) =>
    times(count * 24, (n) => call(ago((n + 1) * hour), { tenant_id: 'steady', cost: '1' }))
  await replaceRows(engine.client, days(10))
  expect(await find({ kind: 'projected_overrun', usd: 700 })).toEqual([])
  expect(await find({ kind: 'spend_anomaly' })).toEqual([])
  await replaceRows(engine.client, days(40))
  // 24 a day: about 744 in March
  expect(await find({ kind: 'projected_overrun', usd: 700 })).toEqual(['all 100% of $700.00: breached'])
  expect(await find({ kind: 'projected_overrun', usd: 800 })).toEqual(['all 100% of $800.00: fine'])
  expect((await find({ kind: 'spend_anomaly' })).map((text) => text.split(': ')[1])).toEqual(['fine'])
  await replaceRows(engine.client, [...days(40), call(ago(5), { tenant_id: 'steady', cost: '30' })])
  expect((await find({ kind: 'spend_anomaly' })).map((text) => text.split(': ')[1])).toEqual(['breached'])
})

test('hostile names are values, never SQL', async () => {
  const name = `x' OR 1=1 -- \\ "`
  await replaceRows(engine.client, [
    call(ago(5), { tenant_id: name, cost: '9' }),
    call(ago(5), { cost: '9' }),
  ])
  const only = { tenant_id: name }
  expect(await find({ kind: 'spend', usd: 10, only, thresholds: [100] })).toEqual([
    'all 100% of $10.00: fine',
  ])
})

test('a back-test tells when a rule would have fired, and writes nothing', async () => {
  const day = 60 * 24
  await replaceRows(engine.client, [
    ...times(60, (n) => call(ago(3 * day - n * 60), { cost: '1' })),
    ...times(30, () => call(ago(2 * day), failed(500))),
  ])
  const context = { reader: engine.reader }
  const range = { start: NOW - 4 * 86_400_000, end: NOW, everyMs: 3_600_000 }
  const spent = await backTest({
    rule: ruleOf({ kind: 'spend', usd: 100, thresholds: [20, 50, 100] }),
    context,
    ...range,
  })
  expect(spent).toMatchObject({ evaluations: 96, stepMs: 3_600_000 })
  expect(spent.alerts.map(({ threshold }) => threshold)).toEqual(['20% of $100.00', '50% of $100.00'])
  // a dollar an hour from three days ago on: the 20th is there with the 19th hour, and seen with the next look
  expect(spent.alerts[0]?.startsAt).toBe(NOW - (3 * 24 - 20) * 3_600_000)
  const errors = await backTest({
    rule: ruleOf({ kind: 'error_rate', windowMinutes: 90, forSeconds: 0 }),
    context,
    ...range,
  })
  expect(errors.alerts).toHaveLength(1)
  expect(errors.alerts[0]?.endsAt).toBeGreaterThan(errors.alerts[0]?.startsAt ?? Number.POSITIVE_INFINITY)
  const rows = await engine.reader.query({ query: 'SELECT count() AS n FROM alerts', format: 'JSONEachRow' })
  expect(await rows.json()).toEqual([{ n: 0 }])
})
