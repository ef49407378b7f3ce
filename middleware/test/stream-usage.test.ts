import { readFileSync } from 'node:fs'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { addStreamUsage } from '../src/capture/inject-usage.ts'
import { install, type SpanmeterOptions, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

const fixture = (name: string) =>
  readFileSync(new URL(`../fixtures/openai/${name}/stream.txt`, import.meta.url))
/** The stream as it is where usage was asked for, and the same without the chunk that has it. */
const withUsage = fixture('chat-stream-usage')
const withoutUsage = Buffer.from(
  withUsage
    .toString()
    .split('\n\n')
    .filter((event) => !event.includes('"choices":[]'))
    .join('\n\n'),
)

let server: LocalServer
let bodies: string[] = []
let refuses = false
let hangs = false
const bare = globalThis.fetch

beforeAll(registerHostTelemetry)
beforeEach(async () => {
  takeSpans()
  bodies = []
  refuses = false
  hangs = false
  server = await serve((_request, response, body) => {
    bodies.push(body.toString())
    const asked = body.includes('"include_usage":true')
    if (asked && refuses) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end('{"error":{"message":"unknown field stream_options","type":"invalid_request_error"}}')
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_1' })
    const answer = asked ? withUsage : withoutUsage
    response.write(answer.subarray(0, 301))
    if (!hangs) setImmediate(() => response.end(answer.subarray(301)))
  })
})
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
  await server.close()
})
afterAll(() => void takeSpans())

const setUp = (options: Partial<SpanmeterOptions> = {}) =>
  install({ service: 'test', hosts: { [server.host]: 'openai' }, injectStreamUsage: true, ...options })
const REQUEST =
  '{ "model": "gpt-4o-mini",  "stream": true, "messages": [{"role":"user","content":"Köln } {"}] }'
const post = (body: unknown, headers?: Record<string, string>) =>
  fetch(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    body: body as string,
    ...(headers ? { headers } : {}),
  })

it('asks for the usage, and the caller sees the stream as if nobody had', async () => {
  setUp()
  const response = await post(REQUEST)
  expect(Buffer.from(await response.arrayBuffer()).equals(withoutUsage)).toBe(true)
  expect([response.url, response.status, response.redirected, response.type]).toEqual([
    `${server.url}/v1/chat/completions`,
    200,
    false,
    'basic',
  ])
  expect(response.headers.get('x-request-id')).toBe('req_1')
  expect(bodies).toEqual([REQUEST.replace(/\}$/, ',"stream_options":{"include_usage":true}}')])
  const [span] = await spansEnded(1)
  expect(span?.attributes[ATTR.usageSource]).toBe('provider')
  expect(span?.attributes[ATTR.costExact]).toMatch(/^0\.0/)
})

it('does not unless it is told to', async () => {
  setUp({ injectStreamUsage: false })
  expect(Buffer.from(await (await post(REQUEST)).arrayBuffer()).equals(withoutUsage)).toBe(true)
  expect(bodies).toEqual([REQUEST])
  const [span] = await spansEnded(1)
  expect(span?.attributes[ATTR.usageSource]).toBe('estimated')
})

it('shows the usage to a caller who asked, and sends every other body as it is', async () => {
  setUp()
  const asking = '{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true}}'
  expect(Buffer.from(await (await post(asking)).arrayBuffer()).equals(withUsage)).toBe(true)
  const others: [unknown, Record<string, string>?][] = [
    ['{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":false}}'],
    ['{"model":"gpt-4o-mini","stream":true,"stream_options":7}'],
    ['{"model":"gpt-4o-mini","stream":false}'],
    ['{"model":"gpt-4o-mini","stream":true'],
    ['not JSON "stream"'],
    [Buffer.from(REQUEST)],
    [REQUEST, { 'content-length': String(Buffer.byteLength(REQUEST)) }],
  ]
  for (const [body, headers] of others) {
    bodies = []
    await (await post(body, headers)).arrayBuffer()
    expect(bodies).toEqual([String(body)])
  }
})

it('keeps what else the caller wrote', () => {
  const check = (text: string, want: string | undefined) => expect(addStreamUsage(text)).toBe(want)
  check('{"stream":true}\n', '{"stream":true,"stream_options":{"include_usage":true}}\n')
  check('{"stream":true,"stream_options":null}', '{"stream":true,"stream_options":{"include_usage":true}}')
  check(
    '{"stream":true,"stream_options":{"include_obfuscation":false}}',
    '{"stream":true,"stream_options":{"include_obfuscation":false,"include_usage":true}}',
  )
  check('[{"stream":true}]', undefined)
  check('{}', undefined)
})

it('asks a provider that refuses once more without it, and never again with it', async () => {
  setUp()
  refuses = true
  for (const sent of [2, 3]) {
    const response = await post(REQUEST)
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer()).equals(withoutUsage)).toBe(true)
    expect(bodies).toHaveLength(sent)
  }
  expect(bodies.at(-1)).toBe(REQUEST)
  expect(await spansEnded(2)).toHaveLength(2)
})

it('leaves an aborted stream aborted', async () => {
  setUp()
  hangs = true
  const response = await post(REQUEST)
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  const [span] = await spansEnded(1)
  expect(span?.attributes[ATTR.errorType]).toBe('AbortError')
})

it('passes a connection error on', async () => {
  setUp()
  await server.close()
  await expect(post(REQUEST)).rejects.toThrow('fetch failed')
  expect(await spansEnded(1)).toHaveLength(1)
})

it("the official SDK's stream has the chunks that it would have had, and its call the usage", async () => {
  const chunksOf = async () => {
    const client = new OpenAI({ apiKey: 'sk-x', baseURL: `${server.url}/v1`, maxRetries: 0 })
    const chunks: unknown[] = []
    const stream = await client.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hi' }],
      stream: true,
    })
    for await (const chunk of stream) chunks.push(chunk)
    return chunks
  }
  const plain = await chunksOf()
  setUp()
  expect(await chunksOf()).toEqual(plain)
  const [span, ...more] = await spansEnded(1)
  expect(more).toEqual([])
  expect(span?.attributes[ATTR.usageSource]).toBe('provider')
})
