/**
 * OpenAI's official SDK against what is not plain chat: Azure's client, uploads, images, legacy completions, and a
 * compatible provider behind `baseURL`.
 */
import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import OpenAI, { AzureOpenAI, toFile } from 'openai'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { install, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type LocalServer, registerHostTelemetry, serve, spansEnded, takeSpans } from './local-provider.ts'

let server: LocalServer
let fixture = ''
let asked: IncomingMessage | undefined
const bare = globalThis.fetch

beforeAll(async () => {
  registerHostTelemetry()
  server = await serve((request, response) => {
    asked = request
    const type = fixture.endsWith('stream.txt') ? 'text/event-stream' : 'application/json'
    response.writeHead(200, { 'content-type': type })
    response.end(readFileSync(new URL(`../fixtures/${fixture}`, import.meta.url)))
  })
})
afterAll(() => server.close())
afterEach(async () => {
  await shutdown()
  globalThis.fetch = bare
})

/** Makes one call with the SDK. @returns path that was asked for, and the attributes of the one span */
async function call(provider: string, answer: string, use: (baseURL: string) => Promise<unknown>) {
  install({ service: 'test', hosts: { [server.host]: provider } })
  fixture = `${provider}/${answer}`
  takeSpans()
  const result = await use(server.url)
  const spans = await spansEnded(1)
  expect(spans).toHaveLength(1)
  return { result, path: asked?.url, attributes: spans[0]?.attributes ?? {}, name: spans[0]?.name }
}

const messages = [{ role: 'user' as const, content: 'Hi' }]
const client = (baseURL: string) => new OpenAI({ apiKey: 'k', baseURL, maxRetries: 0 })

it("prices an Azure deployment by the answer's model", async () => {
  const { path, attributes } = await call('azure.ai.openai', 'chat-deployment/response.json', (endpoint) =>
    new AzureOpenAI({
      endpoint,
      apiKey: 'k',
      apiVersion: '2024-10-21',
      deployment: 'prod-chat',
    }).chat.completions.create({
      model: 'prod-chat',
      messages,
    }),
  )
  expect(path).toBe('/openai/deployments/prod-chat/chat/completions?api-version=2024-10-21')
  expect(attributes).toMatchObject({
    [ATTR.provider]: 'azure.ai.openai',
    [ATTR.requestModel]: 'prod-chat',
    [ATTR.responseModel]: 'gpt-4o-2024-08-06',
    [ATTR.costExact]: '0.00153',
  })
})

it('reads the model of an upload from its form', async () => {
  const { attributes, name } = await call('openai', 'transcription-tokens/response.json', async (url) =>
    client(`${url}/v1`).audio.transcriptions.create({
      model: 'gpt-4o-transcribe',
      file: await toFile(new Uint8Array(64), 'secret-name.wav'),
    }),
  )
  expect(name).toBe('transcription gpt-4o-transcribe')
  // 4 text at 2.5, 10 audio at 6 and 31 out at 10 USD a million.
  expect(attributes[ATTR.costExact]).toBe('0.00038')
  expect(JSON.stringify(attributes)).not.toContain('secret-name')
})

it('counts the tokens of an image', async () => {
  const { attributes } = await call('openai', 'image/response.json', (url) =>
    client(`${url}/v1`).images.generate({ model: 'gpt-image-1', prompt: 'a cat' }),
  )
  expect(attributes).toMatchObject({ [ATTR.operation]: 'image_generation', [ATTR.imageOutputTokens]: 4160 })
})

it('reads a stream of legacy completions', async () => {
  const { result, attributes } = await call('openai', 'completions-stream/stream.txt', async (url) => {
    const stream = await client(`${url}/v1`).completions.create({
      model: 'gpt-3.5-turbo-instruct',
      prompt: 'a',
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    for await (const chunk of stream) text += chunk.choices[0]?.text ?? ''
    return text
  })
  expect(result).toBe('b')
  expect(attributes[ATTR.costExact]).toBe('0.0000215')
})

it('takes what a compatible provider says it billed, streamed', async () => {
  const { attributes } = await call('x_ai', 'chat-stream-billed/stream.txt', async (url) => {
    const stream = await client(`${url}/v1`).chat.completions.create({
      model: 'grok-4-fast-reasoning',
      messages,
      stream: true,
    })
    for await (const _chunk of stream);
  })
  expect(attributes).toMatchObject({
    [ATTR.costExact]: '0.0000000001',
    [ATTR.costSource]: 'provider',
    [ATTR.outputTokens]: 117,
  })
})
