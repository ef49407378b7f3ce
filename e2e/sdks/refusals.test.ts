/** A budget's refusal through the providers' own SDKs, as they retry by default: asked once, and never sent. */
import { createServer, type Server } from 'node:http'
import http2, { type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { budgetExceeded, install, shutdown } from '@spanmeter/middleware'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { registerHostTelemetry, takeSpans } from '../../middleware/test/local-provider.ts'
import { close, type LedgerServer, startLedger } from '../limits-platform.ts'

// biome-ignore lint/suspicious/noExplicitAny: SDKs of many majors, which share their names only
type Loaded = any
/** Makes a client. @returns what calls, whole and as a stream */
type Open = (load: (name: string) => Promise<Loaded>, url: string) => Promise<Record<string, () => unknown>>

const messages = [{ role: 'user', content: 'Hi' }]
const drain = async (stream: AsyncIterable<unknown>) => {
  for await (const _ of stream);
}

const openai =
  (name: string): Open =>
  async (load, url) => {
    const { default: OpenAI } = await load(name)
    const { completions } = new OpenAI({ apiKey: 'k', baseURL: url }).chat
    const ask = { model: 'gpt-4o-mini', messages }
    return {
      whole: () => completions.create(ask),
      stream: async () => drain(await completions.create({ ...ask, stream: true })),
    }
  }
const anthropic =
  (name: string): Open =>
  async (load, url) => {
    const { default: Anthropic } = await load(name)
    const client = new Anthropic({ apiKey: 'k', baseURL: url })
    const ask = { model: 'claude-haiku-4-5', max_tokens: 10, messages }
    return {
      whole: () => client.messages.create(ask),
      stream: () => client.messages.stream(ask).finalMessage(),
    }
  }
const google =
  (name: string): Open =>
  async (load, url) => {
    const { GoogleGenAI } = await load(name)
    const { models } = new GoogleGenAI({
      apiKey: 'k',
      httpOptions: { baseUrl: url, retryOptions: { attempts: 3 } },
    })
    const ask = { model: 'gemini-2.5-flash', contents: 'Hi' }
    return {
      whole: () => models.generateContent(ask),
      stream: async () => drain(await models.generateContentStream(ask)),
    }
  }
const mistral =
  (name: string): Open =>
  async (load, url) => {
    const { Mistral } = await load(name)
    const backoff = { initialInterval: 1, maxInterval: 5, exponent: 1, maxElapsedTime: 2_000 }
    const retryConfig = { strategy: 'backoff', backoff, retryConnectionErrors: true }
    const { chat } = new Mistral({ apiKey: 'k', serverURL: url, retryConfig })
    const ask = { model: 'mistral-small-latest', messages }
    return {
      whole: () => chat.complete(ask),
      stream: async () => drain(await chat.stream(ask)),
    }
  }
const bedrock: Open = async (load, url) => {
  const { BedrockRuntimeClient, ConverseCommand, ConverseStreamCommand } = await load('bedrock3')
  const client = new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: url,
    credentials: { accessKeyId: 'local', secretAccessKey: 'secret' },
  })
  const ask = {
    modelId: 'amazon.nova-pro-v1:0',
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
  }
  return {
    whole: () => client.send(new ConverseCommand(ask)),
    stream: () => client.send(new ConverseStreamCommand(ask)),
  }
}
const cohere =
  (name: string): Open =>
  async (load, url) => {
    const { CohereClientV2 } = await load(name)
    const client = new CohereClientV2({ token: 'k', environment: url })
    return { whole: () => client.chat({ model: 'command-a-03-2025', messages }) }
  }
const groq =
  (name: string): Open =>
  async (load, url) => {
    const { default: Groq } = await load(name)
    const { completions } = new Groq({ apiKey: 'k', baseURL: url }).chat
    return { whole: () => completions.create({ model: 'llama-3.1-8b-instant', messages }) }
  }
const ollama: Open = async (load, url) => {
  const { Ollama } = await load('ollama0')
  const client = new Ollama({ host: url })
  return { whole: () => client.chat({ model: 'llama3.2', messages }) }
}
const vercel =
  (core: string, name: string): Open =>
  async (load, url) => {
    const { generateText } = await load(core)
    const { createOpenAI } = await load(name)
    const model = createOpenAI({ apiKey: 'k', baseURL: url }).chat('gpt-4o-mini')
    return { whole: () => generateText({ model, prompt: 'Hi' }) }
  }
