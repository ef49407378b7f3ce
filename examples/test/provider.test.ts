/** The local provider against the official SDKs: they must accept every answer, stream and refusal. */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { LedgerEntry } from '../provider/ledger.ts'
import { type Provider, startProvider } from '../provider/server.ts'

let provider: Provider
let openai: OpenAI
let anthropic: Anthropic

beforeAll(async () => {
  provider = await startProvider({ seed: 'provider-test' })
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: provider.openaiUrl, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: 'sk-test', baseURL: provider.anthropicUrl, maxRetries: 0 })
})
afterAll(() => provider.close())

/** The entry of the newest request, once the provider has closed it. */
async function lastEntry(): Promise<LedgerEntry> {
  const entry = provider.ledger.at(-1)
  if (!entry) throw new Error('no request has arrived')
  await vi.waitFor(() => expect(entry.endedAt).toBeDefined())
  return entry
}

async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

const user = (content: string) => [{ role: 'user' as const, content }]
const LONG = 'Our house rules in full. '.repeat(400)

describe('chat completions', () => {
  it('answers JSON whose usage is the ledger', async () => {
    const answer = await openai.chat.completions.create({
      model: 'gpt-5.4-mini',
      messages: user('Where is my parcel?'),
    })
    const { billed, ...entry } = await lastEntry()
    expect(answer.model).toBe('gpt-5.4-mini-2026-03-17')
    expect(answer.id).toMatch(/^chatcmpl-\w{29}$/)
    expect(answer.choices[0]?.finish_reason).toBe('stop')
    expect(answer.service_tier).toBe('default')
    expect(answer._request_id).toBe(entry.requestId)
    expect(answer.usage?.prompt_tokens).toBe(billed.inputUncached)
    expect(answer.usage?.completion_tokens).toBe(billed.outputText)
    expect(entry).toMatchObject({
      outcome: 'completed',
      status: 200,
      stream: false,
      requestModel: 'gpt-5.4-mini',
    })
  })

  it('sends usage in one extra last chunk when asked, and null before', async () => {
    const stream = await openai.chat.completions.create({
      model: 'gpt-5.4-nano',
      messages: user('[provider: tokens=5]'),
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await collect(stream)
    const { billed } = await lastEntry()
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(
      true,
    )
    expect(chunks.at(-1)?.choices).toEqual([])
    expect(chunks.at(-1)?.usage?.completion_tokens).toBe(5)
    expect(billed.outputText).toBe(5)
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1)
  })

  it('never mentions usage in a stream that did not ask', async () => {
    const stream = await openai.chat.completions.create({
      model: 'gpt-4o-mini',
      messages: user('hello'),
      stream: true,
    })
    const chunks = await collect(stream)
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false)
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect((await lastEntry()).sent.usage).toBe(false)
  })

  it('works with the streaming helper of the SDK', async () => {
    const runner = openai.chat.completions.stream({
      model: 'gpt-4o-mini',
      messages: user('[provider: tokens=12]'),
    })
    const answer = await runner.finalChatCompletion()
    expect(answer.choices[0]?.message.content?.split(' ')).toHaveLength(12)
  })

  it('reads a long prompt from the cache the second time', async () => {
    const ask = (question: string) =>
      openai.chat.completions.create({
        model: 'gpt-5.4-mini',
        messages: [{ role: 'system', content: `chat ${LONG}` }, ...user(question)],
      })
    const first = await ask('one')
    const second = await ask('two')
    expect(first.usage?.prompt_tokens_details?.cached_tokens).toBe(0)
    const cached = second.usage?.prompt_tokens_details?.cached_tokens ?? 0
    expect(cached).toBeGreaterThanOrEqual(1024)
    expect(cached % 128).toBe(0)
    const { billed } = await lastEntry()
    expect(billed.cacheRead).toBe(cached)
    expect(billed.inputUncached + billed.cacheRead).toBe(second.usage?.prompt_tokens)
  })

  it('bills thinking inside the completion, and none where effort is "none"', async () => {
    const ask = (reasoning_effort: 'none' | 'medium') =>
      openai.chat.completions.create({ model: 'gpt-5.1', messages: user('think'), reasoning_effort })
    const thought = await ask('medium')
    const reasoning = thought.usage?.completion_tokens_details?.reasoning_tokens ?? 0
    const { billed } = await lastEntry()
    expect(reasoning).toBeGreaterThan(0)
    expect(thought.usage?.completion_tokens).toBe(billed.outputText + reasoning)
    expect((await ask('none')).usage?.completion_tokens_details?.reasoning_tokens).toBe(0)
  })

  it('stops at max_completion_tokens and says so', async () => {
    const answer = await openai.chat.completions.create({
      model: 'gpt-5.4',
      messages: user('[provider: tokens=50]'),
      max_completion_tokens: 7,
    })
    expect(answer.choices[0]?.finish_reason).toBe('length')
    expect(answer.usage?.completion_tokens).toBe(7)
  })

  it('echoes the tier it bills', async () => {
    const answer = await openai.chat.completions.create({
      model: 'gpt-5.1',
      messages: user('hi'),
      service_tier: 'flex',
    })
    expect(answer.service_tier).toBe('flex')
    expect((await lastEntry()).serviceTier).toBe('flex')
  })
})

