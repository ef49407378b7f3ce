/** Calls of Langfuse, from a local endpoint that answers as its API does, into a real collector: each once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { UsageEvent } from '../src/api/event-schema.ts'
import { runCommand } from '../src/cli/command.ts'
import { type Collector, startCollector } from '../src/collector.ts'
import { readConfig } from '../src/config/read.ts'
import { langfuse } from '../src/import/langfuse.ts'

const NOW = Date.now()
const KEYS = { publicKey: 'pk-lf-1', secretKey: 'sk-lf-1' }
const ago = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()

interface Recorded extends Record<string, unknown> {
  id: string
  type: string
  startTime: string
}
const recorded = (id: string, type: string, minutes: number, fields: object = {}): Recorded => ({
  ...{ id, type, traceId: 'f'.repeat(31) + (minutes % 10), projectId: 'p1', startTime: ago(minutes) },
  ...{ endTime: new Date(NOW - minutes * 60_000 + 2_500).toISOString(), parentObservationId: null },
  ...{ name: 'answer', level: 'DEFAULT', environment: 'production', userId: 'u-1', sessionId: 's-1' },
  ...{ completionStartTime: null, providedModelName: 'gpt-4o', costDetails: {}, totalCost: null },
  ...{ usageDetails: { input: 600, input_cached_tokens: 400, output: 100, total: 1100 } },
  ...{ metadata: { customer: 'acme' }, input: 'a secret question', ...fields },
})
const OBSERVATIONS: Recorded[] = [
  recorded('00000000000000a1', 'GENERATION', 10, {
    ...{ costDetails: { input: 0.002, output: 0.001, total: 0.003 }, totalCost: 0.003 },
    completionStartTime: new Date(NOW - 10 * 60_000 + 500).toISOString(),
  }),
  // of an older SDK: ids of its own, no metadata
  recorded('c0ffee00-0000-4000-8000-000000000001', 'GENERATION', 11, {
    ...{ traceId: 'trace-of-mine', metadata: null, level: 'ERROR', usageDetails: {} },
  }),
  recorded('00000000000000a3', 'EMBEDDING', 12, {
    ...{ providedModelName: 'text-embedding-3-small', usageDetails: { input: 1000, total: 1000 } },
  }),
  // repeats what is below it
  recorded('00000000000000a4', 'AGENT', 10),
  recorded('00000000000000a5', 'GENERATION', 60 * 24 * 3),
  ...Array.from({ length: 5 }, (_, n) => recorded(`00000000000000b${n}`, 'GENERATION', 20 + n)),
]

let server: Server
let url: string
let dataDir: string
let collector: Collector
let asked: URL[] = []
let busy = 0

/** https://api.reference.langfuse.com, GET /api/public/v2/observations */
function answer(address: URL, authorization: string | undefined): { status: number; body: object } {
  const sent = `Basic ${Buffer.from(`${KEYS.publicKey}:${KEYS.secretKey}`).toString('base64')}`
  if (authorization !== sent) return { status: 401, body: { message: 'Invalid credentials' } }
  if (busy-- > 0) return { status: 429, body: { message: 'Rate limit exceeded' } }
  const query = address.searchParams
  const [from, to] = [query.get('fromStartTime') ?? '', query.get('toStartTime') ?? '']
  const all = OBSERVATIONS.filter(
    ({ type, startTime }) => type === query.get('type') && startTime >= from && startTime < to,
  ).sort((a, b) => (a.startTime < b.startTime ? 1 : -1))
  const first = Number(Buffer.from(query.get('cursor') ?? '', 'base64').toString() || 0)
  const size = Math.min(3, Number(query.get('limit')))
  const fields = new Set(query.get('fields')?.split(','))
  const data = all.slice(first, first + size).map(({ input, metadata, usageDetails, ...rest }) => ({
    ...rest,
    ...(fields.has('io') && { input }),
    ...(fields.has('metadata') && { metadata }),
    ...(fields.has('usage') && { usageDetails }),
  }))
  const next = first + size < all.length ? Buffer.from(String(first + size)).toString('base64') : undefined
  return { status: 200, body: { data, meta: next === undefined ? {} : { cursor: next } } }
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'spanmeter-import-'))
  server = createServer((request, response) => {
    const address = new URL(request.url ?? '/', 'http://langfuse')
    asked.push(address)
    const { status, body } = answer(address, request.headers.authorization)
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const config = readConfig(
    { SPANMETER_PORT: '0', SPANMETER_GRPC_PORT: 'none', SPANMETER_DATA_DIR: dataDir },
    'spool: { maxAgeMs: 20 }',
  )
  collector = await startCollector({ config, log: pino({ level: 'silent' }) })
})
afterAll(async () => {
  await collector?.close()
  server?.closeAllConnections()
  server?.close()
  await rm(dataDir, { recursive: true, force: true })
})
beforeEach(() => {
  asked = []
})

