/**
 * Anthropic `POST /v1/messages`.
 *
 * Invariant: `input_tokens` excludes what was read from or written to the cache, `output_tokens` contains
 * thinking; in a stream `message_start` has the input side with a placeholder for output, and the one
 * `message_delta` has the cumulative totals.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { ApiError, type Exchange, StreamBreakdown, speak, think } from './exchange.ts'
import { countTokens, type Generation, generate } from './generate.ts'
import type { BilledTokens } from './ledger.ts'
import { findModel, type Model } from './models.ts'
import { rateLimited, textOf } from './openai-common.ts'
import type { CacheableBlock } from './prompt-cache.ts'
import { createId } from './random.ts'
import { anthropicRateHeaders, type RateLimits } from './rate-limits.ts'
import { readScenario, type Scenario } from './scenario.ts'
import { type EventStream, openStream, sendJson } from './wire.ts'

/** What differs where another service passes Anthropic's messages on. */
export interface Passed {
  /** The model, which the service takes from the path. */
  model: string
  /** Anthropic's own name of it. */
  answersAs: string
  headers: Record<string, string>
  /** Frames of the service's own. */
  open?: (headers: Record<string, string>) => EventStream
  /** Counts are in headers too. */
  countHeaders?: true
}

/** Answers one message. @throws {ApiError} before anything was sent */
export async function answerMessage(exchange: Exchange, limits: RateLimits, passed?: Passed): Promise<void> {
  const { body, entry } = exchange
  const model = messagesModel(exchange, passed?.model ?? body.model)
  const maxTokens = body.max_tokens
  if (typeof maxTokens !== 'number' || maxTokens < 1) {
    throw new ApiError(400, 'invalid_request_error', 'max_tokens: Field required')
  }
  const blocks = readBlocks(body)
  entry.stream = body.stream === true
  const scenario = readScenario(blocks.map((block) => block.text).join('\n'))
  playError(scenario)

  const total = blocks.reduce((sum, block) => sum + block.tokens, 0)
  const cached = exchange.cache.readExplicit(
    `${exchange.account}/${model.responseName}`,
    blocks,
    exchange.now(),
  )
  const left = limits.count(exchange.account, total, exchange.now())
  Object.assign(entry.billed, {
    inputUncached: total - cached.read - cached.written5m - cached.written1h,
    cacheRead: cached.read,
    cacheWrite5m: cached.written5m,
    cacheWrite1h: cached.written1h,
  })
  const thinking = (body.thinking as { type?: unknown } | undefined)?.type
  const answer = generate({
    random: exchange.random,
    scenario,
    maxTokens,
    reasons: model.reasons === true && (thinking === 'enabled' || thinking === 'adaptive'),
  })
  if (!(await think(exchange, scenario))) return
  entry.serviceTier = 'standard'
  entry.responseModel = model.responseName
  entry.billed.reasoning = answer.reasoning
  const head = {
    id: createId('msg_01', 22, exchange.ids),
    type: 'message',
    role: 'assistant',
    model: passed?.answersAs ?? model.responseName,
    container: null,
    diagnostics: null,
  }
  const headers = passed?.headers ?? messageHeaders(exchange, left)
  if (entry.stream) {
    return stream(exchange, answer, scenario, head, passed?.open?.(headers) ?? openStream(exchange, headers))
  }

  entry.billed.outputText = answer.tokens.length
  const text = answer.tokens.join('')
  entry.sent = { characters: text.length, usage: true }
  const content = [...(answer.reasoning > 0 ? [thinkingBlock(exchange)] : []), { type: 'text', text }]
  sendJson(
    exchange,
    200,
    { ...head, content, ...stop(answer), usage: usage(entry.billed) },
    {
      ...headers,
      ...(passed?.countHeaders
        ? {
            'x-amzn-bedrock-input-token-count': String(entry.billed.inputUncached),
            'x-amzn-bedrock-output-token-count': String(entry.billed.outputText + entry.billed.reasoning),
          }
        : {}),
    },
  )
}

