import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { Jobs } from '../src/capture/jobs.ts'
import { defineProvider, install, type SpanmeterOptions, shutdown, withAttribution } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import {
  type Answer,
  type LocalServer,
  registerHostTelemetry,
  serve,
  spansEnded,
  takeSpans,
} from './local-provider.ts'

let server: LocalServer
let answer: Answer
const bare = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((...exchange) => answer(...exchange))
})
afterAll(() => server.close())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
  takeSpans()
})

const says =
  (body: unknown, status = 200): Answer =>
  (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
const call = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.json()
}
type Rows = NonNullable<SpanmeterOptions['apis']>

it('meters any paid API that a row of the options describes, at its exact price', async () => {
  install({
    service: 'test',
    apis: [
      { host: server.host, path: '/v1/lookup', meter: 'lookup', unit: 'request', unitPrice: '0.002' },
      {
        host: server.host,
        path: '/v1/users/{id}/score',
        method: 'GET',
        meter: 'score',
        unit: 'credit',
        unitPrice: '0.1',
        quantity: 'usage.credits',
        provider: 'scores',
      },
    ],
  })
  answer = says({ found: true, usage: { credits: 0.3 } })
  await call('POST', '/v1/lookup', { q: 'secret' })
  await call('GET', '/v1/users/u_1/score')
  await call('GET', '/v1/lookup')
  await call('POST', '/v1/other', {})
  const spans = await spansEnded(2)
  expect(spans).toHaveLength(2)
  const [lookup, score] = spans.map(({ attributes }) => attributes)
  expect(lookup).toMatchObject({
    [ATTR.operation]: 'api_call',
    [ATTR.provider]: '127.0.0.1',
    [ATTR.meterName]: 'lookup',
    [ATTR.meterQuantity]: 1,
    [ATTR.meterUnit]: 'request',
    [ATTR.costExact]: '0.002',
    [ATTR.costSource]: 'local',
    [ATTR.usageSource]: 'provider',
  })
  expect(score).toMatchObject({
    [ATTR.meterName]: 'score',
    [ATTR.meterQuantity]: 0.3,
    [ATTR.costExact]: '0.03',
  })
})

it('bills nothing for a call that failed, and says what it cannot know', async () => {
  const row = { host: server.host, path: '/v1/lookup', meter: 'lookup', unit: 'credit', unitPrice: '1' }
  install({
    service: 'test',
    apis: [
      { ...row, unit: 'request' },
      { ...row, path: '/v1/count', quantity: 'credits' },
    ],
  })
  const reasons: unknown[] = []
  for (const [path, status, body] of [
    ['/v1/lookup', 500, {}],
    ['/v1/count', 200, {}],
    ['/v1/count', 200, { credits: 'many' }],
    ['/v1/count', 429, { credits: 1 }],
  ] as const) {
    answer = says(body, status)
    await call('POST', path, {})
    const [span] = await spansEnded(1)
    expect(span?.attributes[ATTR.costExact]).toBe(status === 429 ? '1' : undefined)
    reasons.push(span?.attributes[ATTR.unpricedReason])
  }
  expect(reasons).toEqual(['failed', 'missing_usage', 'missing_usage', undefined])
})

it('adds a row to a host whose provider is known, and leaves the rest of it metered', async () => {
  install({
    service: 'test',
    hosts: { [server.host]: 'openai' },
    apis: [
      {
        host: server.host,
        path: '/v1/moderations',
        meter: 'moderation',
        unit: 'request',
        unitPrice: '0.000001',
      },
    ],
  })
  answer = says({ model: 'gpt-4o-mini', usage: { prompt_tokens: 10, completion_tokens: 1 } })
  await call('POST', '/v1/moderations', {})
  await call('POST', '/v1/chat/completions', { model: 'gpt-4o-mini' })
  const [moderation, chat] = await spansEnded(2)
  expect(moderation?.attributes[ATTR.costExact]).toBe('0.000001')
  expect(chat?.attributes[ATTR.costExact]).toBe('0.0000021')
})

it('meters a provider of the user as the documentation shows it', async () => {
  const page = await readFile(new URL('../../docs/providers.md', import.meta.url), 'utf8')
  const example = /```ts\n(import \{ defineProvider[\s\S]*?)```/.exec(page)?.[1] ?? ''
  const code = example.replace(/^import .*$/m, '').replace('api.acme.example', server.host.replace(/:.*/, ''))
  new Function('defineProvider', 'install', code)(defineProvider, install)
  answer = says({ model: 'gpt-4o-mini', tokens_in: 1000, tokens_out: 500, text: 'secret' })
  await call('POST', '/v1/complete', { model: 'gpt-4o-mini' })
  answer = says({ error: 'overloaded' }, 503)
  await call('POST', '/v1/complete', { model: 'gpt-4o-mini' })
  const [span, failed] = await spansEnded(2)
  expect(span?.name).toBe('text_completion gpt-4o-mini')
  expect(span?.attributes).toMatchObject({ [ATTR.provider]: 'acme', [ATTR.costExact]: '0.00045' })
  expect(failed?.attributes).toMatchObject({ [ATTR.errorType]: 'overloaded' })
})

