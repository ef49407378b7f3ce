/**
 * The host gives calls up, by every transport and for whatever reason: an abort is an abort, which the provider may
 * bill, and no failure.
 */
import http from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import axios from 'axios'
import nodeFetch from 'node-fetch'
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { flush, install, shutdown, wrapFetch } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

const ASK = '{"model":"gpt-4o-mini","stream":true,"messages":[]}'
const PIECE = 'data: {"choices":[{"delta":{"role":"assistant","content":"four"}}]}\n\n'
const HEAD = { 'content-type': 'text/event-stream' }
const PATH = '/v1/chat/completions'

type Body = AsyncIterable<unknown>
type Read = (url: string, signal: AbortSignal) => Promise<Body>

const early = globalThis.fetch
const init = (signal: AbortSignal) => ({ method: 'POST' as const, body: ASK, signal })
const bodyOf = async (response: PromiseLike<{ body: unknown }>) => (await response).body as Body

function overHttp(url: string, options: http.RequestOptions, leave?: AbortSignal): Promise<Body> {
  return new Promise((resolve, reject) => {
    const sent = http.request(url, { method: 'POST', ...options }, resolve).on('error', reject)
    leave?.addEventListener('abort', () => sent.destroy(leave.reason))
    sent.end(ASK)
  })
}

function overHttp2(options: http2.ClientSessionRequestOptions, leave?: AbortSignal): Promise<Body> {
  const session = http2.connect(`http://127.0.0.1:${(h2.address() as AddressInfo).port}`)
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': PATH }, options)
    stream.on('close', () => session.close()).on('error', reject)
    stream.on('response', () => resolve(stream))
    leave?.addEventListener('abort', () => stream.destroy(leave.reason))
    stream.end(ASK)
  })
}

const CLIENTS: Record<string, Read> = {
  fetch: (url, signal) => bodyOf(fetch(url, init(signal))),
  'fetch that was taken before': (url, signal) => bodyOf(early(url, init(signal))),
  'fetch of a Request': (url, signal) => bodyOf(fetch(new Request(url, init(signal)))),
  'wrapFetch of fetch': (url, signal) => bodyOf(wrapFetch(early)(url, init(signal))),
  'wrapFetch of a function': (url, signal) =>
    bodyOf(wrapFetch((input, asked) => early(input, { ...asked }))(url, init(signal))),
  'undici 6 fetch': (url, signal) => bodyOf(undici6.fetch(url, init(signal))),
  'undici 7 fetch': (url, signal) => bodyOf(undici7.fetch(url, init(signal))),
  'undici 6 request': (url, signal) => bodyOf(undici6.request(url, init(signal))),
  'undici 7 request': (url, signal) => bodyOf(undici7.request(url, init(signal))),
  'http.request with a signal': (url, signal) => overHttp(url, { signal }),
  'http.request that is destroyed': (url, signal) => overHttp(url, {}, signal),
  axios: async (url, signal) => (await axios.post(url, ASK, { signal, responseType: 'stream' })).data,
  'axios over fetch': async (url, signal) =>
    (await axios.post(url, ASK, { signal, responseType: 'stream', adapter: 'fetch' })).data,
  'node-fetch': (url, signal) => bodyOf(nodeFetch(url, init(signal))),
  'http2 with a signal': (_url, signal) => overHttp2({ signal }),
  'http2 that is destroyed': (_url, signal) => overHttp2({}, signal),
}

/** Each aborts a controller; gives the signal that the client is told. */
const REASONS: Record<string, (controller: AbortController) => [signal: AbortSignal, abort: () => void]> = {
  none: (controller) => [controller.signal, () => controller.abort()],
  'an error of the host': (controller) => [controller.signal, () => controller.abort(new Error('x'))],
  'an error with a code and a cause': (controller) => [
    controller.signal,
    () =>
      controller.abort(Object.assign(new RangeError('x'), { code: 'E_MINE', cause: { code: 'E_INNER' } })),
  ],
  'a string': (controller) => [controller.signal, () => controller.abort('enough')],
  'one of several signals': (controller) => [
    AbortSignal.any([new AbortController().signal, controller.signal]),
    () => controller.abort(new Error('x')),
  ],
}

