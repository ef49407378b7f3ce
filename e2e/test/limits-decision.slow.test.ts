/** Why was this blocked: what a refusal names is in the real collector's API, and says what its budgets say. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { budgetExceeded, install, shutdown, withAttribution } from '@spanmeter/middleware'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Running, start } from '../../collector/test/process.ts'
import { type Biller, startBiller } from '../limits-platform.ts'

const CONFIG = `
budgets:
  - { id: tenant-month, scope: { tenant: '*' }, limit: 0.002, period: { every: month, timezone: Europe/Berlin } }
`
let biller: Biller
let collector: Running
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-decision-'))
  const config = join(directory, 'config.yaml')
  await writeFile(config, CONFIG)
  collector = await start({ SPANMETER_DATA_DIR: join(directory, 'data'), SPANMETER_CONFIG: config })
  biller = await startBiller()
  biller.usage = { input: 1000, output: 1000 }
})
afterAll(async () => {
  await shutdown()
  await collector?.end('SIGKILL')
  await biller?.close()
  await rm(directory, { recursive: true, force: true, maxRetries: 20 })
})

const get = async (path: string) => {
  const response = await fetch(`${collector.url}${path}`)
  return response.status === 200 ? ((await response.json()) as Record<string, unknown>) : undefined
}

it('tells the ledger, the holds, the lease, the period and the prices of a refusal', async () => {
  install({
    service: 'chat',
    hosts: { [biller.host]: 'openai' },
    limits: { collector: collector.url, waitMs: 10_000 },
  })
  const client = new OpenAI({ apiKey: 'k', baseURL: `${biller.url}/v1` })
  const call = () =>
    withAttribution({ tenant: 'acme', feature: 'support' }, () =>
      client.chat.completions.create({
        model: 'gpt-4o-mini',
        max_tokens: 1000,
        messages: [{ role: 'user', content: 'Hi' }],
      }),
    )
  await call()
  await call()
  const refused = budgetExceeded(await call().catch((error: unknown) => error))
  const { facts } = refused ?? {}
  expect(refused).toMatchObject({ code: 'budget-exceeded', status: 402 })
  expect(facts).toMatchObject({ limit: '0.002', committed: '0.0015' })
  const path = `/api/v1/decisions/${facts?.decisionId}`
  await expect.poll(() => get(path), { timeout: 10_000 }).toBeDefined()
  const decision = await get(path)
  expect(decision).toMatchObject({
    ...{ id: facts?.decisionId, outcome: 'blocked', code: 'budget-exceeded', budget: 'tenant-month' },
    scope: { tenant: 'acme', feature: 'support', model: 'gpt-4o-mini', provider: 'openai', service: 'chat' },
    period: expect.stringMatching(/^month:\d{4}-\d\d-01$/),
    ...{ unit: 'usd', requested: facts?.requested, limit: '0.002', committed: '0.0015', held: '0' },
    lease: { ceiling: expect.any(String), settled: '0.0015', held: '0' },
    price_version: expect.stringMatching(/^genai-prices@/),
    instance: expect.any(String),
  })
  // The number that blocks is the number that is shown.
  await shutdown()
  const shown = (await get('/api/v1/budgets?tenant_id=acme')) as { budgets: Record<string, unknown>[] }
  expect(shown.budgets).toHaveLength(1)
  const { limit, committed, held, period, unit } = decision ?? {}
  expect(shown.budgets[0]).toMatchObject({
    ...{ budget: 'tenant-month', scope: { tenant: 'acme' }, status: 'limit_reached' },
    ...{ limit, committed, held, period, unit, leased: '0', remaining: '0.0005' },
  })
})

it('knows no other decision', async () => {
  const response = await fetch(`${collector.url}/api/v1/decisions/none`)
  expect(response.status).toBe(404)
})