describe('responses', () => {
  it('answers JSON whose usage is the ledger', async () => {
    const answer = await openai.responses.create({ model: 'gpt-5-mini', input: 'Summarise this.' })
    const { billed } = await lastEntry()
    expect(answer.status).toBe('completed')
    expect(answer.output.map((item) => item.type)).toEqual(['reasoning', 'message'])
    expect(answer.output_text.length).toBeGreaterThan(0)
    expect(answer.usage?.output_tokens).toBe(billed.outputText + billed.reasoning)
    expect(answer.usage?.output_tokens_details.reasoning_tokens).toBe(billed.reasoning)
  })

  it('streams the numbered sequence from created to completed', async () => {
    const stream = await openai.responses.create({
      model: 'gpt-5.4',
      input: '[provider: tokens=3]',
      stream: true,
    })
    const events = await collect(stream)
    expect(events.map((event) => event.type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    expect(events.map((event) => 'sequence_number' in event && event.sequence_number)).toEqual([
      ...events.keys(),
    ])
    const last = events.at(-1)
    expect(last?.type === 'response.completed' && last.response.usage?.output_tokens).toBe(3)
  })

  it('works with the streaming helper of the SDK, also for a model that thinks', async () => {
    const answer = await openai.responses.stream({ model: 'gpt-5-mini', input: 'Plan it.' }).finalResponse()
    expect(answer.output_text.length).toBeGreaterThan(0)
    expect(answer.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0)
  })

  it('counts cache writes for models that bill them', async () => {
    const input = `responses ${LONG}`
    const first = await openai.responses.create({ model: 'gpt-6-luna', input })
    const { billed } = await lastEntry()
    const second = await openai.responses.create({ model: 'gpt-6-luna', input })
    expect(first.usage?.input_tokens_details.cache_write_tokens).toBe(billed.cacheWriteOther)
    expect(billed.cacheWriteOther).toBeGreaterThanOrEqual(1024)
    expect(second.usage?.input_tokens_details).toEqual({
      cached_tokens: billed.cacheWriteOther,
      cache_write_tokens: 0,
    })
    expect(second.usage?.input_tokens).toBe(first.usage?.input_tokens)
  })

  it('is incomplete where max_output_tokens cut it', async () => {
    const answer = await openai.responses.create({ model: 'gpt-5.4', input: 'long', max_output_tokens: 4 })
    expect(answer.status).toBe('incomplete')
    expect(answer.incomplete_details?.reason).toBe('max_output_tokens')
  })

  it('fails in the middle with a response.failed event and bills nothing', async () => {
    const stream = await openai.responses.create({
      model: 'gpt-5.4',
      input: '[provider: fail=2]',
      stream: true,
    })
    const events = await collect(stream)
    expect(events.at(-1)?.type).toBe('response.failed')
    expect(await lastEntry()).toMatchObject({
      outcome: 'failed',
      billed: { inputUncached: 0, outputText: 0 },
    })
  })
})

describe('embeddings', () => {
  it('gives unit vectors in the default base64 and as floats', async () => {
    const input = ['one text', 'another text']
    const packed = await openai.embeddings.create({ model: 'text-embedding-3-small', input })
    const { billed } = await lastEntry()
    const plain = await openai.embeddings.create({
      model: 'text-embedding-3-large',
      input,
      encoding_format: 'float',
      dimensions: 8,
    })
    expect(packed.data.map((row) => row.embedding.length)).toEqual([1536, 1536])
    expect(plain.data[1]?.embedding).toHaveLength(8)
    expect(Math.hypot(...(packed.data[0]?.embedding ?? []))).toBeCloseTo(1, 5)
    expect(packed.usage).toEqual({ prompt_tokens: billed.inputUncached, total_tokens: billed.inputUncached })
  })
})

describe('messages', () => {
  const ask = (content: string) => ({ model: 'claude-haiku-4-5', max_tokens: 500, messages: user(content) })

  it('answers JSON whose usage is the ledger', async () => {
    const answer = await anthropic.messages.create(ask('Where is my parcel?'))
    const { billed, requestId } = await lastEntry()
    expect(answer).toMatchObject({
      type: 'message',
      model: 'claude-haiku-4-5-20251001',
      stop_reason: 'end_turn',
    })
    expect(answer._request_id).toBe(requestId)
    expect(answer.usage.input_tokens).toBe(billed.inputUncached)
    expect(answer.usage.output_tokens).toBe(billed.outputText)
  })

  it('streams the documented events with cumulative usage at the end', async () => {
    const events = await collect(
      await anthropic.messages.create({ ...ask('[provider: tokens=2]'), stream: true }),
    )
    expect(events.map((event) => event.type)).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    const [start, delta] = [events[0], events.at(-2)]
    expect(start?.type === 'message_start' && start.message.usage.output_tokens).toBe(1)
    expect(delta?.type === 'message_delta' && delta.usage.output_tokens).toBe(2)
  })

  it('writes the cache at breakpoints with their time to live, then reads it', async () => {
    const system = [
      {
        type: 'text' as const,
        text: `one hour ${LONG}`,
        cache_control: { type: 'ephemeral' as const, ttl: '1h' as const },
      },
      { type: 'text' as const, text: `five minutes ${LONG}`, cache_control: { type: 'ephemeral' as const } },
    ]
    const first = await anthropic.messages.create({ ...ask('one'), system })
    const { billed } = await lastEntry()
    const second = await anthropic.messages.stream({ ...ask('two'), system }).finalMessage()
    expect(first.usage.cache_creation).toEqual({
      ephemeral_5m_input_tokens: billed.cacheWrite5m,
      ephemeral_1h_input_tokens: billed.cacheWrite1h,
    })
    expect(Math.min(billed.cacheWrite5m, billed.cacheWrite1h)).toBeGreaterThan(1024)
    expect(first.usage.cache_read_input_tokens).toBe(0)
    expect(second.usage.cache_read_input_tokens).toBe(billed.cacheWrite5m + billed.cacheWrite1h)
    expect(second.usage.cache_creation_input_tokens).toBe(0)
  })

  it('thinks when asked and bills that as output', async () => {
    const answer = await anthropic.messages
      .stream({ ...ask('think'), model: 'claude-sonnet-5', max_tokens: 4000, thinking: { type: 'adaptive' } })
      .finalMessage()
    const { billed } = await lastEntry()
    expect(answer.content.map((block) => block.type)).toEqual(['thinking', 'text'])
    expect(answer.usage.output_tokens).toBe(billed.outputText + billed.reasoning)
    expect(answer.usage.output_tokens_details?.thinking_tokens).toBe(billed.reasoning)
  })

  it('fails in the middle with an error event', async () => {
    const stream = await anthropic.messages.create({ ...ask('[provider: fail=2]'), stream: true })
    await expect(collect(stream)).rejects.toThrow(/overloaded/i)
    expect(await lastEntry()).toMatchObject({ status: 200, outcome: 'failed' })
  })
})

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
