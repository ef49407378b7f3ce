/** Capture with attribution, under the official SDKs, and of an endpoint of one's own. */
import Anthropic from '@anthropic-ai/sdk'
import { Hono } from 'hono'
import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'
import { spanmeter } from '../src/frameworks/hono.ts'
import { install, shutdown, withAttribution } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { COST, fixture, hanging, json, local, post, server, setUp, stream } from './capture-local.ts'
import { serve, spansEnded, takeSpans } from './local-provider.ts'

describe('attribution', () => {
  it('comes from the Hono context at the time of the call, and from jobs, and never reaches the provider', async () => {
    let seen = ''
    local.answer = (request, response, body) => {
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
    local.answer = json('openai/chat-cached/response.json')
    expect((await openai().chat.completions.create(ask)).id).toBe('chatcmpl-A1')
    local.answer = stream('openai/chat-stream-usage/stream.txt')
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
    local.answer = (_request, response) => {
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
    local.answer = json('anthropic/messages-cache/response.json')
    await anthropic().messages.create(message)
    local.answer = stream('anthropic/messages-stream/stream.txt')
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
    local.answer = hanging('anthropic/messages-stream-broken-off/stream.txt')
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
    local.answer = (request, response, body) => {
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
    local.answer = stream('anthropic/messages-stream/stream.txt')
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
    local.answer = json('openai/chat-cached/response.json')
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
    local.answer = json('openai/chat-cached/response.json')
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
