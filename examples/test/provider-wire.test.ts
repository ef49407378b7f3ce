/** The local provider when it refuses, when a client leaves, and on the wire. */
import OpenAI from 'openai'
import { describe, expect, it, vi } from 'vitest'
import { startProvider } from '../provider/server.ts'
import { anthropic, collect, lastEntry, openai, provider, user } from './official-clients.ts'

describe('refusals', () => {
  const chat = (content: string, model = 'gpt-5.4-mini') =>
    openai.chat.completions.create({ model, messages: user(content) })
  const message = (content: string, model = 'claude-haiku-4-5') =>
    anthropic.messages.create({ model, max_tokens: 10, messages: user(content) })

  const check = (name: string, call: () => Promise<unknown>, want: Record<string, unknown>) =>
    it(name, async () => {
      await expect(call()).rejects.toMatchObject(want)
      expect(await lastEntry()).toMatchObject({
        outcome: 'failed',
        billed: { inputUncached: 0, outputText: 0 },
      })
    })

  check(
    'OpenAI 401 for a wrong key',
    () =>
      openai
        .withOptions({ apiKey: 'sk-invalid' })
        .embeddings.create({ model: 'text-embedding-3-small', input: 'x' }),
    { status: 401, code: 'invalid_api_key' },
  )
  check('OpenAI 404 for an unknown model', () => chat('x', 'gpt-9'), { status: 404, code: 'model_not_found' })
  check(
    'OpenAI 400 for missing messages',
    () => openai.chat.completions.create({ model: 'gpt-5.4', messages: [] }),
    { status: 400, param: 'messages' },
  )
  check('OpenAI 429', () => chat('[provider: error=429]'), {
    status: 429,
    code: 'rate_limit_exceeded',
    type: 'tokens',
  })
  check('OpenAI 500', () => chat('[provider: error=500]'), { status: 500, type: 'server_error' })
  check(
    'Anthropic 401 for a wrong key',
    () =>
      anthropic
        .withOptions({ apiKey: 'sk-invalid' })
        .messages.create({ model: 'claude-haiku-4-5', max_tokens: 1, messages: user('x') }),
    { status: 401, type: 'authentication_error' },
  )
  check('Anthropic 404 for an unknown model', () => message('x', 'claude-none'), {
    status: 404,
    type: 'not_found_error',
  })
  check('Anthropic 429', () => message('[provider: error=429]'), { status: 429, type: 'rate_limit_error' })
  check('Anthropic 500', () => message('[provider: error=500]'), { status: 500, type: 'api_error' })
  check('Anthropic 529', () => message('[provider: error=529]'), { status: 529, type: 'overloaded_error' })
  check('a misspelt scenario', () => chat('[provider: eror=429]'), { status: 400 })

  it('says when to come back after a 429', async () => {
    const refusal = await chat('[provider: error=429]').catch((error) => error)
    expect(refusal.headers.get('retry-after')).toBe('1')
    expect(refusal.requestID).toMatch(/^req_/)
  })

  it('says on the wire what is missing in a body that is not JSON', async () => {
    const response = await fetch(`${provider.openaiUrl}/chat/completions`, {
      method: 'POST',
      body: '{"model":',
      headers: { authorization: 'Bearer sk-test' },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', code: null, param: null },
    })
  })
})

describe('a client that leaves', () => {
  it('is billed for what was generated until then, in a chat stream', async () => {
    const stream = await openai.chat.completions.create({
      model: 'gpt-5.4-mini',
      messages: user('[provider: tokens=50, stall=4]'),
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (text.split(' ').length === 4) break
    }
    const { billed, sent, outcome } = await lastEntry()
    expect(outcome).toBe('aborted')
    expect(billed.outputText).toBe(4)
    expect(billed.inputUncached).toBeGreaterThan(0)
    expect(sent).toEqual({ characters: text.length, usage: false })
  })

  it('is billed for the input alone, before a JSON answer began', async () => {
    const leave = new AbortController()
    const call = openai.responses.create(
      { model: 'gpt-5.4', input: '[provider: latency=60000]' },
      { signal: leave.signal },
    )
    const seen = expect(call).rejects.toThrow(/abort/i)
    const arrived = provider.ledger.length
    await vi.waitFor(() => expect(provider.ledger.length).toBeGreaterThan(arrived))
    await vi.waitFor(() => expect(provider.ledger.at(-1)?.billed.inputUncached).toBeGreaterThan(0))
    leave.abort()
    await seen
    expect(await lastEntry()).toMatchObject({ outcome: 'aborted', status: 0, billed: { outputText: 0 } })
  })

  it('sees a connection that the provider cut', async () => {
    const stream = await anthropic.messages.create({
      model: 'claude-haiku-4-5',
      max_tokens: 90,
      messages: user('[provider: cut=3]'),
      stream: true,
    })
    await expect(collect(stream)).rejects.toThrow()
    expect(await lastEntry()).toMatchObject({ outcome: 'aborted', billed: { outputText: 3 } })
  })
})

describe('the wire', () => {
  it('gives the same numbers for the same seed and other ids for every answer', async () => {
    const twin = await startProvider({ seed: 'provider-test' })
    const other = new OpenAI({ apiKey: 'sk-test', baseURL: twin.openaiUrl })
    const ask = { model: 'gpt-5.4-mini', messages: user('same question') }
    const answers = [
      await openai.chat.completions.create(ask),
      await openai.chat.completions.create(ask),
      await other.chat.completions.create(ask),
    ]
    await twin.close()
    expect(new Set(answers.map((answer) => JSON.stringify(answer.usage))).size).toBe(1)
    expect(new Set(answers.map((answer) => answer.choices[0]?.message.content)).size).toBe(1)
    expect(answers[0]?.id).not.toBe(answers[1]?.id)
  })

  it('carries the headers that clients and meters read', async () => {
    const { response: first } = await openai.chat.completions
      .create({ model: 'gpt-5.4', messages: user('hi') })
      .withResponse()
    const { response: second } = await anthropic.messages
      .create({ model: 'claude-haiku-4-5', max_tokens: 9, messages: user('hi') })
      .withResponse()
    for (const name of [
      'x-request-id',
      'openai-processing-ms',
      'x-ratelimit-remaining-tokens',
      'x-ratelimit-reset-requests',
    ]) {
      expect(first.headers.get(name), name).toBeTruthy()
    }
    for (const name of [
      'request-id',
      'anthropic-organization-id',
      'anthropic-ratelimit-input-tokens-remaining',
      'anthropic-ratelimit-requests-reset',
    ]) {
      expect(second.headers.get(name), name).toBeTruthy()
    }
  })

  it('shows the ledger over HTTP', async () => {
    const entries = await (await fetch(`${provider.anthropicUrl}/__ledger`)).json()
    expect(entries).toEqual(provider.ledger)
  })
})
