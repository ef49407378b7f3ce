/** The example's business code, on the official SDKs and the local provider, without any metering. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Listening, listen } from '../assistant/listen.ts'
import { createAssistant } from '../assistant/routes.ts'
import { type Provider, startProvider } from '../provider/server.ts'

let provider: Provider
let server: Listening

beforeAll(async () => {
  provider = await startProvider()
  const openai = new OpenAI({ apiKey: 'sk-local', baseURL: provider.openaiUrl, maxRetries: 0 })
  const anthropic = new Anthropic({ apiKey: 'sk-local', baseURL: provider.anthropicUrl, maxRetries: 0 })
  server = await listen(createAssistant(openai, anthropic), 0)
})
afterAll(async () => {
  await server.close()
  await provider.close()
})

function post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  return fetch(server.url + path, signal ? { ...init, signal } : init)
}

const ask = (content: string) => ({ messages: [{ role: 'user', content }] })

describe('the assistant', () => {
  const answers = (name: string, path: string, body: object, api: string) =>
    it(`answers ${name}`, async () => {
      const response = await post(path, body)
      expect(response.status).toBe(200)
      expect(await response.text()).toMatch(/"(text|vectors)":\W*\w/)
      await vi.waitFor(() => expect(provider.ledger.at(-1)).toMatchObject({ api, outcome: 'completed' }))
    })

  answers('/chat as JSON', '/chat', ask('hello'), 'chat_completions')
  answers('/chat as a stream', '/chat', { ...ask('hello'), stream: true }, 'chat_completions')
  answers('/suggest', '/suggest', ask('hello'), 'chat_completions')
  answers('/summarise as JSON', '/summarise', { text: 'long story' }, 'responses')
  answers('/summarise as a stream', '/summarise', { text: 'long story', stream: true }, 'responses')
  answers('/embed', '/embed', { texts: ['a', 'b'] }, 'embeddings')
  answers('/assist as JSON', '/assist', { ...ask('hello'), document: 'rules', keep: '1h' }, 'messages')
  answers('/assist as a stream', '/assist', { ...ask('hello'), stream: true, think: true }, 'messages')

  it('ends its stream with an event that says so', async () => {
    const text = await (await post('/chat', { ...ask('[provider: tokens=3]'), stream: true })).text()
    expect(text.match(/^data: {"text"/gm)).toHaveLength(3)
    expect(text).toMatch(/event: done\ndata: {}\n\n$/)
  })

  it('says in the stream that the provider broke down', async () => {
    const text = await (await post('/assist', { ...ask('[provider: fail=2]'), stream: true })).text()
    expect(text).toContain('event: error')
  })

  it('answers 502 when the provider refuses and 400 when the caller is wrong', async () => {
    expect((await post('/chat', ask('[provider: error=500]'))).status).toBe(502)
    expect((await post('/assist', ask('[provider: error=529]'))).status).toBe(502)
    expect((await post('/chat', { messages: 'hello' })).status).toBe(400)
    expect((await post('/embed', { texts: [1] })).status).toBe(400)
    expect((await post('/chat', { ...ask('x'), stream: 'yes' })).status).toBe(400)
  })

  const abandons = (path: string, body: object) =>
    it(`stops the provider when the caller leaves ${path} ${'stream' in body ? 'in the middle' : 'before the answer'}`, async () => {
      const leave = new AbortController()
      const before = provider.ledger.length
      const reading = post(path, body, leave.signal).then((response) => response.text())
      const left = expect(reading).rejects.toThrow()
      await vi.waitFor(() => expect(provider.ledger.length).toBe(before + 1))
      const entry = provider.ledger.at(-1)
      await vi.waitFor(() => expect(entry?.billed.outputText).toBe('stream' in body ? 4 : 0))
      leave.abort()
      await left
      await vi.waitFor(() => expect(entry?.outcome).toBe('aborted'))
    })

  const stall = { ...ask('[provider: tokens=9, stall=4]'), stream: true }
  abandons('/chat', stall)
  abandons('/assist', stall)
  abandons('/summarise', { text: '[provider: tokens=9, stall=4]', stream: true })
  abandons('/chat', ask('[provider: latency=60000]'))
  abandons('/assist', ask('[provider: latency=60000]'))
})