it('lists every fault of rows and prices at start', () => {
  const check = (options: unknown, want: RegExp) =>
    expect(() => install({ service: 'test', ...(options as object) })).toThrow(want)
  const row = { host: 'api.example.com', path: '/v1/x', meter: 'x', unit: 'request', unitPrice: '0.1' }
  check(
    { apis: [row, { ...row, host: 'https://api.example.com/v1', unitPrice: 0.1, methd: 'GET' }] as Rows },
    /apis\[1\]\.methd: is no option.*apis\[1\]\.host: want a host name.*apis\[1\]\.unitPrice: want USD/,
  )
  check({ apis: [{ ...row, path: 'v1/x', meter: '', method: 'PUT' }] }, /path: .*method: .*meter: /)
  check({ apis: [null] }, /apis\[0\]\.row: want an object/)
  check(
    { unitPrices: [{ provider: 'deepgram', unit: 'minute', unitPrice: '1e-3' }] },
    /unitPrices\[0\]\.unitPrice: want USD as decimal text/,
  )
})

it('counts a job once, at its end, for whoever began it', async () => {
  install({
    service: 'test',
    hosts: { [server.host]: 'replicate' },
    unitPrices: [{ provider: 'replicate', unit: 'minute', unitPrice: '0.06' }],
  })
  const prediction = (status: string, metrics = {}) => ({ id: 'job_1', model: 'acme/draw', status, metrics })
  answer = says(prediction('starting'), 201)
  await withAttribution({ tenant: 'acme' }, () => call('POST', '/v1/predictions', { version: 'v1' }))
  const [begun] = await spansEnded(1)
  expect(begun?.name).toBe('submit_job v1')
  expect(begun?.attributes[ATTR.operation]).toBe('submit_job')
  expect(begun?.attributes[ATTR.unpricedReason]).toBeUndefined()
  expect(begun?.attributes[ATTR.usageSource]).toBeUndefined()

  answer = says(prediction('processing'))
  for (let poll = 0; poll < 3; poll++) await call('GET', '/v1/predictions/job_1')
  answer = says({ detail: 'not found' }, 404)
  await call('GET', '/v1/predictions/job_1')
  expect(takeSpans()).toEqual([])

  answer = says(prediction('succeeded', { predict_time: 2.5 }))
  await Promise.all([1, 2, 3].map(() => call('GET', '/v1/predictions/job_1')))
  await call('GET', '/v1/predictions/job_1')
  const [ended, ...more] = takeSpans()
  expect(more).toEqual([])
  expect(ended?.startTime).toEqual(begun?.startTime)
  expect(ended?.attributes).toMatchObject({
    [ATTR.operation]: 'prediction',
    [ATTR.tenantId]: 'acme',
    [ATTR.meterQuantity]: 2.5,
    [ATTR.costExact]: '0.0025',
  })
})

it('counts a job once that was done when it began', async () => {
  install({ service: 'test', hosts: { [server.host]: 'replicate' } })
  answer = says({ id: 'job_2', status: 'succeeded', metrics: { predict_time: 1 } }, 201)
  await call('POST', '/v1/models/a/b/predictions', {})
  await call('GET', '/v1/predictions/job_2')
  const spans = await spansEnded(1)
  expect(spans.map(({ attributes }) => attributes[ATTR.operation])).toEqual(['prediction'])
})

it('knows the length of a video from the request that began it', async () => {
  install({
    service: 'test',
    hosts: { [server.host]: 'gcp.gemini' },
    unitPrices: [{ provider: 'gcp.gemini', unit: 'second', unitPrice: '0.4', model: 'veo-*' }],
  })
  const name = 'models/veo-3.1-generate-preview/operations/job_3'
  answer = says({ name })
  await call('POST', '/v1beta/models/veo-3.1-generate-preview:predictLongRunning', {
    instances: [{ prompt: 'secret' }],
    parameters: { durationSeconds: 6 },
  })
  answer = says({ name, done: true, response: {} })
  await call('GET', `/v1beta/${name}`)
  const [, ended] = await spansEnded(2)
  expect(ended?.attributes).toMatchObject({
    [ATTR.requestModel]: 'veo-3.1-generate-preview',
    [ATTR.meterQuantity]: 6,
    [ATTR.costExact]: '2.4',
    [ATTR.usageSource]: 'estimated',
  })
})

it('remembers jobs within bounds and counts those that it forgot', () => {
  const jobs = new Jobs(2)
  const submission = { startedAt: 1, attributes: {} }
  for (const id of ['a', 'b', 'c']) jobs.submit('p', id, submission)
  expect(jobs.counts).toEqual({ submitted: 3, finished: 0, repeated: 0, forgotten: 1 })
  expect(jobs.finish('p', 'b')).toBe(submission)
  expect(jobs.finish('p', 'b')).toBeUndefined()
  expect(jobs.finish('p', 'a')).toEqual({})
  expect(jobs.finish('other', 'b')).toEqual({})
  jobs.submit('p', 'b', submission)
  expect(jobs.counts).toMatchObject({ finished: 3, repeated: 1 })
})
