/** The local provider against OpenAI's own SDK: it must accept every answer and stream. */
import { describe, expect, it } from 'vitest'
import { collect, LONG, lastEntry, openai, user } from './official-clients.ts'

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
