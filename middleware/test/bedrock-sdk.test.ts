/** AWS's own SDK, which speaks HTTP/2, against a loopback runtime. */
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { awsEvent, awsException } from '../../examples/provider/aws-events.ts'
import { flush, install, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { registerHostTelemetry, spansEnded, takeSpans } from './local-provider.ts'

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15 }
const STREAM = 'application/vnd.amazon.eventstream'
const WHOLE = JSON.stringify({
  output: { message: { role: 'assistant', content: [{ text: 'Hello.' }] } },
  stopReason: 'end_turn',
  usage: USAGE,
  metrics: { latencyMs: 12 },
})
const MODEL = 'amazon.nova-pro-v1:0'
const ASK = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'Hi' }] }] }
/** 10 tokens at 0.80 and 5 at 3.20 USD a million. */
const COST = '0.000024'

let server: http2.Http2Server
let sessions: http2.ServerHttp2Session[]
let answer: { type: string; body: Buffer | string }
let client: BedrockRuntimeClient

beforeAll(async () => {
  registerHostTelemetry()
  sessions = []
  server = http2.createServer().on('session', (session) => sessions.push(session))
  server.on('stream', (stream) => {
    stream.resume().on('error', () => {})
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': answer.type, 'x-amzn-requestid': 'req_1' })
      const bytes = Buffer.from(answer.body as string)
      for (let at = 0; at < bytes.length; at += 11) stream.write(bytes.subarray(at, at + 11))
      stream.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  for (const session of sessions) session.destroy()
  await new Promise((resolve) => server.close(resolve))
})
beforeEach(() => {
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  // Before installation, as services have it.
  client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: `http://${host}`,
    credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
    maxAttempts: 1,
  })
  install({ tenant: 'acme', hosts: { [host]: 'aws.bedrock' } })
  takeSpans()
})
afterEach(async () => {
  client.destroy()
  await shutdown()
})

it('converse: the whole answer', async () => {
  answer = { type: 'application/json', body: WHOLE }
  expect((await client.send(new ConverseCommand(ASK))).usage).toEqual(USAGE)
  await flush()
  const [span, ...more] = takeSpans()
  expect(more).toEqual([])
  expect(span?.name).toBe(`chat ${MODEL}`)
  expect(span?.attributes).toMatchObject({
    [ATTR.provider]: 'aws.bedrock',
    [ATTR.costExact]: COST,
    [ATTR.usageSource]: 'provider',
    [ATTR.requestId]: 'req_1',
    [ATTR.tenantId]: 'acme',
  })
})

it('converse-stream: to its end', async () => {
  const begin = [
    awsEvent('messageStart', { role: 'assistant' }),
    awsEvent('contentBlockDelta', { contentBlockIndex: 0, delta: { text: 'Hello.' } }),
  ]
  const end = [
    awsEvent('messageStop', { stopReason: 'end_turn' }),
    awsEvent('metadata', { usage: USAGE, metrics: { latencyMs: 12 } }),
  ]
  answer = { type: STREAM, body: Buffer.concat([...begin, ...end]) }
  const seen: unknown[] = []
  for await (const event of (await client.send(new ConverseStreamCommand(ASK))).stream ?? []) {
    seen.push(...Object.keys(event))
  }
  expect(seen).toEqual(['messageStart', 'contentBlockDelta', 'messageStop', 'metadata'])
  const [whole] = await spansEnded(1)
  expect(whole?.attributes).toMatchObject({ [ATTR.costExact]: COST, [ATTR.usageSource]: 'provider' })
  expect(whole?.attributes[ATTR.timeToFirstChunk]).toBeGreaterThan(0)
})

it('an exception within a stream that began well', async () => {
  answer = { type: STREAM, body: awsException('throttlingException', 'slow down') }
  const read = async () => {
    const command = new InvokeModelWithResponseStreamCommand({ modelId: MODEL, body: '{}' })
    for await (const _ of (await client.send(command)).body ?? []);
  }
  await expect(read()).rejects.toMatchObject({ name: 'ThrottlingException' })
  // The SDK leaves the rest of such a stream unread, for as long as it keeps the session.
  client.destroy()
  const [span] = await spansEnded(1)
  expect(span?.status.code).toBe(2)
  expect(span?.attributes).toMatchObject({
    [ATTR.errorType]: 'throttlingException',
    [ATTR.unpricedReason]: 'failed',
  })
})
