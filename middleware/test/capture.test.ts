import { readFileSync } from 'node:fs'
import Anthropic from '@anthropic-ai/sdk'
import { trace } from '@opentelemetry/api'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { spanmeter } from '../src/frameworks/hono.ts'
import { defineProvider, install, shutdown, withAttribution } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import {
  type Answer,
  type LocalServer,
  registerHostTelemetry,
  serve,
  spansEnded,
  takeSpans,
} from './local-provider.ts'

const fixture = (path: string) => readFileSync(new URL(`../fixtures/${path}`, import.meta.url))
const json =
  (path: string, status = 200): Answer =>
  (_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_1' })
      .end(fixture(path))
  }
const stream =
  (path: string): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(fixture(path))
  }
const hanging =
  (path: string): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(fixture(path))
  }

let answer: Answer
let server: LocalServer
const bare = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((request, response, body) => answer(request, response, body))
})
afterAll(() => server.close())
beforeEach(() => void takeSpans())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

const setUp = () => install({ service: 'test', tenant: 'acme', hosts: { [server.host]: 'openai' } })
const post = (path = '/v1/chat/completions', init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { method: 'POST', body: '{"model":"gpt-4o-mini"}', ...init })
const COST = '0.0003402'

describe('capture at fetch', () => {
  it('returns the very promise of the original fetch for everything that is not metered', async () => {
    const promise = Promise.resolve(new Response('x'))
    globalThis.fetch = () => promise
    setUp()
    expect(fetch('https://example.com/v1/chat/completions', { method: 'POST' })).toBe(promise)
    expect(fetch(`${server.url}/v1/chat/completions`)).toBe(promise)
    expect(fetch(`${server.url}/v1/models`, { method: 'POST' })).toBe(promise)
    expect(fetch('::not a url', { method: 'POST' })).toBe(promise)
    expect(takeSpans()).toEqual([])
  })

  it('leaves the response what it is', async () => {
    answer = json('openai/chat-cached/response.json')
    setUp()
    const response = await post()
    expect(response).toBeInstanceOf(Response)
    expect([response.url, response.status, response.redirected, response.type, response.ok]).toEqual([
      `${server.url}/v1/chat/completions`,
      200,
      false,
      'basic',
      true,
    ])
    expect(response.headers.get('x-request-id')).toBe('req_1')
    const clone = response.clone()
    expect(response.bodyUsed).toBe(false)
    expect(await response.json()).toEqual(JSON.parse(fixture('openai/chat-cached/response.json').toString()))
    expect(response.bodyUsed).toBe(true)
    expect(await clone.text()).toBe(fixture('openai/chat-cached/response.json').toString())
    expect(takeSpans()).toHaveLength(1)
  })

  const readers: [string, (response: Response) => Promise<unknown>][] = [
    ['json()', (response) => response.json()],
    ['text()', (response) => response.text()],
    ['arrayBuffer()', (response) => response.arrayBuffer()],
    ['blob()', (response) => response.blob()],
    ['a clone', (response) => response.clone().json()],
    ['a new Response around the body', (response) => new Response(response.body).json()],
    ['pipeThrough', (response) => new Response(response.body?.pipeThrough(new TransformStream())).text()],
    ['tee', (response) => new Response(response.body?.tee()[0]).text()],
    [
      'a reader',
      async (response) => {
        const reader = response.body?.getReader()
        while ((await reader?.read())?.done === false);
      },
    ],
    [
      'a reader with a buffer of its own',
      async (response) => {
        const reader = response.body?.getReader({ mode: 'byob' })
        while ((await reader?.read(new Uint8Array(100)))?.done === false);
      },
    ],
    [
      'iteration',
      async (response) => {
        for await (const _chunk of response.body as unknown as AsyncIterable<Uint8Array>);
      },
    ],
  ]
  for (const [name, read] of readers) {
    it(`meters a JSON answer that is read by ${name}`, async () => {
      answer = json('openai/chat-cached/response.json')
      setUp()
      await read(await post())
      const [span, ...more] = takeSpans()
      expect(more).toEqual([])
      expect(span?.name).toBe('chat gpt-4o-mini')
      expect(span?.kind).toBe(2)
      expect(span?.attributes).toMatchObject({
        [ATTR.costExact]: COST,
        [ATTR.usageSource]: 'provider',
        [ATTR.tenantId]: 'acme',
        [ATTR.serviceName]: 'test',
        [ATTR.requestId]: 'req_1',
        [ATTR.httpStatusCode]: 200,
      })
    })
  }

  it('rethrows the very error of a call that never arrived', async () => {
    const thrown = new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })
    globalThis.fetch = () => Promise.reject(thrown)
    setUp()
    await expect(post()).rejects.toBe(thrown)
    const [span] = takeSpans()
    expect(span?.status.code).toBe(2)
    expect(span?.attributes).toMatchObject({
      [ATTR.errorType]: 'ECONNREFUSED',
      [ATTR.unpricedReason]: 'failed',
      [ATTR.usageSource]: 'missing',
    })
  })

  it('ends an error answer with the code of the provider and no cost', async () => {
    answer = json('openai/chat-rate-limited/response.json', 429)
    setUp()
    expect((await (await post()).json()).error.code).toBe('rate_limit_exceeded')
    const [span] = takeSpans()
    expect(span?.status.code).toBe(2)
    expect(span?.attributes).toMatchObject({
      [ATTR.httpStatusCode]: 429,
      [ATTR.errorType]: 'rate_limit_exceeded',
      [ATTR.unpricedReason]: 'failed',
    })
    expect(span?.attributes[ATTR.costExact]).toBeUndefined()
  })

  it('lets a body through that is no JSON, with usage missing', async () => {
    answer = (_request, response) => response.end('<html>')
    setUp()
    expect(await (await post()).text()).toBe('<html>')
    await expect((await post()).json()).rejects.toThrow(SyntaxError)
    for (const span of takeSpans()) {
      expect(span.status.code).toBe(0)
      expect(span.attributes).toMatchObject({
        [ATTR.usageSource]: 'missing',
        [ATTR.unpricedReason]: 'missing_usage',
      })
    }
  })

  it('ends an aborted stream with what was seen', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"role":"assistant","content":"four"}}]}\n\n')
    }
    setUp()
    const controller = new AbortController()
    const response = await post(undefined, { signal: controller.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    controller.abort()
    await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' })
    const [span] = takeSpans()
    expect(span?.status.code).toBe(2)
    expect(span?.attributes).toMatchObject({
      [ATTR.errorType]: 'AbortError',
      [ATTR.usageSource]: 'estimated',
      [ATTR.outputTokens]: 1,
    })
    expect(span?.attributes[ATTR.costExact]).toMatch(/^0\./)
  })

  it('counts an answer that nobody reads: whole where it fits, at shutdown where it does not', async () => {
    answer = json('openai/chat-cached/response.json')
    setUp()
    await post()
    const [whole] = await spansEnded(1)
    expect(whole?.attributes).toMatchObject({ [ATTR.usageSource]: 'provider', [ATTR.costExact]: COST })
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":[')
      response.write(`"${'x'.repeat(4_000_000)}"`)
    }
    await post()
    expect(takeSpans()).toEqual([])
    await shutdown()
    expect(takeSpans()[0]?.attributes).toMatchObject({ [ATTR.usageSource]: 'missing' })
    expect(globalThis.fetch).toBe(bare)
  })

  it('hands the promise of the original fetch on, and counts a redirected call once', async () => {
    const promises: Promise<Response>[] = []
    globalThis.fetch = (...args) => {
      const promise = bare(...args)
      promises.push(promise)
      return promise
    }
    setUp()
    answer = json('openai/chat-cached/response.json')
    await (await post()).json()
    const second = post()
    expect(second).toBe(promises[1])
    await (await second).json()
    expect(takeSpans()).toHaveLength(2)
    const whole = answer
    answer = (request, response, body) => {
      if (request.url === '/elsewhere/v1/chat/completions') return whole(request, response, body)
      response.writeHead(307, { location: '/elsewhere/v1/chat/completions' }).end()
    }
    const response = await post()
    expect([response.redirected, response.url]).toEqual([true, `${server.url}/elsewhere/v1/chat/completions`])
    await response.json()
    const [span, ...more] = takeSpans()
    expect(more).toEqual([])
    expect(span?.name).toBe('chat gpt-4o-mini')
    expect(span?.attributes[ATTR.costExact]).toBe(COST)
  })

  it('uses the dispatcher that a call names, and ends a call that is refused before it is sent', async () => {
    setUp()
    answer = json('openai/chat-cached/response.json')
    const seen: string[] = []
    const own = {
      dispatch(options: { path: string }, handler: object) {
        seen.push(options.path)
        const all = globalThis as unknown as Record<symbol, { dispatch(...args: unknown[]): boolean }>
        return all[Symbol.for('undici.globalDispatcher.1')]?.dispatch(options, handler) ?? false
      },
    }
    await (await post(undefined, { dispatcher: own } as RequestInit)).json()
    expect(seen).toEqual(['/v1/chat/completions'])
    expect(takeSpans()).toHaveLength(1)
    await expect(post(undefined, { mode: 'no such mode' as RequestMode })).rejects.toThrow(TypeError)
    await expect(post(undefined, { signal: AbortSignal.abort() })).rejects.toThrow('aborted')
    await shutdown()
    expect(takeSpans()).toEqual([])
  })

  it('never lets a plugin that throws reach the host', async () => {
    const broken = defineProvider({
      name: 'broken',
      hosts: [],
      requestIdHeaders: [],
      endpoints: [
        {
          path: '/broken',
          operation: 'chat',
          paths: ['usage'],
          read() {
            throw new Error('plugin')
          },
        },
      ],
    })
    answer = json('openai/chat-cached/response.json')
    install({ hosts: { [server.host]: broken } })
    expect((await (await post('/broken')).json()).id).toBe('chatcmpl-A1')
    expect(await (await post('/broken')).text()).toContain('chatcmpl-A1')
    expect(takeSpans().map((span) => span.attributes[ATTR.usageSource])).toEqual(['missing', 'missing'])
  })

  it('is installed once, leaves earlier calls alone, and lies below the active span', async () => {
    answer = json('openai/chat-cached/response.json')
    const early = post()
    setUp()
    const patched = globalThis.fetch
    setUp()
    expect(globalThis.fetch).toBe(patched)
    await (await early).json()
    expect(takeSpans()).toEqual([])
    await trace.getTracer('host').startActiveSpan('request', async (parent) => {
      await (await post()).json()
      parent.end()
    })
    const [span, parent] = takeSpans()
    expect(span?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId)
  })
})

