/**
 * What the tests of capture share: a provider for the file that imports it, its answers, and a question to it.
 *
 * Invariant: after each test nothing is installed and `fetch` is the one of the runtime.
 */
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { install, shutdown } from '../src/index.ts'
import { type Answer, type LocalServer, registerHostTelemetry, serve, takeSpans } from './local-provider.ts'

export const fixture = (path: string): Buffer => readFileSync(new URL(`../fixtures/${path}`, import.meta.url))
export const json =
  (path: string, status = 200): Answer =>
  (_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1' })
      .end(fixture(path))
  }
export const stream =
  (path: string): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(fixture(path))
  }
export const hanging =
  (path: string): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(fixture(path))
  }

/** What the provider answers to the next requests; a test sets it. */
export const local: { answer: Answer } = { answer: (_request, response) => response.end() }
/** The provider. */
export let server: LocalServer
/** The `fetch` of the runtime. */
export const bare: typeof globalThis.fetch = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((request, response, body) => local.answer(request, response, body))
})
afterAll(() => server.close())
beforeEach(() => void takeSpans())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

export const setUp = (): void =>
  void install({ service: 'test', tenant: 'acme', hosts: { [server.host]: 'openai' } })
export const post = (path = '/v1/chat/completions', init: RequestInit = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, { method: 'POST', body: '{"model":"gpt-4o-mini"}', ...init })
export const COST = '0.0003402'
