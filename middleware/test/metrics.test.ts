/** Metrics over the host's OpenTelemetry and over Prometheus: the same calls, requests and meters in both. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { spanmeter } from '../src/frameworks/hono.ts'
import { install, meter, run, shutdown } from '../src/index.ts'
import { metricsHandler, metricsResponse, metricsText, registry } from '../src/prometheus.ts'
import { count, counters } from '../src/telemetry/counters.ts'
import { METRIC, prometheusName } from '../src/telemetry/metric-names.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

const fixture = (path: string) => readFileSync(new URL(`../fixtures/${path}`, import.meta.url))
const bare = globalThis.fetch
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
const provider = new MeterProvider({ readers: [reader] })
let answer: { path: string; type?: string; status?: number }
let server: LocalServer

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((_request, response) => {
    const { path, type = 'application/json', status = 200 } = answer
    response.writeHead(status, { 'content-type': type }).end(fixture(path))
  })
})
afterAll(async () => {
  await provider.shutdown()
  await server.close()
})
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

const setUp = () => install({ tenant: 'acme', hosts: { [server.host]: 'openai' } })
async function call(given: typeof answer, path = '/v1/chat/completions') {
  answer = given
  takeSpans()
  const body = '{"model":"gpt-4o-mini"}'
  await (await fetch(`${server.url}${path}`, { method: 'POST', body })).text()
  await spansEnded(1)
}

async function collected() {
  exporter.reset()
  await reader.forceFlush()
  const found = exporter.getMetrics().flatMap((one) => one.scopeMetrics.flatMap((scope) => scope.metrics))
  return (name: string) => found.find(({ descriptor }) => descriptor.name === name)
}

describe('over OpenTelemetry', () => {
  it('needs no provider, and finds one that is registered after the installation', async () => {
    setUp()
    await call({ path: 'openai/chat-cached/response.json' })
    expect(metrics.setGlobalMeterProvider(provider)).toBe(true)
    await call({ path: 'openai/chat-cached/response.json' })
    const metric = await collected()
    const duration = metric('gen_ai.client.inference.duration')
    const [point, ...more] = (duration?.dataPoints ?? []) as DataPoint<Histogram>[]
    expect(more).toEqual([])
    expect(duration?.descriptor.unit).toBe('s')
    expect(point?.value.count).toBe(1)
    expect(point?.value.buckets.boundaries).toEqual(
      Array.from({ length: 14 }, (_, step) => Number((0.01 * 2 ** step).toFixed(2))),
    )
    expect(point?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': expect.stringContaining('gpt-4o-mini'),
      'server.address': '127.0.0.1',
      'server.port': Number(server.host.split(':')[1]),
    })
  })

  it('counts tokens by modality, and tokens a call', async () => {
    setUp()
    const usage = JSON.parse(fixture('openai/chat-audio/response.json').toString()).usage
    const before = await collected()
    const sum = (metric: typeof before, name: string, modality: string) =>
      (metric(name)?.dataPoints ?? [])
        .filter(({ attributes }) => attributes['gen_ai.token.modality'] === modality)
        .reduce((all, { value }) => all + (value as number), 0)
    await call({ path: 'openai/chat-audio/response.json' })
    const after = await collected()
    const grown = (name: string, modality: string) => sum(after, name, modality) - sum(before, name, modality)
    const input = 'gen_ai.client.inference.usage.input_tokens'
    const { audio_tokens: audio } = usage.prompt_tokens_details
    expect(grown(input, 'audio')).toBe(audio)
    expect(grown(input, 'text')).toBe(usage.prompt_tokens - audio)
    const calls = after('gen_ai.client.inference.operation.input_tokens')
      ?.dataPoints as DataPoint<Histogram>[]
    expect(calls.reduce((all, { value }) => all + (value.sum ?? 0), 0)).toBe(
      ['unknown', 'text', 'audio', 'image'].reduce((all, modality) => all + sum(after, input, modality), 0),
    )
  })

  it('says what failed, how long the first chunk took, and what was embedded', async () => {
    setUp()
    await call({ path: 'openai/chat-rate-limited/response.json', status: 429 })
    await call({ path: 'openai/chat-stream-usage/stream.txt', type: 'text/event-stream' })
    await call({ path: 'openai/embeddings/response.json' }, '/v1/embeddings')
    const metric = await collected()
    const errors = metric('gen_ai.client.inference.duration')?.dataPoints.map(
      ({ attributes }) => attributes['error.type'],
    )
    expect(errors).toContain('rate_limit_exceeded')
    const first = metric('gen_ai.client.inference.time_to_first_chunk')?.dataPoints as DataPoint<Histogram>[]
    expect(first.map(({ value }) => value.count)).toEqual([1])
    expect(metric('gen_ai.client.embeddings.duration')?.dataPoints).toHaveLength(1)
    expect(metric('gen_ai.client.embeddings.operation.input_tokens')?.dataPoints).toHaveLength(1)
  })

  it('measures requests by route, never by path, and meters by name', async () => {
    const app = new Hono()
    app.use(spanmeter())
    app.get('/chats/:id', (c) => c.text('ok'))
    for (const id of ['a', 'b', 'c']) await (await app.request(`/chats/${id}?token=secret`)).text()
    await spansEnded(3)
    meter('voice_minute', 2.5, { unit: 'min' })
    meter('voice_minute', '1.5', { unit: 'min' })
    meter('storage_mb', 9, { level: true })
    await run('job', () => 1)
    const metric = await collected()
    const [point, ...more] = (metric('http.server.request.duration')?.dataPoints ??
      []) as DataPoint<Histogram>[]
    expect(more).toEqual([])
    expect(point?.value.count).toBe(3)
    expect(point?.attributes).toEqual({
      'http.request.method': 'GET',
      'url.scheme': 'http',
      'http.route': '/chats/:id',
      'http.response.status_code': 200,
    })
    expect(metric('spanmeter.meter.quantity')?.dataPoints).toMatchObject([
      { value: 4, attributes: { 'spanmeter.meter.name': 'voice_minute', 'spanmeter.meter.unit': 'min' } },
    ])
    expect(metric('spanmeter.calls')?.dataPoints.length).toBeGreaterThan(0)
    expect(metric('spanmeter.spans.queued')?.dataPoints).toMatchObject([{ value: 0 }])
    expect(JSON.stringify(exporter.getMetrics())).not.toMatch(/secret|acme/)
  })

  it('bounds the number of model names', async () => {
    setUp()
    answer = { path: 'openai/chat-cached/response.json' }
    for (let n = 0; n < 230; n++) {
      const body = JSON.stringify({ model: `fine-tune-${n}` })
      await (await fetch(`${server.url}/v1/chat/completions`, { method: 'POST', body })).text()
    }
    const metric = await collected()
    const models = metric('gen_ai.client.inference.duration')?.dataPoints.map(
      ({ attributes }) => attributes['gen_ai.request.model'],
    )
    expect(new Set(models).size).toBeLessThanOrEqual(201)
    expect(models).toContain('_OTHER')
  })
})

describe('over Prometheus', () => {
  it('has what is measured from its first use on, under translated names', async () => {
    registry()
    setUp()
    await call({ path: 'openai/chat-cached/response.json' })
    const { body, contentType } = await metricsText()
    expect(contentType).toContain('text/plain')
    expect(body).toMatch(
      /gen_ai_client_inference_duration_seconds_count\{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="[^"]+",error_type=""\} 1/,
    )
    expect(body).toMatch(
      /gen_ai_client_inference_usage_input_tokens_total\{[^}]*gen_ai_token_modality="unknown"\} \d+/,
    )
    expect(body).toMatch(
      /spanmeter_calls_total\{gen_ai_provider_name="openai",spanmeter_usage_source="provider"\} \d+/,
    )
    expect(body).toContain('spanmeter_spans_queued 0')
    for (const definition of Object.values(METRIC))
      expect(body).toContain(`# TYPE ${prometheusName(definition)} `)
    expect(body).not.toContain('acme')
  })

  it('counts its own failures by place', async () => {
    install({})
    meter('', 1)
    const { body } = await metricsText()
    const failures = counters().failures.get('record a metered quantity')
    expect(failures).toBeGreaterThan(0)
    expect(body).toContain(
      `spanmeter_failures_total{spanmeter_place="record a metered quantity"} ${failures}`,
    )
  })

  it('answers at a route of the host', async () => {
    const host = createServer(metricsHandler())
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    try {
      const response = await fetch(`http://127.0.0.1:${(host.address() as AddressInfo).port}/metrics`)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, registry().contentType])
      expect(await response.text()).toContain('spanmeter_spans_sent_total')
      expect(await (await metricsResponse()).text()).toContain('spanmeter_spans_sent_total')
    } finally {
      await new Promise((resolve) => host.close(resolve))
    }
  })
})

it('counts words beyond the bound of a counter together', () => {
  const counts = new Map<string, number>()
  for (let n = 0; n < 1_000; n++) count(counts, `word ${n}`)
  expect(counts.size).toBe(201)
  expect(counts.get('_OTHER')).toBe(800)
})
