/**
 * Every transport that a host may call a provider by, with the clients that are in use: each call is one span with
 * the provider's own numbers, and the host gets what it would get without us.
 */

import { readFileSync } from 'node:fs'
import http, { request as namedRequest } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import axios from 'axios'
import nodeFetch from 'node-fetch'
import OpenAI from 'openai'
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { flush, install, shutdown, wrapFetch } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import {
  type Answer,
  type LocalServer,
  registerHostTelemetry,
  serve,
  spansEnded,
  takeSpans,
} from './local-provider.ts'

const fixture = (path: string) => readFileSync(new URL(`../fixtures/openai/${path}`, import.meta.url))
const WHOLE = fixture('chat-cached/response.json')
const STREAM = fixture('chat-stream-usage/stream.txt')
const COST = '0.0003402'
const ASK = '{"model":"gpt-4o-mini","messages":[]}'
const ASK_STREAM = '{"model":"gpt-4o-mini","stream":true,"messages":[]}'
/** In pieces of 7 bytes, so that nothing ends where an event ends. */
async function inPieces(response: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += 7) {
    response.write(bytes.subarray(at, at + 7))
    if (at % 70 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  response.end()
}
const ENCODERS: Record<string, (bytes: Uint8Array) => Uint8Array> = {
  identity: (bytes) => bytes,
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
}

/** What a provider does: JSON or a stream, as asked, encoded as the test says. */
let encoding = 'identity'
const provider: Answer = (request, response, body) => {
  const streamed = JSON.parse(body.toString()).stream === true
  const type = streamed ? 'text/event-stream' : 'application/json'
  const bytes = ENCODERS[encoding]?.(streamed ? STREAM : WHOLE) ?? WHOLE
  response.writeHead(200, {
    'content-type': type,
    'x-request-id': `req ${request.url}`,
    ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
  })
  void inPieces(response, bytes)
}

let answer: Answer = provider
let server: LocalServer
const bare = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((request, response, body) => answer(request, response, body))
})
afterAll(() => server.close())
beforeEach(() => void takeSpans())
afterEach(async () => {
  answer = provider
  encoding = 'identity'
  await shutdown()
  globalThis.fetch = bare
})

const setUp = (host = server.host) => install({ tenant: 'acme', hosts: { [host]: 'openai' } })
const chat = () => `${server.url}/v1/chat/completions`

function nodeRequest(request: typeof http.request, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(chat(), { method: 'POST' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part) => (text += part))
      response.on('end', () => resolve(text)).on('error', reject)
    })
    sent.on('error', reject)
    sent.write(body.slice(0, 12))
    sent.end(body.slice(12))
  })
}

const earlyFetch = globalThis.fetch
const { request: earlyRequest } = http
type Client = [name: string, call: (body: string) => Promise<string>, decodes: boolean]
const init = (body: string) => ({ method: 'POST' as const, body })
const CLIENTS: Client[] = [
  ['fetch', async (body) => (await fetch(chat(), init(body))).text(), true],
  ['fetch that was taken before', async (body) => (await earlyFetch(chat(), init(body))).text(), true],
  ['undici 6 fetch', async (body) => (await undici6.fetch(chat(), init(body))).text(), true],
  ['undici 7 fetch', async (body) => (await undici7.fetch(chat(), init(body))).text(), true],
  ['undici 6 request', async (body) => (await undici6.request(chat(), init(body))).body.text(), false],
  ['undici 7 request', async (body) => (await undici7.request(chat(), init(body))).body.text(), false],
  ['http.request', (body) => nodeRequest(http.request, body), false],
  ['request of an import by name', (body) => nodeRequest(namedRequest, body), false],
  ['request that was taken before', (body) => nodeRequest(earlyRequest, body), false],
  [
    'axios',
    async (body) => (await axios.post(chat(), body, { transformResponse: (data: string) => data })).data,
    true,
  ],
  [
    'axios, as a stream',
    async (body) => {
      const { data } = await axios.post(chat(), body, { responseType: 'stream' })
      const parts: Buffer[] = []
      for await (const part of data) parts.push(part)
      return Buffer.concat(parts).toString()
    },
    true,
  ],
  [
    'axios over fetch',
    async (body) =>
      (await axios.post(chat(), body, { adapter: 'fetch', transformResponse: (data: string) => data })).data,
    true,
  ],
  ['node-fetch', async (body) => (await nodeFetch(chat(), init(body))).text(), true],
  ['wrapFetch of fetch', async (body) => (await wrapFetch(fetch)(chat(), init(body))).text(), true],
  [
    'wrapFetch of undici 7 fetch',
    async (body) => (await wrapFetch(undici7.fetch as unknown as typeof fetch)(chat(), init(body))).text(),
    true,
  ],
]

