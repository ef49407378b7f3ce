/** What the API says when the store fails: never a crash, never SQL, always something to do. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ClickHouseLogLevel, createClient } from '@clickhouse/client'
import { afterEach, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import type { Problem } from '../src/api/problem.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

/** A store that answers every query with an exception, as ClickHouse words it. */
async function store(code: number, message: string): Promise<string> {
  server = createServer((request, response) => {
    request.resume()
    response.writeHead(500, { 'X-ClickHouse-Exception-Code': String(code) })
    response.end(`Code: ${code}. DB::Exception: ${message}. (SOME_ERROR) (version 26.7.2.1)`)
  })
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ask(url: string): Promise<{ response: Response; body: Problem; reported: unknown[] }> {
  const reported: unknown[] = []
  const reader = createClient({ url, request_timeout: 2000, log: { level: ClickHouseLogLevel.OFF } })
  const api = createApi({
    reader,
    now: () => new Date('2026-03-11'),
    report: (error) => reported.push(error),
  })
  const response = await api.request('/api/v1/analytics/billing')
  const body = (await response.json()) as Problem
  await reader.close()
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(JSON.stringify(body)).not.toMatch(/SELECT|secret_table|DB::Exception/)
  return { response, body, reported }
}

test('a store that is down is 503 with Retry-After', async () => {
  const { response, body, reported } = await ask('http://127.0.0.1:1')
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect(body.detail).toMatch(/ClickHouse does not answer; try again/)
  expect(reported).toHaveLength(1)
})

test.each([
  [159, 'Timeout exceeded: elapsed 60 seconds', 422],
  [241, 'Memory limit exceeded: SELECT', 422],
  [202, 'Too many simultaneous queries', 503],
  [60, 'Table spanmeter.secret_table does not exist: SELECT 1', 500],
])('an exception with code %i is %s: %i', async (code, message, status) => {
  const { response, body, reported } = await ask(await store(code, message))
  expect(response.status).toBe(status)
  expect(body.detail).toMatch(
    status === 422 ? /shorten the period or add a filter/ : /try again|log says more/,
  )
  expect(reported).toHaveLength(status === 422 ? 0 : 1)
})