async function stream(
  exchange: Exchange,
  answer: Generation,
  scenario: Scenario,
  head: object,
  events: EventStream,
): Promise<void> {
  const { entry } = exchange
  const send = (type: string, fields: object) => events.send({ type, ...fields }, type)
  const placeholder = usage({ ...entry.billed, outputText: 1, reasoning: 0 })
  await send('message_start', {
    message: {
      ...head,
      content: [],
      stop_reason: null,
      stop_details: null,
      stop_sequence: null,
      usage: placeholder,
    },
  })
  let index = 0
  if (answer.reasoning > 0) {
    const { thinking, signature } = thinkingBlock(exchange)
    await send('content_block_start', {
      index,
      content_block: { type: 'thinking', thinking: '', signature: '' },
    })
    await send('content_block_delta', { index, delta: { type: 'thinking_delta', thinking } })
    await send('content_block_delta', { index, delta: { type: 'signature_delta', signature } })
    await send('content_block_stop', { index })
    index += 1
  }
  await send('content_block_start', { index, content_block: { type: 'text', text: '' } })
  await send('ping', {})
  try {
    for await (const text of speak(exchange, answer, scenario)) {
      entry.billed.outputText += 1
      entry.sent.characters += text.length
      await send('content_block_delta', { index, delta: { type: 'text_delta', text } })
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await send('error', {
      error: { type: 'overloaded_error', message: 'Overloaded' },
      request_id: entry.requestId,
    })
    return events.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  await send('content_block_stop', { index })
  entry.sent.usage = true
  const {
    cache_creation: _,
    service_tier: __,
    inference_geo: ___,
    speed: ____,
    ...cumulative
  } = usage(entry.billed)
  await send('message_delta', { delta: { ...stop(answer), container: null }, usage: cumulative })
  await send('message_stop', {})
  events.end()
}

/**
 * The account behind `x-api-key`, or behind `authorization: Bearer` as the official package sends it since 1.0.
 *
 * @throws {ApiError} 401, or 400 without `anthropic-version`
 */
export function anthropicAccount(headers: IncomingHttpHeaders): string {
  const key = headers['x-api-key'] ?? headers.authorization?.match(/^Bearer (.+)$/)?.[1]
  if (typeof key !== 'string' || !key.startsWith('sk-') || key.includes('invalid')) {
    throw new ApiError(401, 'authentication_error', 'invalid x-api-key')
  }
  if (!headers['anthropic-version']) {
    throw new ApiError(400, 'invalid_request_error', 'anthropic-version: header is required')
  }
  return key
}

/** `{ type: 'error', error: { type, message }, request_id }`, as every Anthropic refusal. */
export function anthropicErrorBody(error: ApiError, requestId: string): unknown {
  return { type: 'error', error: { type: error.type, message: error.message }, request_id: requestId }
}

/** Response headers; `left` is absent on refusals before anything was counted. */
export function messageHeaders(
  exchange: Pick<Exchange, 'entry' | 'now'>,
  left?: ReturnType<RateLimits['count']>,
): Record<string, string> {
  return {
    'request-id': exchange.entry.requestId,
    'anthropic-organization-id': '00000000-0000-4000-8000-000000000000',
    ...(left ? anthropicRateHeaders(left, exchange.now()) : {}),
  }
}

/** `POST /v1/messages/count_tokens`, which costs nothing. */
export function countMessageTokens(body: Record<string, unknown>): object {
  return { input_tokens: readBlocks(body).reduce((sum, block) => sum + block.tokens, 0) }
}

function messagesModel(exchange: Exchange, name: unknown): Model {
  if (typeof name !== 'string' || name === '') {
    throw new ApiError(400, 'invalid_request_error', 'model: Field required')
  }
  exchange.entry.requestModel = name
  const model = findModel(exchange.entry.provider, 'chat', name)
  if (!model) throw new ApiError(404, 'not_found_error', `model: ${name}`)
  return model
}

function playError(scenario: Scenario): void {
  if (scenario.error === undefined) return
  if (scenario.error === 429)
    throw rateLimited(
      new ApiError(429, 'rate_limit_error', 'This request would exceed your rate limit.'),
      scenario,
    )
  if (scenario.error === 529) throw new ApiError(529, 'overloaded_error', 'Overloaded')
  throw new ApiError(scenario.error, 'api_error', 'Internal server error')
}

/** The prompt in cacheable blocks, in the order in which the cache sees them: system, then messages. */
function readBlocks(body: Record<string, unknown>): CacheableBlock[] {
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new ApiError(400, 'invalid_request_error', 'messages: Field required')
  }
  const parts = [body.system ?? [], ...messages.map((message) => message?.content)]
  return parts.flatMap((content, part) =>
    (typeof content === 'string' ? [{ text: content }] : Array.isArray(content) ? content : []).map(
      (block) => {
        const text = textOf([block])
        const control = block?.cache_control as { type?: unknown; ttl?: unknown } | null | undefined
        const tokens = countTokens(text) + (part === 0 ? 0 : 4)
        if (control?.type !== 'ephemeral') return { text, tokens }
        return { text, tokens, breakpoint: control.ttl === '1h' ? ('1h' as const) : ('5m' as const) }
      },
    ),
  )
}

function thinkingBlock(exchange: Exchange): { type: 'thinking'; thinking: string; signature: string } {
  return { type: 'thinking', thinking: 'Weighing what was asked.', signature: createId('', 64, exchange.ids) }
}

function stop(answer: Generation): object {
  return {
    stop_reason: answer.finish === 'stop' ? 'end_turn' : 'max_tokens',
    stop_details: null,
    stop_sequence: null,
  }
}

function usage(billed: BilledTokens): Record<string, unknown> {
  return {
    input_tokens: billed.inputUncached,
    cache_creation_input_tokens: billed.cacheWrite5m + billed.cacheWrite1h,
    cache_read_input_tokens: billed.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: billed.cacheWrite5m,
      ephemeral_1h_input_tokens: billed.cacheWrite1h,
    },
    output_tokens: billed.outputText + billed.reasoning,
    output_tokens_details: billed.reasoning > 0 ? { thinking_tokens: billed.reasoning } : null,
    server_tool_use: null,
    service_tier: 'standard',
    inference_geo: 'not_available',
    speed: 'standard',
  }
}