/** Where the response is watched, and not what comes off the wire: `Request` objects, functions seen first. */
const WHOLE_READERS = ['axios over fetch', 'wrapFetch of fetch', 'wrapFetch of undici 7 fetch']

describe.each(CLIENTS)('%s', (name, call, decodes) => {
  for (const [kind, ask, bytes] of [
    ['JSON', ASK, WHOLE],
    ['a stream', ASK_STREAM, STREAM],
  ] as const) {
    for (const encoder of Object.keys(ENCODERS)) {
      it(`gives ${kind} (${encoder}) unchanged, and one span with its cost`, async () => {
        encoding = encoder
        setUp()
        const text = await call(ask)
        if (decodes || encoder === 'identity') expect(text).toBe(bytes.toString())
        await flush()
        const [span, ...more] = takeSpans()
        expect(more).toEqual([])
        expect(span?.attributes).toMatchObject({
          [ATTR.costExact]: COST,
          [ATTR.usageSource]: 'provider',
          [ATTR.tenantId]: 'acme',
          [ATTR.requestModel]: 'gpt-4o-mini',
          [ATTR.requestId]: 'req /v1/chat/completions',
          [ATTR.httpStatusCode]: 200,
        })
        expect(span?.name).toBe('chat gpt-4o-mini')
        expect(span?.status.code).toBe(0)
        expect(span?.attributes[ATTR.requestStream]).toBe(kind === 'JSON' ? undefined : true)
      })
    }
  }

  it('leaves alone what is not metered, and gets errors as they are', async () => {
    install({ hosts: {} })
    expect(await call(ASK)).toBe(WHOLE.toString())
    expect(takeSpans()).toEqual([])
  })

  it('is itself again after shutdown', async () => {
    setUp()
    await shutdown()
    expect(await call(ASK)).toBe(WHOLE.toString())
    expect(takeSpans()).toEqual([])
  })

  it('ends a call whose connection breaks with what was seen', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"role":"assistant","content":"four"}}]}\n\n', () =>
        setImmediate(() => response.destroy()),
      )
    }
    setUp()
    await expect(call(ASK_STREAM)).rejects.toThrow()
    const [span, ...more] = await spansEnded(1)
    expect(more).toEqual([])
    expect(span?.status.code).toBe(2)
    // Who asks fetch for the whole body is given nothing of one that breaks off, and so are we.
    const source = WHOLE_READERS.includes(name) ? 'missing' : 'estimated'
    expect(span?.attributes[ATTR.usageSource]).toBe(source)
    expect(span?.attributes[ATTR.outputTokens]).toBe(source === 'missing' ? undefined : 1)
  })
})

