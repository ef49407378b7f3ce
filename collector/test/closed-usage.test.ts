/** What was known of a month when it was closed, out of rollups where nothing came later: as if every span was looked at. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monthUsage } from '../src/budgets/month-usage.ts'
import { monthsOf, periodAt } from '../src/budgets/period.ts'
import { type ClosedQuestion, closedUsage } from '../src/query/closed-usage.ts'
import { formatDecimal, parseDecimal } from '../src/query/decimal.ts'
import { timeText } from '../src/query/raw-range.ts'
import { call, replaceRows, type SpanRow } from './span-rows.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FIRST = Date.parse('2026-02-25T00:00:00Z')
const LAST = Date.parse('2026-05-05T00:00:00Z')
const TENANTS = ['prompt', 'quick', 'late', 'slow']
/** A call, a meter or a part of a run, and when it came. */
interface Made {
  at: number
  tenant: string
  kind: 'call' | 'failed' | 'meter' | 'level' | 'run'
  run: number
  status: string
  cost: bigint
  quantity: number
  days: number
}

let engine: TestClickhouse
let made: Made[] = []
beforeAll(async () => {
  engine = await startTestClickhouse()
  const random = fc.record({
    at: fc.integer({ min: FIRST, max: LAST }),
    tenant: fc.constantFrom(...TENANTS),
    kind: fc.constantFrom('call', 'call', 'failed', 'meter', 'level', 'run', 'run'),
    run: fc.integer({ min: 1, max: 40 }),
    status: fc.constantFrom('', 'running', 'success', 'failed', 'cancelled'),
    cost: fc.bigInt({ min: 0n, max: 10n ** 15n }),
    quantity: fc.integer({ min: 1, max: 1000 }),
    days: fc.constantFrom(0, 0, 0, 0, 3, 40),
  })
  made = fc
    .sample(random, { numRuns: 1500, seed: 20_261_127 })
    .map((one) => ({ ...one, days: ['late', 'slow'].includes(one.tenant) ? one.days : 0 }) as Made)
  await replaceRows(engine.client, made.map(rowOf))
})
afterAll(() => engine?.close())

function rowOf({ at, tenant, kind, run, status, cost, quantity, days }: Made): SpanRow {
  const ingested_at = timeText(at + days * DAY)
  const fields = { tenant_id: tenant, ingested_at, cost: formatDecimal(cost) }
  const start = new Date(at).toISOString()
  const nothing = {
    is_call: false,
    provider: '',
    usage_source: '',
    input_uncached_tokens: 0,
    output_text_tokens: 0,
  }
  if (kind === 'call') return call(start, fields)
  if (kind === 'failed')
    return call(start, { ...fields, cost: null, unpriced_reason: 'failed', status: 'error' })
  if (kind === 'run')
    return call(start, {
      ...{ ...fields, ...nothing, cost: null, run_id: `run-${run}`, run_status: status },
      attributes: run % 3 === 0 ? { 'spanmeter.run.kind': 'test' } : {},
    })
  return call(start, {
    ...{
      ...fields,
      ...nothing,
      meter_name: 'voice_minute',
      meter_quantity: String(quantity),
      meter_unit: 'min',
    },
    attributes: { 'spanmeter.meter.kind': kind === 'level' ? 'level' : 'use' },
  })
}

/** The same by looking at every span. */
function expected(tenant: string, month: Month, months: readonly Month[], closesAfter: number) {
  const monthOf = (at: number) => months.find(({ start, end }) => at >= start && at < end)
  const known = made.filter(
    (one) => one.tenant === tenant && one.at + one.days * DAY < (monthOf(one.at)?.end ?? 0) + closesAfter,
  )
  const inMonth = known.filter(({ at }) => monthOf(at) === month)
  const calls = inMonth.filter(({ kind }) => kind === 'call').length
  const costly = inMonth.filter(({ kind }) => ['call', 'meter', 'level'].includes(kind))
  const tokens = 110 * inMonth.filter(({ kind }) => kind === 'call' || kind === 'failed').length
  const used = inMonth.filter(({ kind }) => kind === 'meter').reduce((sum, { quantity }) => sum + quantity, 0)
  const runs: Record<string, number> = {}
  for (const run of new Set(known.filter(({ kind }) => kind === 'run').map(({ run }) => run))) {
    const parts = known.filter((one) => one.kind === 'run' && one.run === run).sort((a, b) => a.at - b.at)
    const final = parts.filter(({ status }) => !['', 'running'].includes(status)).at(-1)?.status
    const key = `${final}/${run % 3 === 0 ? 'test' : ''}`
    if (final !== undefined && monthOf(parts[0]?.at ?? 0) === month) runs[key] = (runs[key] ?? 0) + 1
  }
  const cost = costly.reduce((sum, one) => sum + one.cost, 0n)
  return { calls, tokens, cost: formatDecimal(cost), used: String(used), runs }
}
type Month = { readonly start: number; readonly end: number }

for (const timezone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu'])
  for (const closesAfter of [DAY, 20 * DAY, 400 * DAY])
    test(`${timezone}, closed after ${closesAfter / DAY} days`, async () => {
      const rule = monthsOf({ timezone, anchorDay: 3 })
      const months: Month[] = [periodAt(rule, FIRST)]
      while ((months.at(-1) as Month).end <= LAST) months.push(periodAt(rule, (months.at(-1) as Month).end))
      const question: ClosedQuestion = { tenants: TENANTS, months, runs: true, closesAfter, removedBefore: 0 }
      const { closed, present } = await closedUsage({ reader: engine.reader }, question)
      for (const tenant of TENANTS)
        for (const month of months)
          for (const [usage, after] of [
            [closed, closesAfter],
            [present, 10_000 * DAY],
          ] as const) {
            const { usd, tokens, calls, runs, meters } = monthUsage(usage, tenant, month.start)
            const one = 10n ** 12n
            expect({
              ...{ calls: Number(calls / one), tokens: Number(tokens / one), cost: formatDecimal(usd) },
              used: String((meters.get('voice_minute') ?? 0n) / one),
              runs: Object.fromEntries(
                runs.map(({ status, kind, count }) => [`${status}/${kind}`, Number(count)]),
              ),
            }).toEqual(expected(tenant, month, months, after))
          }
      expect(parseDecimal(present.calls[0]?.cost ?? '0')).toBeGreaterThan(0n)
    })
