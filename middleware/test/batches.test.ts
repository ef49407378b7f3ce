/**
 * Batches whose results are told elsewhere than their end: each is one call, at its end, for whoever began it, however
 * often anybody asks.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { install, shutdown, withAttribution } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { load } from './describe-provider.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

const bare = globalThis.fetch
let server: LocalServer
/** What the server says at a method and path: text, or an object as JSON. */
let said: Record<string, unknown> = {}
/** Answers stop before their end. */
let stops = false

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((request, response) => {
    const known = said[`${request.method} ${request.url}`]
    const type = typeof known === 'string' ? 'application/octet-stream' : 'application/json'
    response.writeHead(known === undefined ? 404 : 200, { 'content-type': type })
    const text = typeof known === 'string' ? known : JSON.stringify(known ?? { error: { type: 'not_found' } })
    if (stops) response.write(text.slice(0, text.length - 20))
    else response.end(text)
  })
})
afterAll(() => server.close())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
  takeSpans()
})

const results = (provider: string, name: string) =>
  Buffer.from(load(new URL(`../fixtures/${provider}/${name}/`, import.meta.url)).answer).toString()
const call = async (method: string, path: string, asked: object = {}) => {
  const body = method === 'POST' ? { body: JSON.stringify(asked) } : {}
  return (await fetch(`${server.url}${path}`, { method, ...body })).text()
}

interface Batch {
  provider: string
  begin: [path: string, answer: unknown]
  running: [path: string, answer: unknown]
  ended: [path: string, answer: unknown]
  file: [path: string, lines: string]
  cost: string
}

const BATCHES: Batch[] = [
  {
    provider: 'anthropic',
    begin: ['/v1/messages/batches', { id: 'msgbatch_1', processing_status: 'in_progress' }],
    running: ['/v1/messages/batches/msgbatch_1', { id: 'msgbatch_1', processing_status: 'in_progress' }],
    ended: [
      '/v1/messages/batches/msgbatch_1',
      { id: 'msgbatch_1', processing_status: 'ended', request_counts: { succeeded: 2, errored: 1 } },
    ],
    file: ['/v1/messages/batches/msgbatch_1/results', results('anthropic', 'batch-results')],
    cost: '0.0048',
  },
  {
    provider: 'gcp.gemini',
    begin: ['/v1beta/models/gemini-2.5-flash:batchGenerateContent', { name: 'batches/b1', metadata: {} }],
    running: ['/v1beta/batches/b1', { name: 'batches/b1', metadata: { state: 'BATCH_STATE_RUNNING' } }],
    ended: [
      '/v1beta/batches/b1',
      {
        name: 'batches/b1',
        metadata: { state: 'BATCH_STATE_SUCCEEDED' },
        done: true,
        response: { responsesFile: 'files/f1' },
      },
    ],
    file: ['/download/v1beta/files/f1:download?alt=media', results('gcp.gemini', 'batch-results-file')],
    cost: '0.0006',
  },
  {
    provider: 'mistral_ai',
    begin: ['/v1/batch/jobs', { id: 'job_1', status: 'QUEUED', model: 'mistral-small-latest' }],
    running: ['/v1/batch/jobs/job_1', { id: 'job_1', status: 'RUNNING', model: 'mistral-small-latest' }],
    ended: ['/v1/batch/jobs/job_1', { id: 'job_1', status: 'SUCCESS', output_file: 'f1' }],
    file: ['/v1/files/f1/content', results('mistral_ai', 'batch-results-file')],
    cost: '0.00012',
  },
]

it.each(BATCHES)('$provider: once, when its results are read to the end', async (batch) => {
  install({ service: 'test', hosts: { [server.host]: batch.provider } })
  const { begin, running, ended, file } = batch
  said = { [`POST ${begin[0]}`]: begin[1], [`GET ${running[0]}`]: running[1] }
  await withAttribution({ tenant: 'acme' }, () => call('POST', begin[0]))
  const [begun] = await spansEnded(1)
  expect(begun?.attributes[ATTR.operation]).toBe('submit_job')

  await call('GET', running[0])
  await call('GET', file[0])
  said[`GET ${ended[0]}`] = ended[1]
  await call('GET', ended[0])
  expect(takeSpans()).toEqual([])

  said[`GET ${file[0]}`] = file[1]
  stops = true
  const given = new AbortController()
  const response = await fetch(`${server.url}${file[0]}`, { signal: given.signal })
  const reading = response.body?.getReader()
  await reading?.read()
  given.abort()
  await expect(reading?.read()).rejects.toThrow()
  stops = false
  expect(takeSpans()).toEqual([])

  await call('GET', file[0])
  await call('GET', file[0])
  await call('GET', ended[0])
  const [span, ...more] = takeSpans()
  expect(more).toEqual([])
  expect(span?.startTime).toEqual(begun?.startTime)
  expect(span?.attributes).toMatchObject({
    [ATTR.operation]: 'batch',
    [ATTR.tenantId]: 'acme',
    [ATTR.serviceTier]: 'batch',
    [ATTR.usageSource]: 'provider',
    [ATTR.costExact]: batch.cost,
  })
})

