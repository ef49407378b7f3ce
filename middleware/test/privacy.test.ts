/**
 * The promise that nothing people write leaves: a secret in everything that a call carries, through every provider,
 * transport and way to end, with both ways that spans leave; and then no byte of what left has it. Nor does any byte
 * of what a provider got say whom the call was attributed to.
 */
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { context, DiagLogLevel, diag, metrics, propagation, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Hono } from 'hono'
import * as undici7 from 'undici7'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { spanmeter } from '../src/frameworks/hono.ts'
import { flush, install, meter, run, runs, type SpanmeterOptions, shutdown, wrapFetch } from '../src/index.ts'
import { metricsText } from '../src/prometheus.ts'
import { PROVIDERS } from '../src/providers/registry.ts'
import { SECRET, spike, spikeAnswer, spikeJson, WHOM } from './canary.ts'
import { casesOf, type Expected, load } from './describe-provider.ts'
import { loadSocket, type SocketCase, socketCasesOf } from './describe-socket.ts'
import { type Answer, type LocalServer, serve } from './local-provider.ts'

const bare = globalThis.fetch
/** What stands before the secret, wherever it is. */
const leaks = (text: string) =>
  text
    .split(SECRET)
    .slice(0, -1)
    .map((before) => before.slice(-80))
const left: Buffer[] = []
const log: string[] = []
const received: string[] = []
let answer: Answer
let provider: LocalServer
let collector: LocalServer
let spanProcessor: BatchSpanProcessor
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })

