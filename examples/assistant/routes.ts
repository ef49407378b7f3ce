/**
 * A support assistant: the business code of both examples, on the official SDKs.
 *
 * Invariant: not a line here knows that calls are metered. The wiring is in `hono-chat/` (a service that
 * starts OpenTelemetry itself) and `hono-endpoint/` (a service that only names the collector).
 */
import Anthropic from '@anthropic-ai/sdk'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import OpenAI from 'openai'
import { readQuestion, readTexts } from './input.ts'
import { streamText } from './stream-text.ts'

/** The routes of the assistant. */
export function createAssistant(openai: OpenAI, anthropic: Anthropic): Hono {
  const app = new Hono()

  app.post('/chat', async (c) => {
    const { messages, document, model = 'gpt-5.4-mini', maxTokens, stream } = await readQuestion(c)
    const request = {
      model,
      messages: document ? [{ role: 'system' as const, content: document }, ...messages] : messages,
      max_completion_tokens: maxTokens,
    }
    if (stream) {
      const events = await openai.chat.completions.create(
        { ...request, stream: true, stream_options: { include_usage: true } },
        { signal: c.req.raw.signal },
      )
      return streamText(c, events, (chunk) => chunk.choices[0]?.delta.content ?? undefined)
    }
    const answer = await openai.chat.completions.create(request, { signal: c.req.raw.signal })
    return c.json({ text: answer.choices[0]?.message.content ?? '' })
  })

  // Leaves out `include_usage`, as many services do: a meter can only estimate what this costs.
  app.post('/suggest', async (c) => {
    const { messages, model = 'gpt-5.4-nano', maxTokens } = await readQuestion(c)
    const events = await openai.chat.completions.create(
      { model, messages, max_completion_tokens: maxTokens, stream: true },
      { signal: c.req.raw.signal },
    )
    return streamText(c, events, (chunk) => chunk.choices[0]?.delta.content ?? undefined)
  })

  app.post('/summarise', async (c) => {
    const { texts, model = 'gpt-5-mini', urgent, stream } = await readTexts(c)
    const request = {
      model,
      instructions: 'Summarise for a busy reader.',
      input: texts.join('\n\n'),
      service_tier: urgent ? ('auto' as const) : ('flex' as const),
    }
    if (stream) {
      const events = await openai.responses.create({ ...request, stream: true }, { signal: c.req.raw.signal })
      return streamText(c, events, (event) =>
        event.type === 'response.output_text.delta' ? event.delta : undefined,
      )
    }
    const answer = await openai.responses.create(request, { signal: c.req.raw.signal })
    return c.json({ text: answer.output_text })
  })

  app.post('/embed', async (c) => {
    const { texts, model = 'text-embedding-3-small' } = await readTexts(c)
    const answer = await openai.embeddings.create({ model, input: texts }, { signal: c.req.raw.signal })
    return c.json({ vectors: answer.data.map((row) => row.embedding) })
  })

  app.post('/assist', async (c) => {
    const {
      messages,
      document,
      keep,
      model = 'claude-haiku-4-5',
      maxTokens,
      think,
      stream,
    } = await readQuestion(c)
    const request: Anthropic.MessageCreateParamsNonStreaming = {
      model,
      messages,
      max_tokens: maxTokens,
      ...(think ? { thinking: { type: 'adaptive' } } : {}),
      ...(document
        ? { system: [{ type: 'text', text: document, cache_control: { type: 'ephemeral', ttl: keep } }] }
        : {}),
    }
    if (stream) {
      const events = await anthropic.messages.create(
        { ...request, stream: true },
        { signal: c.req.raw.signal },
      )
      return streamText(c, events, (event) =>
        event.type === 'content_block_delta' && event.delta.type === 'text_delta'
          ? event.delta.text
          : undefined,
      )
    }
    const answer = await anthropic.messages.create(request, { signal: c.req.raw.signal })
    return c.json({ text: answer.content.map((block) => (block.type === 'text' ? block.text : '')).join('') })
  })

  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ message: error.message }, error.status)
    if (error instanceof OpenAI.APIError || error instanceof Anthropic.APIError) {
      return c.json({ message: `the model provider answered ${error.status ?? 'nothing'}` }, 502)
    }
    console.error(error)
    return c.json({ message: 'internal error' }, 500)
  })
  return app
}
