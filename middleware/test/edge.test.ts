/** Metering with Web APIs only: an explicit fetch, and spans that leave when they are told to. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createEdgeMeter, type EdgeOptions } from '../src/edge/edge.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { processId } from '../src/telemetry/span-numbers.ts'
import { type LocalServer, serve } from './local-provider.ts'

const fixture = (path: string) => readFileSync(new URL(`../fixtures/openai/${path}`, import.meta.url))

interface Value {
  stringValue?: string
  intValue?: string
  doubleValue?: number
  boolValue?: boolean
}
interface Exported {
  resource: { attributes: { key: string; value: Value }[] }
  scopeSpans: { spans: { name: string; kind: number; attributes: { key: string; value: Value }[] }[] }[]
}

let provider: LocalServer
let collector: LocalServer
let received: Exported[]
let statuses: number[]

beforeEach(async () => {
  received = []
  statuses = []
  provider = await serve((_request, response, body) => {
    const streamed = body.includes('"stream":true')
    response.writeHead(200, { 'content-type': streamed ? 'text/event-stream' : 'application/json' })
    response.end(fixture(streamed ? 'chat-stream-usage/stream.txt' : 'chat-cached/response.json'))
  })
  collector = await serve((request, response, body) => {
    expect([
      request.method,
      request.url,
      request.headers['content-type'],
      request.headers.authorization,
    ]).toEqual(['POST', '/v1/traces', 'application/json', 'Bearer sm_1'])
    const status = statuses.shift() ?? 200
    if (status === 200) received.push(...JSON.parse(body.toString()).resourceSpans)
    response.writeHead(status).end('{}')
  })
})
afterEach(() => Promise.all([provider.close(), collector.close()]))

const options = (): EdgeOptions => ({
  endpoint: collector.url,
  service: 'worker',
  token: 'sm_1',
  environment: 'test',
  hosts: { [provider.host]: 'openai' },
})
const ask = (fetch: typeof globalThis.fetch, stream = false) =>
  fetch(`${provider.url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o-mini', stream, messages: [] }),
  })
const spans = () => received.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))
const attributesOf = (span: { attributes: { key: string; value: Value }[] } | undefined) =>
  Object.fromEntries(span?.attributes.map(({ key, value }) => [key, value]) ?? [])

describe('the edge meter', () => {
  it('sends what was metered, with whom it is for, once the calls have ended', async () => {
    const meter = createEdgeMeter(options())
    const work: Promise<unknown>[] = []
    const fetch = meter.fetchFor({ tenant: 'acme', feature: 'chat' }, { waitUntil: (one) => work.push(one) })
    expect((await (await ask(fetch)).json()).id).toBe('chatcmpl-A1')
    expect(await (await ask(fetch, true)).text()).toBe(fixture('chat-stream-usage/stream.txt').toString())
    await Promise.all(work)
    expect(work).toHaveLength(2)
    expect(spans().map(({ name, kind }) => [name, kind])).toEqual([
      ['chat gpt-4o-mini', 3],
      ['chat gpt-4o-mini', 3],
    ])
    for (const span of spans()) {
      expect(attributesOf(span)).toMatchObject({
        [ATTR.costExact]: { stringValue: '0.0003402' },
        [ATTR.costAmount]: { doubleValue: 0.0003402 },
        [ATTR.usageSource]: { stringValue: 'provider' },
        [ATTR.tenantId]: { stringValue: 'acme' },
        [ATTR.feature]: { stringValue: 'chat' },
        [ATTR.deploymentEnvironment]: { stringValue: 'test' },
        [ATTR.httpStatusCode]: { intValue: '200' },
      })
    }
    expect(received[0]?.resource.attributes).toEqual([
      { key: 'service.name', value: { stringValue: 'worker' } },
      { key: ATTR.processId, value: { stringValue: processId() } },
    ])
    const numbers = spans().map((span) => Number(attributesOf(span)[ATTR.spanNumber]?.intValue))
    expect(numbers[1]).toBe((numbers[0] ?? 0) + 1)
  })

  it('reads bodies that responses inherit, as those of workerd do', async () => {
    class Inheriting extends Response {}
    const inheriting: typeof globalThis.fetch = async (input, init) => {
      const { body, status, headers } = await fetch(input, init)
      return new Inheriting(body, { status, headers })
    }
    const meter = createEdgeMeter({ ...options(), fetch: inheriting })
    const response = await ask(meter.fetchFor(), true)
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks)).toEqual(fixture('chat-stream-usage/stream.txt'))
    await meter.flush()
    expect(attributesOf(spans()[0])[ATTR.costExact]).toEqual({ stringValue: '0.0003402' })
  })

  it('gives calls that are not metered the promise of fetch itself, and sends nothing by itself', async () => {
    const promise = Promise.resolve(new Response('x'))
    const meter = createEdgeMeter({ ...options(), fetch: () => promise })
    expect(meter.fetchFor()('https://example.com/', { method: 'POST' })).toBe(promise)
    const quiet = createEdgeMeter(options())
    await (await ask(quiet.fetchFor())).json()
    expect(received).toEqual([])
    await quiet.flush()
    expect(spans()).toHaveLength(1)
  })

  it('tries again what a busy collector did not take, and gives up what it refuses', async () => {
    const meter = createEdgeMeter(options())
    statuses = [503, 200, 400]
    await (await ask(meter.fetchFor())).json()
    await meter.flush()
    expect(spans()).toHaveLength(0)
    await meter.flush()
    expect(spans()).toHaveLength(1)
    await (await ask(meter.fetchFor())).json()
    await meter.flush()
    await meter.flush()
    expect(spans()).toHaveLength(1)
  })

  it('keeps a collector that is gone from the host', async () => {
    const meter = createEdgeMeter(options())
    await collector.close()
    expect((await (await ask(meter.fetchFor())).json()).id).toBe('chatcmpl-A1')
    await meter.flush()
  })

  it('is told apart from the fetch that it makes', () => {
    const meter = createEdgeMeter(options())
    const asFetch = meter.fetchFor as unknown as typeof globalThis.fetch
    for (const input of [
      'https://api.openai.com/',
      new URL('https://x.example'),
      new Request('https://x.example'),
    ])
      expect(() => asFetch(input)).toThrow('write `fetch: meter.fetchFor({ tenant }, ctx)`')
    expect(() => meter.fetchFor({}, { API_KEY: 'x' } as never)).toThrow('has no waitUntil()')
    expect(meter.fetchFor({ tenant: 'acme' })).toBeTypeOf('function')
  })

  it('says what cannot work when it is made', () => {
    expect(() => createEdgeMeter({ endpoint: 'collector' })).toThrow(/cannot export to endpoint collector/)
    expect(() => createEdgeMeter({ ...options(), hosts: { x: 'nobody' } })).toThrow(/there is no provider/)
    const misspelled = { ...options(), end_point: 'x' }
    expect(() => createEdgeMeter(misspelled)).toThrow(/no option `end_point`; write `endpoint`/)
  })
})