describe('attribution', () => {
  it('comes from the Hono context at the time of the call, and from jobs, and never reaches the provider', async () => {
    let seen = ''
    answer = (request, response, body) => {
      seen += JSON.stringify(request.headers) + body.toString()
      json('openai/chat-cached/response.json')(request, response, body)
    }
    const app = new Hono<{ Variables: { user: string } }>()
    app.use(
      spanmeter({
        hosts: { [server.host]: 'openai' },
        tenant: (c) => c.req.header('x-tenant-id'),
        user: (c) => c.get('user'),
        agent: { id: 'agent-7', name: 'Helper' },
        conversation: () => {
          throw new Error('no conversation')
        },
        feature: 'search',
      }),
    )
    app.use(async (c, next) => {
      c.set('user', 'late-user')
      await next()
    })
    app.get('/', async (c) => c.json(await (await post()).json()))
    const response = await app.request('/', { headers: { 'x-tenant-id': 'secret-tenant' } })
    expect(response.status).toBe(200)
    await withAttribution({ tenant: 'job-tenant', feature: 'nightly' }, async () => (await post()).json())
    const [request, job] = takeSpans()
    expect(request?.attributes).toMatchObject({
      [ATTR.tenantId]: 'secret-tenant',
      [ATTR.userId]: 'late-user',
      [ATTR.agentId]: 'agent-7',
      [ATTR.agentName]: 'Helper',
      [ATTR.feature]: 'search',
    })
    expect(request?.attributes[ATTR.conversationId]).toBeUndefined()
    expect(job?.attributes).toMatchObject({ [ATTR.tenantId]: 'job-tenant', [ATTR.feature]: 'nightly' })
    expect(seen).not.toMatch(/secret-tenant|late-user|agent-7|job-tenant|nightly|baggage/)
  })
})