describe('node:http', () => {
  it('counts a host that leaves as an abort, before the answer and within it', async () => {
    setUp()
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"role":"assistant","content":"four"}}]}\n\n')
    }
    await new Promise<void>((resolve) => {
      const sent = http.request(chat(), { method: 'POST' }, (response) => {
        response.once('data', () => sent.destroy())
        response.on('error', () => {}).on('close', resolve)
      })
      sent.on('error', () => {})
      sent.end(ASK_STREAM)
    })
    const [within] = await spansEnded(1)
    expect(within?.attributes).toMatchObject({
      [ATTR.errorType]: 'AbortError',
      [ATTR.usageSource]: 'estimated',
    })
    // whatever reason the host gives: axios has one of its own
    for (const reason of [undefined, Object.assign(new Error('canceled'), { name: 'CanceledError' })]) {
      let sent: http.ClientRequest | undefined
      answer = () => sent?.destroy(reason)
      await new Promise<void>((resolve) => {
        sent = http.request(chat(), { method: 'POST' })
        sent.on('error', () => {}).on('close', resolve)
        sent.end(ASK)
      })
      const [before] = await spansEnded(1)
      expect(before?.attributes).toMatchObject({
        [ATTR.errorType]: 'AbortError',
        [ATTR.usageSource]: 'missing',
        [ATTR.unpricedReason]: 'missing_usage',
      })
    }
  })

  it('names a server that is not there, and leaves the error to the host', async () => {
    const gone = await serve(() => {})
    await gone.close()
    setUp(gone.host)
    await expect(axios.post(`${gone.url}/v1/chat/completions`, ASK)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
    const [span] = await spansEnded(1)
    expect(span?.attributes).toMatchObject({
      [ATTR.errorType]: 'ECONNREFUSED',
      [ATTR.unpricedReason]: 'failed',
    })
  })

  it('counts a call once that the client is sent elsewhere with', async () => {
    setUp()
    answer = (request, response, body) => {
      if (request.url === '/v1/chat/completions') {
        response.writeHead(307, { location: '/moved/v1/chat/completions' }).end()
      } else provider(request, response, body)
    }
    for (const call of CLIENTS.filter(([name]) => name === 'axios' || name === 'node-fetch')) {
      expect(await call[1](ASK)).toBe(WHOLE.toString())
      const [span, ...more] = await spansEnded(1)
      expect(more).toEqual([])
      expect(span?.attributes[ATTR.costExact]).toBe(COST)
    }
  })

  it('keeps connections, adds no listener that changes what events mean, and does not make an answer flow', async () => {
    setUp()
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const ports = new Set<number | undefined>()
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve, reject) => {
        const sent = http.request(chat(), { method: 'POST', agent }, async (response) => {
          ports.add(response.socket.localPort)
          expect(response.listenerCount('error')).toBe(0)
          expect(response.listenerCount('data')).toBe(0)
          expect(response.readableFlowing).toBe(null)
          response.resume().on('end', resolve)
        })
        expect(sent.listenerCount('error')).toBe(0)
        expect(sent.listenerCount('response')).toBe(1)
        sent.on('error', reject)
        sent.end(ASK)
      })
    }
    agent.destroy()
    expect(ports.size).toBe(1)
    expect(takeSpans().map((span) => span.attributes[ATTR.costExact])).toEqual([COST, COST, COST])
  })

  it('lets a body through that is not what its head says', async () => {
    setUp()
    answer = (_request, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end('no gzip')
    }
    expect(await nodeRequest(http.request, ASK)).toBe('no gzip')
    const [span] = await spansEnded(1)
    expect(span?.attributes).toMatchObject({
      [ATTR.usageSource]: 'missing',
      [ATTR.unpricedReason]: 'missing_usage',
    })
  })
})

describe('the global dispatcher', () => {
  it('sees the clients that were made before, once each', async () => {
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'sk-test', maxRetries: 0 })
    setUp()
    const whole = await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [] }).withResponse()
    expect(whole.data.id).toBe('chatcmpl-A1')
    expect(whole.response.url).toBe(chat())
    for await (const _ of await client.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [],
      stream: true,
    }));
    const spans = takeSpans()
    expect(spans.map((span) => span.attributes[ATTR.costExact])).toEqual([COST, COST])
  })

  it('follows the host to another dispatcher, composed or not', async () => {
    const before = undici7.getGlobalDispatcher()
    try {
      const run = setUp()
      undici7.setGlobalDispatcher(new undici7.Agent({ keepAliveTimeout: 1 }))
      await run.run(undefined, () => earlyFetch(chat(), init(ASK)).then((response) => response.text()))
      expect(takeSpans()).toHaveLength(1)
      undici7.setGlobalDispatcher(new undici7.Agent().compose((dispatch) => (o, h) => dispatch(o, h)))
      await run.run(undefined, () => undici7.fetch(chat(), init(ASK)).then((response) => response.text()))
      expect(takeSpans()).toHaveLength(1)
      await (await fetch(chat(), init(ASK))).text()
      expect(takeSpans()).toHaveLength(1)
    } finally {
      await shutdown()
      undici7.setGlobalDispatcher(before)
    }
  })

  it('notices a dispatcher that a job has set, by its first request', async () => {
    const before = undici7.getGlobalDispatcher()
    try {
      setUp()
      undici7.setGlobalDispatcher(new undici7.Agent())
      for (let round = 0; round < 3; round++) await (await undici7.request(chat(), init(ASK))).body.text()
      expect(takeSpans().map(({ attributes }) => attributes[ATTR.usageSource])).toEqual(
        Array(3).fill('provider'),
      )
    } finally {
      await shutdown()
      undici7.setGlobalDispatcher(before)
    }
  })

  it('counts a call once where few connections make calls wait', async () => {
    const before = undici7.getGlobalDispatcher()
    try {
      undici7.setGlobalDispatcher(new undici7.Agent({ connections: 1 }))
      setUp()
      const texts = await Promise.all(
        Array.from({ length: 20 }, async (_, at) => {
          const mine = at % 2 === 0 ? fetch : earlyFetch
          return (await mine(chat(), init(ASK))).text()
        }),
      )
      expect(new Set(texts)).toEqual(new Set([WHOLE.toString()]))
      expect(takeSpans()).toHaveLength(20)
    } finally {
      await shutdown()
      undici7.setGlobalDispatcher(before)
    }
  })

  it('tells an abort by the host', async () => {
    setUp()
    answer = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"delta":{"role":"assistant","content":"four"}}]}\n\n')
    }
    const controller = new AbortController()
    const response = await earlyFetch(chat(), { ...init(ASK_STREAM), signal: controller.signal })
    const reader = response.body?.getReader()
    await reader?.read()
    controller.abort()
    await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' })
    const [span] = await spansEnded(1)
    expect(span?.attributes).toMatchObject({
      [ATTR.errorType]: 'AbortError',
      [ATTR.usageSource]: 'estimated',
    })
  })
})