it('counts a response in the background when it is over, and no other when it is asked for again', async () => {
  install({ service: 'test', hosts: { [server.host]: 'openai' } })
  const made = (id: string, status: string, more: object) => ({
    id,
    object: 'response',
    status,
    model: 'gpt-4o-mini-2024-07-18',
    output: [],
    ...more,
  })
  const usage = { input_tokens: 1200, output_tokens: 80, total_tokens: 1280 }
  said = {
    'POST /v1/responses': made('resp_1', 'queued', { background: true }),
    'GET /v1/responses/resp_1': made('resp_1', 'in_progress', { background: true }),
    'GET /v1/responses/resp_2': made('resp_2', 'completed', { usage }),
    'GET /v1/responses/resp_3': made('resp_3', 'completed', { background: true, usage }),
  }
  await withAttribution({ tenant: 'acme' }, () => call('POST', '/v1/responses'))
  expect((await spansEnded(1))[0]?.attributes[ATTR.operation]).toBe('submit_job')
  for (const id of ['resp_1', 'resp_2', 'resp_3']) await call('GET', `/v1/responses/${id}`)
  expect(takeSpans()).toEqual([])
  said['GET /v1/responses/resp_1'] = made('resp_1', 'completed', { background: true, usage })
  await call('GET', '/v1/responses/resp_1')
  await call('GET', '/v1/responses/resp_1')
  const [span, ...more] = takeSpans()
  expect(more).toEqual([])
  expect(span?.attributes).toMatchObject({
    [ATTR.operation]: 'chat',
    [ATTR.tenantId]: 'acme',
    [ATTR.costExact]: '0.000228',
  })

  said['POST /v1/responses'] = made('resp_4', 'completed', { usage })
  said['GET /v1/responses/resp_4'] = said['POST /v1/responses']
  await call('POST', '/v1/responses')
  await call('GET', '/v1/responses/resp_4')
  expect(await spansEnded(1)).toHaveLength(1)
})

it('knows what a job does from the call that began it', async () => {
  install({
    service: 'test',
    hosts: { [server.host]: 'luma' },
    unitPrices: [{ provider: 'luma', unit: 'image', unitPrice: '0.015' }],
  })
  const path = '/dream-machine/v1/generations'
  said = {
    [`POST ${path}/image`]: { id: 'g1', state: 'queued', model: 'photon-1' },
    [`GET ${path}/g1`]: { id: 'g1', state: 'completed', model: 'photon-1' },
  }
  await call('POST', `${path}/image`)
  await call('GET', `${path}/g1`)
  const [, span] = await spansEnded(2)
  expect(span?.attributes).toMatchObject({ [ATTR.operation]: 'image_generation', [ATTR.costExact]: '0.015' })
})

it('takes what a task says that it cost, over the price of what was asked for', async () => {
  install({
    service: 'test',
    hosts: { [server.host]: 'runway' },
    unitPrices: [{ provider: 'runway', unit: 'image', unitPrice: '0.05' }],
  })
  const begin = async (id: string, cost: object) => {
    said = {
      'POST /v1/text_to_image': { id, estimatedCost: { credits: 32 } },
      [`GET /v1/tasks/${id}`]: { id, status: 'SUCCEEDED', output: [], ...cost },
    }
    await call('POST', '/v1/text_to_image', { model: 'seedream5_pro', outputCount: 4 })
    await call('GET', `/v1/tasks/${id}`)
    const [, span] = await spansEnded(2)
    expect(span?.name).toBe('image_generation seedream5_pro')
    expect(span?.attributes).toMatchObject({ [ATTR.meterQuantity]: 4, [ATTR.meterUnit]: 'image' })
    return [span?.attributes[ATTR.costExact], span?.attributes[ATTR.costSource]]
  }
  expect(await begin('t1', { cost: { credits: 20 } })).toEqual(['0.2', 'provider'])
  expect(await begin('t2', {})).toEqual(['0.2', 'local'])
  expect(await begin('t3', { cost: { credits: 28.5 } })).toEqual(['0.285', 'provider'])
})

it('leaves files alone that are no results', async () => {
  install({ service: 'test', hosts: { [server.host]: 'mistral_ai' } })
  said = { 'GET /v1/files/f2/content': '%PDF-1.7 {not json}\n{"a":1}\n{"usage":{"prompt_tokens":1}}\n' }
  expect(await call('GET', '/v1/files/f2/content')).toBe(said['GET /v1/files/f2/content'])
  expect(takeSpans()).toEqual([])
})
