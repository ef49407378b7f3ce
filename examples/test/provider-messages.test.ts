/** The local provider against Anthropic's own SDK: it must accept every answer and stream. */
import { describe, expect, it } from 'vitest'
import { anthropic, collect, LONG, lastEntry, user } from './official-clients.ts'

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
