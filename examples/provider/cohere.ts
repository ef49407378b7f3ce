/**
 * Cohere's v2 API: chat and its stream, embeddings, reranking.
 *
 * Invariant: `billed_units` is what the ledger has; `tokens`, what the model consumed, is more.
 *
 * Source of the shapes: the types of `cohere-ai` 8 and https://docs.cohere.com/reference.
 */
import type { ApiError, Exchange } from './exchange.ts'
import { StreamBreakdown, speak } from './exchange.ts'
import { textOf } from './openai-common.ts'
import { unitVector } from './openai-embeddings.ts'
import { prepareAnswer, prepareTexts, sayAll, sayToken } from './prepare.ts'
import { createId } from './random.ts'
import type { RateLimits } from './rate-limits.ts'
import { openStream, sendJson } from './wire.ts'

/** Tokens of the preamble, which Cohere adds and does not bill. */
const PREAMBLE = 496

/** `POST /v2/chat`, JSON and stream. @throws {ApiError} before anything was sent */
export async function answerCohereChat(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { body, entry } = exchange
  entry.stream = body.stream === true
  const messages = (Array.isArray(body.messages) ? body.messages : []) as {
    role?: string
    content?: unknown
  }[]
  const prepared = await prepareAnswer(exchange, limits, {
    model: body.model,
    prompt: messages.map(({ role, content }) => `${role}: ${textOf(content)}`).join('\n'),
    messages: messages.length,
    maxTokens: body.max_tokens,
  })
  if (!prepared) return
  const id = uuid(exchange)
  const finish_reason = prepared.answer.finish === 'stop' ? 'COMPLETE' : 'MAX_TOKENS'
  const headers = cohereHeaders(exchange)
  if (!entry.stream) {
    const content = [{ type: 'text', text: sayAll(exchange, prepared) }]
    const answer = { id, message: { role: 'assistant', content }, finish_reason, usage: usage(exchange) }
    return sendJson(exchange, 200, answer, headers)
  }
  const events = openStream(exchange, headers)
  const send = (type: string, fields: object) => events.send({ type, ...fields }, type)
  const opened = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
  await send('message-start', { id, delta: { message: opened } })
  await send('content-start', { index: 0, delta: { message: { content: { type: 'text', text: '' } } } })
  try {
    for await (const text of speak(exchange, prepared.answer, prepared.scenario)) {
      sayToken(exchange, text)
      await send('content-delta', { index: 0, delta: { message: { content: { text } } } })
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await send('message-end', { delta: { error: 'internal server error', finish_reason: 'ERROR' } })
    return events.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  await send('content-end', { index: 0 })
  entry.sent.usage = true
  await send('message-end', { delta: { finish_reason, usage: usage(exchange) } })
  await events.sendText('[DONE]')
  events.end()
}

/** `POST /v2/embed` */
export async function answerCohereEmbed(exchange: Exchange): Promise<void> {
  const { body, entry } = exchange
  const asked = await prepareTexts(exchange, 'embedding', body.model, body.texts)
  if (!asked) return
  entry.billed.inputUncached = asked.tokens
  entry.sent.usage = true
  const float = asked.texts.map(() => Array.from(unitVector(asked.model.dimensions ?? 1536, exchange.random)))
  const meta = { api_version: { version: '2' }, billed_units: { input_tokens: asked.tokens } }
  const answer = {
    id: uuid(exchange),
    texts: asked.texts,
    embeddings: { float },
    meta,
    response_type: 'embeddings_by_type',
  }
  sendJson(exchange, 200, answer, cohereHeaders(exchange))
}

/** `POST /v2/rerank`: one search unit for up to a hundred documents. */
export async function answerCohereRerank(exchange: Exchange): Promise<void> {
  const { body, entry } = exchange
  const asked = await prepareTexts(exchange, 'rerank', body.model, body.documents)
  if (!asked) return
  entry.searchUnits = Math.ceil(asked.texts.length / 100)
  entry.sent.usage = true
  const results = asked.texts
    .map((_, index) => ({ index, relevance_score: Number(exchange.random().toFixed(6)) }))
    .sort((a, b) => b.relevance_score - a.relevance_score)
  const meta = { api_version: { version: '2' }, billed_units: { search_units: entry.searchUnits } }
  sendJson(exchange, 200, { id: uuid(exchange), results, meta }, cohereHeaders(exchange))
}

/** `{ id, message }` */
export function cohereErrorBody({ message }: ApiError, requestId: string): unknown {
  return { id: requestId, message }
}

export function cohereHeaders({ entry }: Pick<Exchange, 'entry'>): Record<string, string> {
  return { 'x-debug-trace-id': entry.requestId, 'x-endpoint-monthly-call-limit': '1000' }
}

function usage({ entry: { billed } }: Exchange): object {
  const input_tokens = billed.inputUncached + billed.cacheRead
  return {
    billed_units: { input_tokens, output_tokens: billed.outputText },
    tokens: { input_tokens: input_tokens + PREAMBLE, output_tokens: billed.outputText + 2 },
    cached_tokens: billed.cacheRead,
  }
}

function uuid({ ids }: Exchange): string {
  const hex = Buffer.from(createId('', 16, ids)).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  )
}