let server: LocalServer
let h2: http2.Http2Server
let onRequest: (respond: () => void) => void

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((_request, response) => onRequest(() => response.writeHead(200, HEAD).write(PIECE)))
  h2 = http2.createServer()
  h2.on('stream', (stream) => {
    stream.on('error', () => {})
    onRequest(() => {
      stream.respond({ ':status': 200, ...HEAD })
      stream.write(PIECE)
    })
  })
  await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await server.close()
  await new Promise((resolve) => h2.close(resolve))
})
beforeEach(() => {
  takeSpans()
  install({
    hosts: { [server.host]: 'openai', [`127.0.0.1:${(h2.address() as AddressInfo).port}`]: 'openai' },
  })
})
afterEach(async () => {
  await shutdown()
  globalThis.fetch = early
})

for (const [name, read] of Object.entries(CLIENTS)) {
  for (const [reason, start] of Object.entries(REASONS)) {
    it(`${name}: given up for ${reason}, before the answer and within it`, async () => {
      const first = start(new AbortController())
      onRequest = () => first[1]()
      await expect(read(server.url + PATH, first[0]).then(drain)).rejects.toBeDefined()
      const [before, ...twice] = await spansEnded(1)
      expect(twice).toEqual([])
      expect(before?.attributes).toMatchObject({
        [ATTR.errorType]: 'AbortError',
        [ATTR.usageSource]: 'missing',
        [ATTR.unpricedReason]: 'missing_usage',
      })

      const second = start(new AbortController())
      onRequest = (respond) => respond()
      const body = await read(server.url + PATH, second[0])
      await drain(body, second[1]).catch(() => {})
      const [within, ...more] = await spansEnded(1)
      expect(more).toEqual([])
      expect(within?.attributes).toMatchObject({
        [ATTR.errorType]: 'AbortError',
        [ATTR.usageSource]: 'estimated',
        [ATTR.outputTokens]: 1,
      })
      expect(within?.attributes[ATTR.costExact]).toMatch(/^0\./)
    })
  }
}

/** A listener hears nothing of what was before it, and node-fetch gives its host an error that nobody can catch. */
const UNTRIED = /that is destroyed$|^node-fetch$/

for (const [name, read] of Object.entries(CLIENTS).filter(([name]) => !UNTRIED.test(name))) {
  it(`${name}: given up before it was begun, it is no call`, async () => {
    let asked = 0
    onRequest = (respond) => {
      asked++
      respond()
    }
    await expect(read(server.url + PATH, AbortSignal.abort()).then(drain)).rejects.toBeDefined()
    // One that is made gives the only span.
    const controller = new AbortController()
    const body = await read(server.url + PATH, controller.signal)
    await drain(body, () => controller.abort()).catch(() => {})
    const spans = await spansEnded(1)
    await flush()
    expect([...spans, ...takeSpans()].map((span) => span.attributes[ATTR.usageSource])).toEqual(['estimated'])
    expect(asked).toBe(1)
  })
}

it('a body that is cancelled or destroyed for a reason is given up too', async () => {
  onRequest = (respond) => respond()
  const leave: Record<string, () => Promise<unknown>> = {
    cancel: async () =>
      (await fetch(server.url + PATH, { method: 'POST', body: ASK })).body?.cancel('enough'),
    'cancel of a wrapped one': async () =>
      (
        await wrapFetch((...args) => early(...args))(server.url + PATH, { method: 'POST', body: ASK })
      ).body?.cancel(new Error('x')),
    'destroy of a response': async () => {
      const body = (await overHttp(server.url + PATH, {})) as Readable
      body.on('error', () => {}).destroy(new Error('x'))
    },
  }
  for (const [name, work] of Object.entries(leave)) {
    await work()
    const [span] = await spansEnded(1)
    expect(span?.attributes[ATTR.errorType], name).toBe('AbortError')
  }
})

it('a time limit stays one', async () => {
  onRequest = () => {}
  const limit = () => AbortSignal.any([AbortSignal.timeout(5)])
  for (const read of [CLIENTS.fetch, CLIENTS['fetch that was taken before'], CLIENTS['undici 7 request']]) {
    await expect(read?.(server.url + PATH, limit())).rejects.toBeDefined()
    const [span] = await spansEnded(1)
    expect(span?.attributes[ATTR.errorType]).toBe('TimeoutError')
  }
})

async function drain(body: Body, atFirst?: () => void): Promise<void> {
  for await (const _ of body) atFirst?.()
}