async function run(argv: string[], env: Record<string, string> = {}) {
  const texts = ['', ''] as [string, string]
  const sink = (index: 0 | 1) =>
    new Writable({
      write(chunk, _, done) {
        texts[index] += chunk
        done()
      },
    })
  const code = await runCommand(['import', ...argv], {
    ...{ stdout: sink(0), stderr: sink(1), stdoutIsTerminal: false, stderrIsTerminal: false },
    ...{ config: () => readConfig({}), now: () => NOW },
    env: {
      ...{ SPANMETER_URL: collector.url, LANGFUSE_BASE_URL: url },
      ...{ LANGFUSE_PUBLIC_KEY: KEYS.publicKey, LANGFUSE_SECRET_KEY: KEYS.secretKey, ...env },
    },
  })
  return { code, out: texts[0], err: texts[1] }
}

async function events(): Promise<UsageEvent[]> {
  const response = await fetch(`${collector.url}/api/v1/usage/events?period=last_7d&limit=1000`)
  return ((await response.json()) as { events: UsageEvent[] }).events
}

test('calls arrive once, however often they are imported, with whose they are and what they used', async () => {
  busy = 1
  const options = ['langfuse', '--since', '1d', '--tenant-key', 'customer', '--tenant', 'rest']
  expect(await run(options)).toEqual({
    ...{ code: 0, err: '' },
    out: '8 calls imported, 0 were there already\n',
  })
  await vi.waitFor(async () => expect(await events()).toHaveLength(8), { timeout: 20_000 })
  const all = await events()
  const first = all.find(({ span_id }) => span_id === '00000000000000a1')
  expect(first).toMatchObject({
    ...{ service: 'langfuse', environment: 'production', tenant_id: 'acme', user_id: 'u-1' },
    ...{ conversation_id: 's-1', provider: 'openai', operation: 'chat', model: 'gpt-4o' },
    ...{ input_uncached_tokens: 600, cache_read_tokens: 400, output_text_tokens: 100 },
    ...{ duration_seconds: 2.5, time_to_first_chunk_seconds: 0.5, cost_source: 'collector' },
  })
  // 600 at 2.50, 400 at 1.25, 100 at 10 USD a million
  expect(first?.cost_exact).toBe('0.003')
  expect(all.find(({ operation }) => operation === 'embeddings')).toMatchObject({ input_tokens: 1000 })
  expect(all.find(({ status }) => status === 'error')).toMatchObject({ tenant_id: 'rest' })
  expect(asked.every((address) => !address.searchParams.get('fields')?.includes('io'))).toBe(true)

  expect((await run(options)).out).toBe('0 calls imported, 8 were there already\n')
  // a longer range adds what it adds
  expect((await run(['langfuse', '--since', '7d'])).out).toBe('1 calls imported, 8 were there already\n')
  await vi.waitFor(async () => expect(await events()).toHaveLength(9), { timeout: 20_000 })
})

test('says what is wrong in a sentence', async () => {
  expect(await run(['langfuse'], { LANGFUSE_SECRET_KEY: 'wrong' })).toMatchObject({
    code: 2,
    err: expect.stringMatching(/refuses the keys \(401\); set LANGFUSE_PUBLIC_KEY/),
  })
  expect(await run(['langfuse'], { LANGFUSE_SECRET_KEY: '' })).toMatchObject({ code: 2 })
  expect((await run(['langfuse'], { LANGFUSE_BASE_URL: 'http://127.0.0.1:9' })).err).toMatch(
    /cannot reach Langfuse at http:\/\/127.0.0.1:9: /,
  )
  expect((await run(['elsewhere'])).err).toMatch(/only langfuse is known/)
  expect((await run(['langfuse', '--since', 'soon'])).code).toBe(2)
})

test('waits where it is told to, and gives up in the end', async () => {
  busy = 100
  const waits: number[] = []
  const source = langfuse({ url, ...KEYS, wait: async (ms) => void waits.push(ms) })
  await expect(source.pages({ start: 0, end: NOW }).next()).rejects.toThrow(
    /answered 429; what was imported stays/,
  )
  expect(waits).toEqual([0, 0, 0, 0])
  busy = 0
})
