/**
 * What every framework's adapter has to keep, on real servers, with both ways in which spans leave.
 */
import { request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { shutdown } from '../../src/index.ts'
import type { SpanmeterOptions } from '../../src/meter.ts'
import { ATTR } from '../../src/telemetry/attributes.ts'
import { type LocalServer, serve, unnumbered } from '../local-provider.ts'
import { type Recording, recordAtEndpoint, recordAtHost, type SeenSpan } from './recording.ts'

/** What the routes of a service do, whatever framework they are written in. */
export interface Work {
  /** `POST /chats/:id`, behind authentication: answers with what this gives, as JSON. @throws for id `broken` */
  chat(id: string, body: unknown): Promise<unknown>
  /** `GET /stream`: sends each text as it comes. */
  stream(): AsyncGenerator<string>
}

export interface FrameworkUnderTest {
  name: string
  /**
   * Starts a service with the adapter and, in this order: authentication that keeps the header `x-user-id` where the
   * framework keeps such things, `POST /chats/:id`, `GET /stream`, and `GET /refused` which answers 403.
   */
  start(options: SpanmeterOptions<never>, work: Work): Promise<Server>
  /** Tenant from the header `x-tenant-id`, user from where authentication put it. */
  attribution: SpanmeterOptions<never>
  /** How a template is written; absent where the framework has no routes. */
  route?: (path: string) => string
}

const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
})

/** Starts are read from a clock of whole milliseconds. */
const CLOCKS_APART_NS = 2_000_000n

/** Listens on a free port of 127.0.0.1. */
export function listen(server: Server): Promise<Server> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

