/** Every address answers what the OpenAPI text says it answers: with data, without, as a file, when asked wrongly. */

import { createClient } from '@clickhouse/client'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createApi, openApiDocument } from '../src/api/app.ts'
import { limitsOf } from './limits-of.ts'
import { call, replaceRows } from './span-rows.ts'

const LIMITS = `
budgets: [{ id: acme, limit: 10 }, { id: each, scope: { tenant: '*' }, limit: 1, unit: runs }]
plans: { basic: { price: 29, credits: 500, meters: { api_call: { included: 10, overageUnitPrice: 0.01 } } } }
subscriptions: [{ tenant: acme, plan: basic, timezone: Europe/Berlin }]
`
const NOW = new Date('2026-03-11T15:30:00Z')
let engine: TestClickhouse
let app: ReturnType<typeof createApi>
beforeAll(async () => {
  engine = await startTestClickhouse()
  app = createApi({
    reader: engine.reader,
    budgets: limitsOf(LIMITS, NOW),
    now: () => NOW,
    report: console.error,
  })
})
afterAll(() => engine?.close())

interface Content {
  schema: Record<string, unknown>
}
interface Operation {
  parameters?: { name: string; in: string }[]
  responses: Record<string, { content: Record<string, Content> }>
}
interface Document {
  paths: Record<string, { get?: Operation }>
  components: { schemas: Record<string, unknown> }
}
const document = JSON.parse(
  JSON.stringify(openApiDocument(createApi({ reader: createClient(), now: () => NOW }))),
) as Document

/** What the text says about an answer, with `additionalProperties: false`, so that nothing goes undocumented. */
function schemaOf(operation: Operation, status: string, type: string): z.ZodType {
  const schema = operation.responses[status]?.content[type]?.schema ?? {}
  const closed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(closed)
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value).map(([name, inner]) => [name, closed(inner)])
    const object = Object.fromEntries(entries)
    return 'properties' in object && !('additionalProperties' in object)
      ? { ...object, additionalProperties: false }
      : object
  }
  const text = JSON.stringify(closed({ ...schema, $defs: document.components.schemas }))
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')))
}

const PLACES: Readonly<Record<string, string>> = {
  '{id}': 'acme',
  '{trace_id}': 't1',
  '{span_id}': 's1',
}
const NEEDED: Readonly<Record<string, string>> = {
  '/api/v1/usage/breakdown': 'by=model',
  '/api/v1/usage/top': 'by=user',
  '/api/v1/pricing': 'provider=openai&model=gpt-4o-mini',
  '/api/v1/plans/compare': 'tenant_id=acme',
}
const urlOf = (path: string): string =>
  `${path.replaceAll(/\{\w+\}/g, (place) => PLACES[place] ?? place)}?${NEEDED[path] ?? ''}`
const operations = Object.entries(document.paths).flatMap(([path, { get }]) =>
  get === undefined ? [] : [[path, get] as const],
)
/** What must be seen as it is now: never from a cache. */
const LIVE = /^\/api\/v1\/(alerts|billing|channels|deliveries|silences)(\/|$)/

test('the text names every address, and there are more than twenty', () => {
  expect(operations.length).toBeGreaterThan(20)
})

describe.each(['with calls', 'without calls'])('%s', (state) => {
  beforeAll(async () => {
    const days = Array.from({ length: 40 }, (_, day) =>
      call(new Date(NOW.getTime() - day * 86_400_000).toISOString(), {
        ...{ run_id: 'acme', run_status: 'success', run_name: 'nightly', user_id: 'u', feature: 'f' },
        ...{ conversation_id: 'c', time_to_first_chunk_ns: day % 2 === 0 ? '1000000' : null },
        ...{ cache_read_tokens: 20, status: day % 9 === 0 ? 'error' : 'ok', parent_span_id: 'p' },
      }),
    )
    const odd = [
      call('2026-03-10T10:00:00Z', { trace_id: 't1', span_id: 's1', run_id: 'acme' }),
      call('2026-03-10T11:00:00Z', { cost: null, unpriced_reason: 'unknown_model', model: '', provider: '' }),
      call('2026-03-10T12:00:00Z', {
        ...{ is_call: false, provider: '', usage_source: '', meter_name: 'voice_minute' },
        ...{ meter_quantity: '2.5', meter_unit: 'minute', cost: '0.05', input_uncached_tokens: 0 },
      }),
    ]
    await replaceRows(engine.client, state === 'with calls' ? [...days, ...odd] : [])
  })

  test.each(operations)('%s', async (path, operation) => {
    if (path === '/api/v1/stream' || path === '/api/v1/export') return
    const response = await app.request(urlOf(path))
    const missing = state === 'without calls' && /\{span_id\}|runs\/\{id\}/.test(path)
    expect([path, response.status]).toEqual([path, missing ? 404 : 200])
    const type = missing ? 'application/problem+json' : 'application/json'
    const result = schemaOf(operation, String(response.status), type).safeParse(await response.json())
    expect([path, result.error?.issues]).toEqual([path, undefined])
    if (!missing && !LIVE.test(path)) {
      expect(response.headers.get('etag')).toMatch(/^"/)
      expect(response.headers.get('cache-control')).toBe('private, max-age=15')
    }
    const wrong = await app.request(`${urlOf(path)}&tenant=acme`)
    expect(wrong.status).toBe(400)
  })

  test.each(operations.filter(([, get]) => get.parameters?.some(({ name }) => name === 'format')))(
    '%s as files',
    async (path) => {
      if (path === '/api/v1/export') return
      const csv = await app.request(`${urlOf(path)}&format=csv`)
      expect([csv.status, csv.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8'])
      expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="[\w-]+\.csv"$/)
      const bytes = Buffer.from(await csv.arrayBuffer())
      const marked = await app.request(`${urlOf(path)}&format=csv&bom=true`)
      expect(Buffer.from(await marked.arrayBuffer())).toEqual(
        Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
      )
      const lines = bytes.toString().split('\r\n')
      expect(lines.at(-1)).toBe('')
      const jsonl = await (await app.request(`${urlOf(path)}&format=jsonl`)).text()
      expect(jsonl.split('\n').length).toBeLessThanOrEqual(lines.length)
      for (const line of jsonl.split('\n').slice(0, -1)) JSON.parse(line)
    },
  )
})
