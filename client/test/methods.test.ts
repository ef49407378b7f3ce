/** Every method once, against a collector that runs: the list of them is that of its OpenAPI text. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type Collector, startCollector } from '../../collector/src/collector.ts'
import { readConfig } from '../../collector/src/config/read.ts'
import { call, json } from '../../collector/test/spans.ts'
import { PATHS } from '../src/api.gen.ts'
import { createClient, type SpanmeterClient, SpanmeterError } from '../src/index.ts'

const CONFIG = `
spool: { maxAgeMs: 20 }
budgets: [{ id: acme, scope: { tenant: acme }, limit: 10, period: month }]
plans: { basic: { price: 29 } }
subscriptions: [{ tenant: acme, plan: basic }]
channels: { ops: { type: slack, url: 'http://127.0.0.1:9/hook' } }
alerts: { rules: [{ name: any-spend, kind: spend, usd: '1000' }] }
`
/** What a method needs, beside what may be left out. */
const GIVEN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  getUsageBreakdown: { by: 'model' },
  getTopUsage: { by: 'user' },
  getUsageEvent: { trace_id: `a${'1'.padStart(31, '0')}`, span_id: `b${'1'.padStart(15, '0')}` },
  getRun: { id: 'run-1' },
  getTenantDashboard: { id: 'acme' },
  getTenantOverview: { id: 'acme' },
  getPricing: { provider: 'openai', model: 'gpt-4o-mini' },
  getBudget: { id: 'acme' },
  getDecision: { id: 'nobody-was-blocked' },
  comparePlans: { tenant_id: 'acme' },
}
/** Nothing was blocked. */
const ABSENT: ReadonlySet<string> = new Set(['getDecision'])

interface Schema {
  $ref?: string
  required?: string[]
}
interface Operation {
  operationId: string
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}
interface Document {
  paths: Record<string, { get?: Operation }>
  components: { schemas: Record<string, Schema> }
}

let dataDir: string
let collector: Collector
let spanmeter: SpanmeterClient
let document: Document
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-client-'))
  const config = readConfig({ SPANMETER_PORT: '0', SPANMETER_DATA_DIR: dataDir }, CONFIG)
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
  spanmeter = createClient({ url: collector.url })
  document = await (await fetch(`${collector.url}/openapi.json`)).json()
  const attributes = { 'spanmeter.run.id': 'run-1', 'gen_ai.usage.input_tokens': 7 }
  const body = json([call(1, attributes, Math.floor(Date.now() / 1000) - 60)])
  const sent = await fetch(`${collector.url}/v1/traces`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: new Uint8Array(body),
  })
  expect([sent.status, await sent.json()]).toEqual([200, {}])
  await vi.waitFor(async () => expect((await spanmeter.getLightStats()).calls).toBe(1), {
    ...{ timeout: 10_000, interval: 50 },
  })
}, 30_000)
afterAll(async () => {
  await collector?.close()
  await rm(dataDir, { recursive: true, force: true })
})

it('has a method for each question of the API', () => {
  const questions = Object.values(document.paths).flatMap(({ get }) =>
    get?.responses['200']?.content?.['application/json'] === undefined ? [] : [get.operationId],
  )
  expect(Object.keys(PATHS).sort()).toEqual(questions.sort())
})

it.each(Object.entries(PATHS))('%s is answered with all that is promised', async (name, path) => {
  const method = spanmeter[name as keyof SpanmeterClient] as (given: object) => Promise<object>
  const answer = await method(GIVEN[name] ?? {}).catch((error: unknown) => error)
  if (ABSENT.has(name)) {
    expect(answer).toBeInstanceOf(SpanmeterError)
    expect(answer).toMatchObject({ status: 404 })
    return
  }
  const schema = document.paths[path]?.get?.responses['200']?.content?.['application/json']?.schema
  const named = document.components.schemas[schema?.$ref?.split('/').at(-1) ?? ''] ?? schema
  expect(named?.required?.length).toBeGreaterThan(0)
  expect(Object.keys(answer as object)).toEqual(expect.arrayContaining(named?.required ?? []))
})
