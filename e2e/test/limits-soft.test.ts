/** Calls that are only counted: their spans name one decision for each account and period, and the collector knows it. */
import { install, shutdown, withAttribution } from '@spanmeter/middleware'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { registerHostTelemetry, takeSpans } from '../../middleware/test/local-provider.ts'
import { type Biller, type LedgerServer, startBiller, startLedger } from '../limits-platform.ts'

const YAML = `
budgets:
  - { id: trial, scope: { tenant: '*' }, unit: calls, limit: 6, warnAt: 50, action: shadow, period: hour }
`
let biller: Biller
let ledger: LedgerServer
const now = Date.parse('2026-03-05T10:00:00Z')

beforeAll(async () => {
  registerHostTelemetry()
  biller = await startBiller()
  ledger = await startLedger(YAML, { now: () => now })
  install({ hosts: { [biller.host]: 'openai' }, limits: { collector: ledger.url, waitMs: 10_000 } })
})
afterAll(async () => {
  await shutdown()
  await ledger.stop()
  await biller.close()
})

interface Seen {
  outcome: unknown
  id: unknown
}

async function call(tenant: string): Promise<Seen> {
  takeSpans()
  const body = JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 10, messages: [] })
  const sent = withAttribution({ tenant }, () =>
    fetch(`${biller.url}/v1/chat/completions`, { method: 'POST', body }),
  )
  const response = await sent
  expect(response.status).toBe(200)
  await response.text()
  const { attributes = {} } = takeSpans()[0] ?? {}
  return {
    outcome: attributes['spanmeter.budget.decision'],
    id: attributes['spanmeter.budget.decision_id'],
  }
}

/** Calls until the outcome is another one than before: what a service knows of its limit comes with an answer. */
async function callUntil(tenant: string, outcome: string): Promise<Seen> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const seen = await call(tenant)
    if (seen.outcome === outcome) return seen
    // what the collector answers comes some time after the call
    await new Promise((resolve) => setTimeout(resolve, 250))
    if (Date.now() > deadline) throw new Error(`no call of ${tenant} was ${outcome}`)
  }
}

it('names a decision of the period, and no other for each call', async () => {
  const warned = await callUntil('acme', 'warned')
  const beyond = await callUntil('acme', 'shadow')
  const again = [await call('acme'), await call('acme')]
  expect(again).toEqual([beyond, beyond])
  const others = await callUntil('globex', 'shadow')
  expect(new Set([warned.id, beyond.id, others.id]).size).toBe(3)
  const known = (id: unknown) => ledger.decisions.get(String(id))
  await expect.poll(() => known(others.id)).toBeDefined()
  expect(known(warned.id)).toMatchObject({
    outcome: 'warned',
    code: 'budget-warning',
    scope: { tenant: 'acme' },
  })
  expect(known(beyond.id)).toMatchObject({
    ...{
      outcome: 'shadow',
      code: 'budget-exceeded',
      budget: 'trial',
      limit: '6',
      unit: 'calls',
      requested: '1',
    },
    ...{ period: 'hour:2026-03-05T10:00:00.000Z', subject: { tenant: 'acme' } },
  })
})