export function describeFramework(framework: FrameworkUnderTest): void {
  describe.each([
    { where: "the host's own OpenTelemetry", record: recordAtHost, host: true },
    { where: 'an endpoint', record: recordAtEndpoint, host: false },
  ])(`${framework.name}, recording at $where`, ({ record, host }) => {
    let provider: LocalServer
    let recording: Recording
    let server: Server | undefined
    /** Lets a stream go on to its end. */
    let release: () => void
    let released: Promise<void>
    /** Answers of the provider are held back until so many calls wait, and then given in reverse. */
    let together = 1
    let waiting: (() => void)[] = []

    beforeAll(async () => {
      provider = await serve((_request, response) => {
        waiting.push(() => response.writeHead(200, { 'content-type': 'application/json' }).end(COMPLETION))
        if (waiting.length < together) return
        for (const answer of waiting.splice(0).reverse()) answer()
      })
    })
    afterAll(() => provider.close())
    beforeEach(async () => {
      recording = await record()
      together = 1
      waiting = []
      released = new Promise((resolve) => {
        release = resolve
      })
    })
    afterEach(async () => {
      release()
      await new Promise<void>((resolve) => {
        if (!server) return resolve()
        server.close(() => resolve())
        server.closeAllConnections()
      })
      server = undefined
      await shutdown()
      await recording.close()
    })

    async function ask(model: string): Promise<void> {
      const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] })
      const response = await fetch(`${provider.url}/v1/chat/completions`, { method: 'POST', body })
      await response.json()
    }

    const work: Work = {
      async chat(id, body) {
        if (id === 'broken') throw new TypeError('a mistake of the service')
        await new Promise((resolve) => setImmediate(resolve))
        await ask(`model-${id}`)
        return { id, body }
      },
      async *stream() {
        yield 'first '
        await released
        await ask('model-late')
        yield 'last'
      },
    }

    async function start(options: SpanmeterOptions<never> = framework.attribution): Promise<string> {
      const hosts = { [provider.host]: 'openai' }
      server = await framework.start({ ...recording.options, ...options, hosts }, work)
      return `http://127.0.0.1:${portOf(server)}`
    }

    const chat = (base: string, id: string, headers: Record<string, string> = {}) =>
      fetch(`${base}/chats/${id}?key=secret`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'curious', ...headers },
        body: JSON.stringify({ text: id }),
      })

    const split = (spans: SeenSpan[]) => ({
      served: spans.filter((span) => span.kind === SpanKind.SERVER),
      calls: spans.filter((span) => span.kind === SpanKind.CLIENT),
    })
    const named = (method: string, path: string) =>
      framework.route ? `${method} ${framework.route(path)}` : method

    it('attributes a call to its request, whose span is its parent', async () => {
      const base = await start()
      const response = await chat(base, 'c1', { 'x-tenant-id': 'acme', 'x-user-id': 'ada' })
      expect(response.status).toBe(200)
      expect(await response.json()).toEqual({ id: 'c1', body: { text: 'c1' } })

      const spans = await recording.spans(2)
      const { served, calls } = split(spans)
      expect(spans).toHaveLength(2)
      const [request] = served
      const [call] = calls
      expect(call?.attributes).toMatchObject({ [ATTR.tenantId]: 'acme', [ATTR.userId]: 'ada' })
      expect(call).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId })
      expect(request).toMatchObject({ name: named('POST', '/chats/:id'), status: 0 })
      expect(request?.parentSpanId).toBeUndefined()
      expect(unnumbered(request?.attributes)).toEqual({
        [ATTR.httpMethod]: 'POST',
        [ATTR.urlPath]: '/chats/c1',
        [ATTR.urlScheme]: 'http',
        [ATTR.serverAddress]: '127.0.0.1',
        [ATTR.serverPort]: Number(new URL(base).port),
        [ATTR.httpStatusCode]: 200,
        [ATTR.tenantId]: 'acme',
        [ATTR.userId]: 'ada',
        ...(framework.route ? { [ATTR.httpRoute]: framework.route('/chats/:id') } : {}),
      })
    })

    it('keeps requests apart that are under way together', async () => {
      const base = await start()
      const ids = Array.from({ length: 24 }, (_, index) => `c${index}`)
      together = ids.length
      const answers = ids.map((id) =>
        chat(base, id, { 'x-tenant-id': `tenant-${id}`, 'x-user-id': `user-${id}` }),
      )
      for (const [index, answer] of (await Promise.all(answers)).entries()) {
        expect(await answer.json()).toEqual({ id: ids[index], body: { text: ids[index] } })
      }
      const { served, calls } = split(await recording.spans(2 * ids.length))
      expect(served).toHaveLength(ids.length)
      expect(calls).toHaveLength(ids.length)
      for (const id of ids) {
        const request = served.find((span) => span.attributes[ATTR.urlPath] === `/chats/${id}`)
        const call = calls.find((span) => span.attributes[ATTR.requestModel] === `model-${id}`)
        const who = { [ATTR.tenantId]: `tenant-${id}`, [ATTR.userId]: `user-${id}` }
        expect(call?.attributes).toMatchObject(who)
        expect(request?.attributes).toMatchObject(who)
        expect(call).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId })
      }
    })

    it('loses no request whose body comes in pieces over one connection', async () => {
      const base = await start()
      const body = JSON.stringify({ text: 'x'.repeat(90_000) })
      const { port } = new URL(base)
      const sent = httpRequest({
        port,
        method: 'POST',
        path: '/chats/pieces',
        headers: { 'content-type': 'application/json', 'content-length': body.length, 'x-tenant-id': 'acme' },
      })
      const answered = new Promise<number | undefined>((resolve, reject) => {
        sent.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)))
        sent.once('error', reject)
      })
      for (let at = 0; at < body.length; at += 30_000) {
        await new Promise((resolve) => sent.write(body.slice(at, at + 30_000), resolve))
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      sent.end()
      expect(await answered).toBe(200)
      const spans: SeenSpan[] = []
      const request = () => spans.find((span) => span.attributes[ATTR.urlPath] === '/chats/pieces')
      const call = () => split(spans).calls.find(({ traceId }) => traceId === request()?.traceId)
      // whatever the host itself makes spans of, these two come
      while (call() === undefined) spans.push(...(await recording.spans(1)))
      expect(call()?.attributes[ATTR.tenantId]).toBe('acme')
      expect(call()?.parentSpanId).toBe(request()?.spanId)
    })

    it('calls a refusal by its status and not an error', async () => {
      const base = await start()
      expect((await fetch(`${base}/refused`)).status).toBe(403)
      const [refused] = await recording.spans(1)
      expect(refused).toMatchObject({ name: named('GET', '/refused'), status: 0 })
      expect(refused?.attributes[ATTR.httpStatusCode]).toBe(403)
      expect(refused?.attributes).not.toHaveProperty([ATTR.errorType])
    })

    it('gives a path that nobody serves no route', async () => {
      const base = await start()
      expect((await fetch(`${base}/nothing/here`)).status).toBe(404)
      const [unknown] = await recording.spans(1)
      expect(unknown).toMatchObject({ name: 'GET', status: 0 })
      expect(unknown?.attributes[ATTR.httpStatusCode]).toBe(404)
      expect(unknown?.attributes).not.toHaveProperty([ATTR.httpRoute])
    })

    it('marks what a handler throws', async () => {
      const base = await start()
      expect((await chat(base, 'broken')).status).toBe(500)
      const spans = await recording.spans(1)
      expect(spans).toHaveLength(1)
      expect(spans[0]).toMatchObject({ name: named('POST', '/chats/:id'), status: 2 })
      expect(spans[0]?.attributes).toMatchObject({ [ATTR.httpStatusCode]: 500, [ATTR.errorType]: '500' })
    })

    it('ends with the end of a stream, and takes in the calls that are made on the way', async () => {
      const base = await start()
      const response = await fetch(`${base}/stream`, { headers: { 'x-tenant-id': 'acme' } })
      const reader = response.body?.getReader()
      const first = await reader?.read()
      expect(Buffer.from(first?.value ?? []).toString()).toBe('first ')
      // Were it ended with the handler, it would be over long before its own last call.
      await delay(10)
      release()
      let rest = ''
      for (;;) {
        const next = await reader?.read()
        if (!next?.value) break
        rest += Buffer.from(next.value).toString()
      }
      expect(rest).toBe('last')
      const { served, calls } = split(await recording.spans(2))
      expect([served.length, calls.length]).toEqual([1, 1])
      expect(served[0]?.endTime).toBeGreaterThan((calls[0]?.endTime ?? 0n) - CLOCKS_APART_NS)
      expect(calls[0]?.attributes[ATTR.tenantId]).toBe('acme')
      expect(calls[0]?.parentSpanId).toBe(served[0]?.spanId)
      expect(served[0]).toMatchObject({ name: named('GET', '/stream'), status: 0 })
      expect(served[0]?.attributes).not.toHaveProperty([ATTR.requestAborted])
    })

    it('ends once when the client goes away, which is no error', async () => {
      const base = await start()
      const gone = new AbortController()
      const response = await fetch(`${base}/stream`, { signal: gone.signal })
      await response.body?.getReader().read()
      gone.abort()
      const [aborted] = await recording.spans(1)
      expect(aborted).toMatchObject({ kind: SpanKind.SERVER, name: named('GET', '/stream'), status: 0 })
      expect(aborted?.attributes).toMatchObject({ [ATTR.requestAborted]: true, [ATTR.httpStatusCode]: 200 })
      expect(aborted?.attributes).not.toHaveProperty([ATTR.errorType])
      release()
      await chat(base, 'after')
      const { served } = split(await recording.spans(2))
      expect(served.map((span) => span.name)).not.toContain(named('GET', '/stream'))
    })

    it('serves the request when a function of the options throws', async () => {
      const base = await start({
        ...framework.attribution,
        tenant: () => {
          throw new Error('no such header')
        },
      })
      const response = await chat(base, 'c1', { 'x-user-id': 'ada' })
      expect(response.status).toBe(200)
      for (const span of await recording.spans(2)) {
        expect(span.attributes).not.toHaveProperty([ATTR.tenantId])
        expect(span.attributes[ATTR.userId]).toBe('ada')
      }
    })

    it('opens no span for requests where that is switched off', async () => {
      const base = await start({ ...framework.attribution, serverSpans: false })
      await (await chat(base, 'c1', { 'x-tenant-id': 'acme' })).json()
      const spans = await recording.spans(1)
      expect(spans.map((span) => [span.kind, span.attributes[ATTR.tenantId]])).toEqual([
        [SpanKind.CLIENT, 'acme'],
      ])
    })

    it.runIf(host)("uses the host's own SERVER span where there is one", async () => {
      const base = await start()
      instrument(server as Server)
      await (await chat(base, 'c1', { 'x-tenant-id': 'acme' })).json()
      const { served, calls } = split(await recording.spans(2))
      expect(served.map((span) => span.name)).toEqual(['of the host'])
      expect(calls[0]).toMatchObject({ traceId: served[0]?.traceId, parentSpanId: served[0]?.spanId })
      expect(calls[0]?.attributes[ATTR.tenantId]).toBe('acme')
    })

    it.runIf(host)("goes on with the caller's trace, where the host can read it", async () => {
      propagation.setGlobalPropagator({
        inject() {},
        extract: (active, carrier, getter) =>
          trace.setSpanContext(active, {
            traceId: String(getter.get(carrier, 'x-trace')),
            spanId: '00f067aa0ba902b7',
            traceFlags: 1,
            isRemote: true,
          }),
        fields: () => ['x-trace'],
      })
      const base = await start()
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
      await (await chat(base, 'c1', { 'x-trace': traceId })).json()
      const { served, calls } = split(await recording.spans(2))
      expect(served[0]).toMatchObject({ traceId, parentSpanId: '00f067aa0ba902b7' })
      expect(calls[0]).toMatchObject({ traceId, parentSpanId: served[0]?.spanId })
    })
  })
}

/** Opens a SERVER span around each request, as OpenTelemetry's HTTP instrumentation does. */
function instrument(server: Server): void {
  const { emit } = server
  server.emit = function (this: Server, event: string, ...args: unknown[]) {
    const run = () => Reflect.apply(emit, this, [event, ...args]) as boolean
    if (event !== 'request') return run()
    const span = trace.getTracer('host').startSpan('of the host', { kind: SpanKind.SERVER })
    ;(args[1] as { once(event: string, listener: () => void): void }).once('close', () => span.end())
    return context.with(trace.setSpan(context.active(), span), run)
  } as Server['emit']
}