describe('the official SDKs', () => {
  const openai = () => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-test', maxRetries: 0 })
  const ask = { model: 'gpt-4o-mini', messages: [{ role: 'user' as const, content: 'Hi' }] }

  it('openai: JSON, stream, and a stream that is left', async () => {
    setUp()
    answer = json('openai/chat-cached/response.json')
    expect((await openai().chat.completions.create(ask)).id).toBe('chatcmpl-A1')
    answer = stream('openai/chat-stream-usage/stream.txt')
    for await (const _ of await openai().chat.completions.create({ ...ask, stream: true }));
    const [whole, streamed] = takeSpans()
    expect(whole?.attributes[ATTR.costExact]).toBe(COST)
    expect(streamed?.attributes).toMatchObject({ [ATTR.costExact]: COST, [ATTR.requestStream]: true })
    expect(streamed?.attributes[ATTR.timeToFirstChunk]).toBeGreaterThan(0)
    const left = fixture('openai/chat-stream-no-usage/stream.txt')
      .toString()
      .split('\n\n')
      .slice(0, 3)
      .join('\n\n')
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`${left}\n\n`)
    }
    for await (const _ of await openai().chat.completions.create({ ...ask, stream: true })) break
    const [aborted] = await spansEnded(1)
    expect(aborted?.attributes).toMatchObject({
      [ATTR.usageSource]: 'estimated',
      [ATTR.errorType]: 'AbortError',
    })
  })

  const anthropic = () => new Anthropic({ baseURL: server.url, apiKey: 'sk-ant-test', maxRetries: 1 })
  const message = {
    model: 'claude-sonnet-4-5',
    max_tokens: 9,
    messages: [{ role: 'user' as const, content: 'Hi' }],
  }
  const setUpAnthropic = () => install({ tenant: 'acme', hosts: { [server.host]: 'anthropic' } })

  it('anthropic: the span that the SDK opens itself gets the cost, and no second one is opened', async () => {
    setUpAnthropic()
    answer = json('anthropic/messages-cache/response.json')
    await anthropic().messages.create(message)
    answer = stream('anthropic/messages-stream/stream.txt')
    for await (const _ of await anthropic().messages.create({ ...message, stream: true }));
    const spans = takeSpans()
    expect(spans.map((span) => span.name)).toEqual(['anthropic.messages.create', 'anthropic.messages.create'])
    for (const span of spans) {
      expect(span.attributes).toMatchObject({
        [ATTR.costExact]: '0.013308',
        [ATTR.usageSource]: 'provider',
        [ATTR.tenantId]: 'acme',
        [ATTR.inputTokens]: 3521,
        [ATTR.cacheWrite5mTokens]: 1000,
        [ATTR.cacheWrite1hTokens]: 500,
      })
      expect(span.attributes[ATTR.unpricedReason]).toBeUndefined()
    }
  })

  it('anthropic: an aborted stream and a retried refusal count once', async () => {
    setUpAnthropic()
    answer = hanging('anthropic/messages-stream-broken-off/stream.txt')
    for await (const event of await anthropic().messages.create({ ...message, stream: true })) {
      if (event.type === 'content_block_delta') break
    }
    const [aborted] = await spansEnded(1)
    expect(aborted?.status.code).toBe(2)
    expect(aborted?.attributes).toMatchObject({
      [ATTR.usageSource]: 'estimated',
      [ATTR.costExact]: '0.007443',
      [ATTR.errorType]: 'AbortError',
    })
    let attempts = 0
    answer = (request, response, body) => {
      if (attempts++ > 0) return json('anthropic/messages-cache/response.json')(request, response, body)
      response.writeHead(529, { 'content-type': 'application/json', 'retry-after-ms': '1' })
      response.end('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}')
    }
    await anthropic().messages.create(message)
    const spans = takeSpans()
    expect(spans).toHaveLength(1)
    expect(spans[0]?.attributes).toMatchObject({
      [ATTR.costExact]: '0.013308',
      [ATTR.usageSource]: 'provider',
    })
    expect(spans[0]?.attributes[ATTR.unpricedReason]).toBeUndefined()
  })

  it('anthropic: without spans of its own the SDK is metered like any other', async () => {
    setUpAnthropic()
    answer = stream('anthropic/messages-stream/stream.txt')
    const client = new Anthropic({ baseURL: server.url, apiKey: 'sk-ant-test', openTelemetry: false })
    for await (const _ of await client.messages.create({ ...message, stream: true }));
    const [span] = takeSpans()
    expect(span?.name).toBe('chat claude-sonnet-4-5')
    expect(span?.attributes[ATTR.costExact]).toBe('0.013308')
  })
})

describe('an endpoint of its own', () => {
  it('gets the spans as OTLP, and capture never sees the exports', async () => {
    const received: string[] = []
    const collector = await serve((request, response, body) => {
      received.push(
        `${request.method} ${request.url} ${request.headers['content-type']} ${body.includes('acme')}`,
      )
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
    })
    answer = json('openai/chat-cached/response.json')
    install({ service: 's', tenant: 'acme', endpoint: collector.url, hosts: { [server.host]: 'openai' } })
    await (await post()).json()
    await shutdown()
    await collector.close()
    expect(received).toEqual(['POST /v1/traces application/x-protobuf true'])
    expect(takeSpans()).toEqual([])
  })

  it('may be down without anybody noticing', async () => {
    const gone = await serve(() => {})
    await gone.close()
    answer = json('openai/chat-cached/response.json')
    install({ endpoint: gone.url, hosts: { [server.host]: 'openai' } })
    expect((await (await post()).json()).id).toBe('chatcmpl-A1')
    await shutdown()
  })

  it('must be a URL', () => {
    expect(() => install({ endpoint: 'localhost' })).toThrow(
      /cannot export to endpoint localhost: not an http/,
    )
  })
})