beforeAll(async () => {
  const write = (...words: unknown[]) => void log.push(inspect(words, { depth: 10, showHidden: true }))
  const logger = { error: write, warn: write, info: write, debug: write, verbose: write }
  diag.setLogger(logger, { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true })
  provider = await serve((request, response, body) => {
    received.push(`${request.url} ${request.rawHeaders.join(' ')} ${body}`)
    answer(request, response, body)
  })
  collector = await serve((_request, response, body) => {
    left.push(body)
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
  })
  spanProcessor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${collector.url}/v1/traces` }))
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [spanProcessor] }))
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
})
afterAll(async () => {
  await reader.shutdown()
  await spanProcessor.shutdown()
  await Promise.all([provider.close(), collector.close()])
  diag.disable()
})
beforeEach(() => {
  for (const list of [left, log, received]) list.length = 0
})
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

/** Ends metering and looks through everything that left. @param calls at least so many spans have to be there */
async function expectClean(calls: number): Promise<void> {
  await flush()
  await shutdown()
  const metricsOfHost = await reader.collect()
  const exported = Buffer.concat(left).toString('latin1')
  expect(exported.split(WHOM).length - 1).toBeGreaterThanOrEqual(calls)
  const everything = [
    exported,
    log.join('\n'),
    (await metricsText()).body,
    inspect(metricsOfHost, { depth: 20 }),
  ]
  for (const text of everything) {
    expect(leaks(text)).toEqual([])
  }
  const heard = received.join('\n')
  if (heard !== '') expect(heard).toContain(SECRET)
  expect(heard).not.toContain(WHOM)
}

const HEADERS = {
  authorization: `Bearer ${SECRET}`,
  'x-api-key': SECRET,
  'user-agent': `agent/${SECRET}`,
  'content-type': 'application/json',
  'x-note': SECRET,
}
const QUERY = `key=${SECRET}&file=${SECRET}.pdf`
const RECORDERS: [string, () => SpanmeterOptions][] = [
  ['the tracer provider of the host', () => ({})],
  ['an endpoint', () => ({ endpoint: collector.url })],
]
const attribution = {
  tenant: WHOM,
  user: WHOM,
  feature: WHOM,
  agent: { id: WHOM, name: WHOM },
  conversation: WHOM,
}

const pathOf = ({ url, path }: Expected) => new URL(url ?? `http://x${path}`).pathname

/** What servers answer with beside the body. */
const answerHeaders = (type: string, more: Record<string, string> = {}) => ({
  'content-type': type,
  'set-cookie': `session=${SECRET}`,
  'x-trace-note': SECRET,
  ...more,
})

/** Of the second recorder one of four cases, unless all of them are asked for. */
const SHARE = process.env.SPANMETER_FULL_MATRIX === '1' ? 1 : 4

describe.each(RECORDERS)('with %s', (recorder, options) => {
  const share = recorder === 'an endpoint' ? SHARE : 1
  const setUp = (name: string, host = provider.host) =>
    install({ service: 'canary', ...attribution, ...options(), hosts: { [host]: name } })

  for (const { name } of PROVIDERS) {
    it(`${name}: whole, streamed, refused, broken and given up`, async () => {
      setUp(name)
      let calls = 0
      for (const fixture of casesOf(name).filter((_, index) => index % share === 0)) {
        const {
          expected,
          request,
          answer: bytes,
          streamed,
        } = load(new URL(`../fixtures/${name}/${fixture}/`, import.meta.url))
        const type = streamed ? 'text/event-stream' : 'application/json'
        const spiked = spikeAnswer(bytes, streamed)
        const error = JSON.stringify(spike({ error: { message: request, type: 'invalid_request_error' } }))
        const ways: Answer[] = [
          (_request, response) =>
            response.writeHead(expected.status, answerHeaders(type, expected.headers)).end(spiked),
          (_request, response) => response.writeHead(400, answerHeaders('application/json')).end(error),
          (_request, response) => response.writeHead(500, answerHeaders('text/html')).end(`<p>${SECRET}`),
          (_request, response) => response.writeHead(200, answerHeaders(type)).end(`${SECRET} {"${SECRET}`),
          (_request, response) => {
            response.writeHead(200, answerHeaders(type))
            response.write(spiked.slice(0, 300))
          },
        ]
        for (const [at, way] of ways.entries()) {
          answer = way
          calls++
          const controller = new AbortController()
          const { method = 'POST' } = expected as { method?: string }
          const response = await fetch(`${provider.url}${pathOf(expected)}?${QUERY}`, {
            method,
            headers: HEADERS,
            signal: controller.signal,
            ...(method === 'GET' ? {} : { body: spikeJson(request) }),
          })
          if (at < 4) await response.text()
          else {
            await response.body?.getReader().read()
            controller.abort(new Error(SECRET))
          }
        }
      }
      await expectClean(calls > 0 ? 1 : 0)
    })
  }

  it('uploads with the names of their files, and by every client', async () => {
    setUp('openai')
    const ask = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: SECRET }] })
    const { answer: bytes } = load(new URL('../fixtures/openai/chat-cached/', import.meta.url))
    answer = (_request, response) =>
      response.writeHead(200, answerHeaders('application/json')).end(spikeAnswer(bytes, false))
    const url = `${provider.url}/v1/chat/completions?${QUERY}`
    const init = { method: 'POST' as const, headers: HEADERS, body: ask }
    await (await fetch(url, init)).json()
    await (await fetch(new Request(url, init))).text()
    await (await wrapFetch(bare)(url, init)).json()
    await (await undici7.request(url, init)).body.text()
    await new Promise((resolve, reject) => {
      const sent = http.request(url, { method: 'POST', headers: HEADERS }, (response) => {
        response.resume().on('end', resolve)
      })
      sent.on('error', reject).end(ask)
    })
    const form = new FormData()
    form.append('model', 'whisper-1')
    form.append('prompt', SECRET)
    form.append('file', new File([SECRET], `${SECRET}.mp3`))
    await (await fetch(`${provider.url}/v1/audio/transcriptions`, { method: 'POST', body: form })).text()
    await expectClean(5)
  })

  it('WebSockets: what both sides say, query, headers, and who is asked for', async () => {
    const server = http.createServer()
    const accepting = new WebSocketServer({ server, perMessageDeflate: { threshold: 0 } })
    let fixture: SocketCase
    accepting.on('connection', (socket, request) => {
      received.push(`${request.url} ${request.rawHeaders.join(' ')}`)
      for (const [side, message] of fixture.messages) {
        if (side === 'server') socket.send(JSON.stringify(spike(message)))
      }
      let left = fixture.messages.filter(([side]) => side === 'client').length
      socket.on('message', (data) => {
        received.push(String(data))
        if (--left <= 0) socket.close()
      })
      if (left === 0) socket.close()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    let calls = 0
    const inside = propagation.setBaggage(
      context.active(),
      propagation.createBaggage({ tenant: { value: WHOM } }),
    )
    for (const { name } of PROVIDERS) {
      for (const one of socketCasesOf(name)) {
        fixture = loadSocket(name, one)
        setUp(name, host)
        const { pathname, search } = new URL(fixture.expected.url)
        const url = `ws://${host}${pathname}?${QUERY}&${search.slice(1)}`
        await context.with(inside, async () => {
          const client = new WebSocket(url, { headers: { authorization: SECRET, 'x-api-key': SECRET } })
          client.on('open', () => {
            for (const [side, message] of fixture.messages) {
              if (side === 'client') client.send(JSON.stringify(spike(message)))
            }
          })
          await new Promise((resolve) => client.on('close', resolve))
        })
        calls += fixture.expected.calls.length
        await flush()
        await shutdown()
      }
    }
    accepting.close()
    await new Promise((resolve) => server.close(resolve))
    await expectClean(calls)
  })

  it('connections that fail, and HTTP/2', async () => {
    const server = http2.createServer((request, response) => {
      request.resume().on('end', () => {
        response.writeHead(400, { 'content-type': 'application/json', 'x-note': SECRET })
        response.end(JSON.stringify({ error: { message: SECRET, type: 'bad_request' } }))
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    setUp('openai', host)
    const session = http2.connect(`http://${host}`)
    const path = `/v1/chat/completions?${QUERY}`
    const stream = session.request({ ...HEADERS, ':method': 'POST', ':path': path })
    const read = new Promise((resolve) => stream.resume().on('close', resolve))
    stream.end(JSON.stringify({ model: 'gpt-4o-mini', messages: [{ content: SECRET }] }))
    await read
    session.close()
    await new Promise((resolve) => server.close(resolve))
    const refused = fetch(`http://${host}${path}`, { method: 'POST', headers: HEADERS, body: SECRET })
    await expect(refused).rejects.toThrow()
    await expectClean(2)
  })

  it('requests that the service answers, and everything of its own that fails', async () => {
    const app = new Hono()
    const tenant = () => {
      throw Object.assign(new Error(SECRET), { input: SECRET })
    }
    app.use(spanmeter({ ...options(), tenant, user: WHOM }))
    app.onError((_error, c) => c.text(SECRET, 500))
    app.post('/chats/:id', async (c) => {
      meter('page', SECRET, { attributes: { note: 1 } })
      await run('job', () => Promise.reject(new Error(SECRET)), { config: { key: SECRET } }).catch(() => {})
      runs.start('job').fail(`it was ${SECRET}`)
      runs.start('job').cancel(`it was ${SECRET}`)
      return c.req.query('throw') ? Promise.reject(new Error(SECRET)) : c.text(SECRET)
    })
    for (const way of ['', '&throw=1']) {
      const response = await app.request(`/chats/1?${QUERY}${way}`, {
        method: 'POST',
        headers: HEADERS,
        body: SECRET,
      })
      await response.text()
    }
    await expectClean(2)
    expect(log.join('\n')).toContain('cannot read tenant from the request: Error')
  })
})
