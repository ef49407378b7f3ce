/** Capture at fetch: what the host gets, and what is counted. */
import { trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { defineProvider, install, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { bare, COST, fixture, json, local, post, server, setUp } from './capture-local.ts'
import { spansEnded, takeSpans } from './local-provider.ts'

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
    local.answer = json('openai/chat-cached/response.json')
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
      local.answer = json('openai/chat-cached/response.json')
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
    local.answer = json('openai/chat-rate-limited/response.json', 429)
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
    local.answer = (_request, response) => response.end('<html>')
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
    local.answer = (_request, response) => {
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
    local.answer = json('openai/chat-cached/response.json')
    setUp()
    await post()
    const [whole] = await spansEnded(1)
    expect(whole?.attributes).toMatchObject({ [ATTR.usageSource]: 'provider', [ATTR.costExact]: COST })
    local.answer = (_request, response) => {
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
    local.answer = json('openai/chat-cached/response.json')
    await (await post()).json()
    const second = post()
    expect(second).toBe(promises[1])
    await (await second).json()
    expect(takeSpans()).toHaveLength(2)
    const whole = local.answer
    local.answer = (request, response, body) => {
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
    local.answer = json('openai/chat-cached/response.json')
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
    local.answer = json('openai/chat-cached/response.json')
    install({ hosts: { [server.host]: broken } })
    expect((await (await post('/broken')).json()).id).toBe('chatcmpl-A1')
    expect(await (await post('/broken')).text()).toContain('chatcmpl-A1')
    expect(takeSpans().map((span) => span.attributes[ATTR.usageSource])).toEqual(['missing', 'missing'])
  })

  it('is installed once, leaves earlier calls alone, and lies below the active span', async () => {
    local.answer = json('openai/chat-cached/response.json')
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
