/** Calls that say no size of their answer, where limits may give them one. */
import { install, shutdown } from '@spanmeter/middleware'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { registerHostTelemetry, takeSpans } from '../../middleware/test/local-provider.ts'
import { type Biller, type LedgerServer, startBiller, startLedger } from '../limits-platform.ts'

const YAML = 'budgets: [{ id: b, unit: tokens, limit: 5000, period: month }]'
const MESSAGES = [{ role: 'user', content: 'Hi' }]
const GEMINI = { contents: [{ parts: [{ text: 'Hi' }] }] }

/** Whose API, path, request, and the request that is sent for so many tokens. */
const FORMATS: readonly [string, string, object, (tokens: number) => object][] = [
  [
    'openai',
    '/v1/chat/completions',
    { model: 'gpt-4o-mini', messages: MESSAGES },
    (max_completion_tokens) => ({ max_completion_tokens }),
  ],
  [
    'openai',
    '/v1/responses',
    { model: 'gpt-4o-mini', input: 'Hi' },
    (max_output_tokens) => ({ max_output_tokens }),
  ],
  [
    'mistral_ai',
    '/v1/chat/completions',
    { model: 'mistral-small-latest', messages: MESSAGES },
    (max_tokens) => ({ max_tokens }),
  ],
  [
    'groq',
    '/openai/v1/chat/completions',
    { model: 'llama-3.1-8b-instant', messages: MESSAGES },
    (max_tokens) => ({ max_tokens }),
  ],
  [
    'gcp.gemini',
    '/v1beta/models/gemini-2.5-flash:generateContent',
    { ...GEMINI, generationConfig: { temperature: 0 } },
    (maxOutputTokens) => ({ generationConfig: { temperature: 0, maxOutputTokens } }),
  ],
  [
    'cohere',
    '/v2/chat',
    { model: 'command-a-03-2025', messages: MESSAGES },
    (max_tokens) => ({ max_tokens }),
  ],
  [
    'ollama',
    '/api/chat',
    { model: 'llama3.2', messages: MESSAGES, options: { seed: 1 } },
    (num_predict) => ({ options: { seed: 1, num_predict } }),
  ],
]

let biller: Biller
let ledger: LedgerServer
beforeAll(async () => {
  registerHostTelemetry()
  biller = await startBiller()
})
afterAll(() => biller.close())
beforeEach(async () => {
  biller.bodies = []
  ledger = await startLedger(YAML)
})
afterEach(async () => {
  await shutdown()
  await ledger.stop()
})

const start = (provider: string, injectMaxTokens = true) =>
  install({
    hosts: { [biller.host]: provider },
    limits: { collector: ledger.url, waitMs: 10_000, holds: 'bound', injectMaxTokens },
  })
const ask = async (path: string, body: object) => {
  takeSpans()
  const { status } = await fetch(`${biller.url}${path}`, { method: 'POST', body: JSON.stringify(body) })
  return status
}
const sent = () => JSON.parse(biller.bodies.at(-1) ?? '{}')
const told = () => takeSpans()[0]?.attributes['spanmeter.budget.max_output_tokens']
const CHAT = '/v1/chat/completions'
const HI = { model: 'gpt-4o-mini', messages: MESSAGES }

describe.each(FORMATS)('%s %s', (provider, path, body, capped) => {
  it('says what is set aside', async () => {
    start(provider)
    // Nothing is known of such answers: 4,096.
    expect(await ask(path, body)).toBe(200)
    expect(sent()).toEqual({ ...body, ...capped(4096) })
    expect(told()).toBe(4096)
  })
})

it('says what is left where that is less, and is refused where it is nothing', async () => {
  start('openai')
  biller.usage = { input: 1000, output: 3000 }
  expect(await ask(CHAT, HI)).toBe(200)
  // Each character of the request may be a token.
  const { length } = JSON.stringify(HI)
  expect(await ask(CHAT, HI)).toBe(200)
  expect(sent()).toEqual({ ...HI, max_completion_tokens: 1000 - length })
  expect(await ask(CHAT, HI)).toBe(402)
  expect(biller.bodies).toHaveLength(2)
})

it('lowers what a request says where only less is left, and leaves it alone where it fits', async () => {
  start('openai')
  biller.usage = { input: 10, output: 3000 }
  expect(await ask(CHAT, { ...HI, max_tokens: 3000 })).toBe(200)
  expect(sent()).toEqual({ ...HI, max_tokens: 3000 })
  expect(told()).toBeUndefined()
  const length = JSON.stringify({ ...HI, max_tokens: 3000 }).length
  expect(await ask(CHAT, { ...HI, max_tokens: 3000 })).toBe(200)
  expect(sent()).toEqual({ ...HI, max_tokens: 5000 - 3010 - length })
  expect(told()).toBe(5000 - 3010 - length)
})

it('divides it where several answers are asked for', async () => {
  start('openai')
  expect(await ask(CHAT, { ...HI, n: 4 })).toBe(200)
  expect(sent()).toEqual({ ...HI, n: 4, max_completion_tokens: 1024 })
})

it('changes nothing unless it is asked to', async () => {
  start('openai', false)
  expect(await ask(CHAT, HI)).toBe(200)
  expect(sent()).toEqual(HI)
})