const langchain =
  (name: string): Open =>
  async (load, url) => {
    const { ChatOpenAI } = await load(name)
    const model = new ChatOpenAI({ model: 'gpt-4o-mini', apiKey: 'k', configuration: { baseURL: url } })
    return { whole: () => model.invoke('Hi') }
  }
const axios =
  (name: string): Open =>
  async (load, url) => {
    const client = (await load(name)).default
    return { whole: () => client.post(`${url}/chat/completions`, { model: 'gpt-4o-mini', messages }) }
  }

/** SDK, whose API, where it begins, and the SDK's calls. */
const SDKS: readonly [name: string, provider: string, path: string, open: Open][] = [
  ...['openai4', 'openai5', 'openai6', 'openai7'].map(
    (name) => [name, 'openai', '/v1', openai(name)] as [string, string, string, Open],
  ),
  ['anthropic0', 'anthropic', '', anthropic('anthropic0')],
  ['anthropic1', 'anthropic', '', anthropic('anthropic1')],
  ['genai1', 'gcp.gemini', '', google('genai1')],
  ['genai2', 'gcp.gemini', '', google('genai2')],
  ['genai3', 'gcp.gemini', '', google('genai3')],
  ['mistral1', 'mistral_ai', '', mistral('mistral1')],
  ['mistral2', 'mistral_ai', '', mistral('mistral2')],
  ['bedrock3', 'aws.bedrock', '', bedrock],
  ['cohere7', 'cohere', '', cohere('cohere7')],
  ['cohere8', 'cohere', '', cohere('cohere8')],
  ['groq0', 'groq', '', groq('groq0')],
  ['groq1', 'groq', '', groq('groq1')],
  ['ollama0', 'ollama', '', ollama],
  ['ai5', 'openai', '/v1', vercel('ai5', 'ai-openai2')],
  ['ai6', 'openai', '/v1', vercel('ai6', 'ai-openai3')],
  ['langchain-openai1', 'openai', '/v1', langchain('langchain-openai1')],
  ['axios0', 'openai', '/v1', axios('axios0')],
  ['axios1', 'openai', '/v1', axios('axios1')],
]

const YAML = 'budgets: [{ id: none, unit: calls, limit: 0, period: month }]'
let sent = 0
let one: Server
let two: Http2Server
let ledger: LedgerServer
const rejections: unknown[] = []
const onRejection = (error: unknown) => void rejections.push(error)

beforeAll(async () => {
  registerHostTelemetry()
  one = createServer((_request, response) => {
    sent++
    response.writeHead(500).end()
  })
  two = http2.createServer().on('stream', (stream) => {
    sent++
    stream.respond({ ':status': 500 }, { endStream: true })
  })
  for (const server of [one, two])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ledger = await startLedger(YAML)
})
afterAll(async () => {
  await ledger.stop()
  await close(one)
  two.close()
})
beforeEach(() => {
  sent = 0
  takeSpans()
  process.on('unhandledRejection', onRejection)
})
afterEach(async () => {
  await shutdown()
  process.off('unhandledRejection', onRejection)
  expect(rejections.splice(0)).toEqual([])
})

describe.each(SDKS)('%s', (_name, provider, path, open) => {
  const origin = () => `127.0.0.1:${((provider === 'aws.bedrock' ? two : one).address() as AddressInfo).port}`
  const begin = () =>
    install({ hosts: { [origin()]: provider }, limits: { collector: ledger.url, waitMs: 10_000 } })

  it.each(['before', 'after'])('is told once, its client made %s the installation', async (when) => {
    if (when === 'after') begin()
    const calls = await open((name) => import(name), `http://${origin()}${path}`)
    if (when === 'before') begin()
    for (const [kind, call] of Object.entries(calls)) {
      const thrown = await Promise.resolve()
        .then(call)
        .then(
          () => undefined,
          (error: unknown) => error,
        )
      expect(budgetExceeded(thrown), kind).toMatchObject({ code: 'budget-exceeded', status: 402 })
      const asked = takeSpans().map(({ attributes }) => attributes['spanmeter.budget.decision'])
      expect(asked, kind).toEqual(['blocked'])
    }
    expect(sent).toBe(0)
  })
})
