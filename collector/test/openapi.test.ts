/** The OpenAPI text is valid, complete, and its examples are what the code would answer. */
import { readFile } from 'node:fs/promises'
import { createClient } from '@clickhouse/client'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { withApiTable } from '../scripts/api-table.ts'
import { createApi, openApiDocument } from '../src/api/app.ts'
import { billingSchema } from '../src/api/billing-schema.ts'
import { usageEventsSchema } from '../src/api/event-schema.ts'
import { parseDecimal } from '../src/query/decimal.ts'
import { FILTERS } from '../src/query/filters.ts'

const api = createApi({ reader: createClient(), now: () => new Date(0) })

interface Parameter {
  name: string
  in: string
  required?: boolean
  description?: string
  schema: { type?: string; description?: string; enum?: string[]; default?: unknown; items?: unknown }
}
// biome-ignore lint/suspicious/noExplicitAny: the document is checked by the validator, not by types
const document = (): any => JSON.parse(JSON.stringify(openApiDocument(api)))
const parameters = (path: string): Parameter[] => document().paths[path].get.parameters
const example = (path: string): unknown =>
  document().paths[path].get.responses[200].content['application/json'].example

test('it is served, and valid OpenAPI 3.1', async () => {
  const response = await api.request('/openapi.json')
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'private, max-age=15'])
  const text = await response.json()
  const validator = new Validator()
  const result = await validator.validate(text as Record<string, unknown>)
  expect([result.valid, result.errors, validator.version]).toEqual([true, undefined, '3.1'])
})

test('docs/api.md has every address: run `npm run generate`', async () => {
  const page = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
  expect(withApiTable(page)).toBe(page)
  for (const path of Object.keys(document().paths)) expect(page).toContain(`${path}\``)
})

test('the validator would notice a mistake', async () => {
  const broken = document()
  broken.paths['/api/v1/analytics/billing'].get.parameters[0].in = 'nowhere'
  expect((await new Validator().validate(broken)).valid).toBe(false)
})

test('every parameter is an optional query parameter with a description and a type', () => {
  for (const path of ['/api/v1/analytics/billing', '/api/v1/usage/events']) {
    for (const parameter of parameters(path)) {
      expect([path, parameter.name, parameter.in, parameter.required ?? false]).toEqual([
        path,
        parameter.name,
        'query',
        false,
      ])
      expect(parameter.description ?? parameter.schema.description, parameter.name).toMatch(/\w+/)
      expect(parameter.schema.type, parameter.name).toMatch(/^(string|integer|boolean|array)$/)
    }
    const names = parameters(path).map((parameter) => parameter.name)
    for (const name of [
      'period',
      'startDate',
      'endDate',
      'timezone',
      'weekStart',
      ...Object.keys(FILTERS),
      'limit',
    ])
      expect(names).toContain(name)
  }
  const filter = parameters('/api/v1/usage/events').find((parameter) => parameter.name === 'status')
  expect(filter?.schema).toMatchObject({
    type: 'array',
    items: { type: 'string', enum: ['unset', 'ok', 'error'] },
  })
})

test('every field of an answer is described in the schemas, every error is problem+json', () => {
  const { components, paths } = document()
  type Field = { description?: string; const?: string; enum?: string[]; $ref?: string; type?: string }
  const undescribed = Object.entries(
    components.schemas as Record<string, { properties: Record<string, Field> }>,
  )
    .filter(([name]) => name !== 'BillingAnalytics')
    .flatMap(([name, schema]) =>
      Object.entries(schema.properties)
        .filter(([, field]) => !(field.description ?? field.const ?? field.enum ?? field.$ref))
        .filter(([, field]) => field.type !== 'object' && field.type !== 'array')
        .map(([field]) => `${name}.${field}`),
    )
  expect(undescribed).toEqual([])
  for (const operation of Object.values(
    paths as Record<string, Record<string, { responses: Record<string, { content: object }> }>>,
  ).flatMap((path) => Object.values(path)))
    for (const [status, response] of Object.entries(operation.responses))
      expect(Object.keys(response.content).includes('application/problem+json')).toBe(status !== '200')
})

test('the examples are answers: they pass the schemas and their parts sum to their totals', () => {
  const billing = billingSchema.parse(example('/api/v1/analytics/billing'))
  for (const list of [billing.usageByDay, billing.usageByModel, billing.usageByAgent]) {
    const sum = list.reduce((total, row) => total + parseDecimal(row.costExact), 0n)
    expect(sum).toBe(parseDecimal(billing.summary.totalCostExact))
  }
  expect(billing.summary.totalCost).toBeGreaterThan(0)
  const [event] = usageEventsSchema.parse(example('/api/v1/usage/events')).events
  expect(event?.total_tokens).toBe(event ? event.input_tokens + event.output_tokens : -1)
})