describe('node:http2', () => {
  let h2: http2.Http2Server
  let behave: (stream: http2.ServerHttp2Stream, body: string) => void
  const good = (stream: http2.ServerHttp2Stream, body: string) => {
    const streamed = JSON.parse(body).stream === true
    stream.respond({
      ':status': 200,
      'content-type': streamed ? 'text/event-stream' : 'application/json',
      'content-encoding': 'gzip',
    })
    void inPieces(stream, zlib.gzipSync(streamed ? STREAM : WHOLE))
  }
  beforeAll(async () => {
    h2 = http2.createServer()
    h2.on('stream', (stream) => {
      let body = ''
      stream.setEncoding('utf8').on('data', (part) => (body += part))
      stream.on('end', () => behave(stream, body)).on('error', () => {})
    })
    await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => promisify(h2.close.bind(h2))())

  const host = () => `127.0.0.1:${(h2.address() as AddressInfo).port}`
  function send(session: http2.ClientHttp2Session, body: string): http2.ClientHttp2Stream {
    const stream = session.request({ ':method': 'POST', ':path': '/v1/chat/completions' })
    stream.write(body.slice(0, 5))
    stream.end(body.slice(5))
    return stream
  }
  async function read(stream: http2.ClientHttp2Stream): Promise<string> {
    const parts: Buffer[] = []
    for await (const part of stream) parts.push(part)
    return zlib.gunzipSync(Buffer.concat(parts)).toString()
  }

  it('meters several calls of one session, and leaves others alone', async () => {
    setUp(host())
    behave = good
    const session = http2.connect(`http://${host()}`)
    const [whole, streamed] = await Promise.all([read(send(session, ASK)), read(send(session, ASK_STREAM))])
    expect([whole, streamed]).toEqual([WHOLE.toString(), STREAM.toString()])
    behave = (stream) => stream.respond({ ':status': 404 }, { endStream: true })
    const get = session.request({ ':path': '/v1/chat/completions' })
    await new Promise((resolve) => get.on('close', resolve).resume().end())
    await flush()
    const spans = takeSpans()
    expect(spans.map((span) => [span.name, span.attributes[ATTR.costExact]])).toEqual([
      ['chat gpt-4o-mini', COST],
      ['chat gpt-4o-mini', COST],
    ])
    session.close()
  })

  it('ends calls that either side breaks off', async () => {
    setUp(host())
    const session = http2.connect(`http://${host()}`)
    behave = (stream) => {
      stream.respond({ ':status': 200, 'content-type': 'text/event-stream' })
      stream.write('data: {"choices":[{"delta":{"role":"assistant","content":"four"}}]}\n\n')
    }
    const left = send(session, ASK_STREAM)
    await new Promise((resolve) => left.once('data', resolve))
    left.close(http2.constants.NGHTTP2_CANCEL)
    const [aborted] = await spansEnded(1)
    expect(aborted?.attributes).toMatchObject({
      [ATTR.errorType]: 'AbortError',
      [ATTR.usageSource]: 'estimated',
    })
    behave = (stream) => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR)
    const refused = send(session, ASK)
    await expect(read(refused)).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' })
    const [span] = await spansEnded(1)
    expect(span?.attributes).toMatchObject({
      [ATTR.errorType]: 'ERR_HTTP2_STREAM_ERROR',
      [ATTR.unpricedReason]: 'failed',
    })
    session.close()
  })
})
