/**
 * What the tests of the API share: a store and the routes for each file, and questions to them.
 *
 * Invariant: real HTTP semantics, and every answer has the shape that it should have.
 */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect } from 'vitest'
import { createApi } from '../src/api/app.ts'
import type { BillingResponse } from '../src/api/billing-schema.ts'
import { billingSchema } from '../src/api/billing-schema.ts'
import { type UsageEventsResponse, usageEventsSchema } from '../src/api/event-schema.ts'
import type { Problem } from '../src/api/problem.ts'

export const NOW: Date = new Date('2026-03-11T15:30:00Z')
/** The store of the file that runs. */
export let engine: TestClickhouse
export let app: ReturnType<typeof createApi>

/** Gives the file a store and the routes for its tests. */
export function useApi(): void {
  beforeAll(async () => {
    engine = await startTestClickhouse()
    app = createApi({ reader: engine.reader, now: () => NOW, report: console.error })
  })
  afterAll(() => engine?.close())
}

export const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  app.request(path, { headers })
export const billing = async (query = ''): Promise<BillingResponse> => {
  const response = await get(`/api/v1/analytics/billing${query}`)
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return billingSchema.parse(body)
}
export const events = async (query = ''): Promise<UsageEventsResponse> => {
  const response = await get(`/api/v1/usage/events${query}`)
  const body = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return usageEventsSchema.parse(body)
}
export const refused = async (path: string): Promise<string[]> => {
  const response = await get(path)
  expect(response.status).toBe(400)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const body = (await response.json()) as Problem
  expect(body.status).toBe(400)
  for (const fault of body.errors ?? []) expect(body.detail).toContain(fault.detail)
  return (body.errors ?? []).map((fault) => `${fault.name}: ${fault.detail}`)
}
