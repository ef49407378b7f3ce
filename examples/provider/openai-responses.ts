/**
 * OpenAI `POST /v1/responses`.
 *
 * Invariant: a stream is the documented sequence from `response.created` to one terminal event
 * (`response.completed`, `.incomplete` or `.failed`), every event numbered, usage in the terminal one.
 */
import { ApiError, type Exchange, StreamBreakdown, speak, think } from './exchange.ts'
import { type Generation, generate } from './generate.ts'
import type { BilledTokens } from './ledger.ts'
import {
  billPrompt,
  openaiHeaders,
  openaiModel,
  openaiTier,
  playOpenaiError,
  textOf,
  thinks,
} from './openai-common.ts'
import { createId } from './random.ts'
import type { RateLimits } from './rate-limits.ts'
import { readScenario, type Scenario } from './scenario.ts'
import { schemaAnswer } from './structured.ts'
import { openStream, sendJson } from './wire.ts'

/** Answers one response. @throws {ApiError} before anything was sent */
export async function answerResponse(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { body, entry } = exchange
  const model = openaiModel(exchange, 'chat')
  const input = body.input
  if (typeof input !== 'string' && !Array.isArray(input)) {
    throw new ApiError(
      400,
      'invalid_request_error',
      "Missing required parameter: 'input'.",
      'missing_required_parameter',
      'input',
    )
  }
  entry.stream = body.stream === true
  const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  const instructions = typeof body.instructions === 'string' ? body.instructions : ''
  const prompt = [instructions, ...items.map((item) => `${item?.role}: ${textOf(item?.content)}`)].join('\n')
  const scenario = readScenario(prompt)
  playOpenaiError(scenario)

  const left = limits.count(
    exchange.account,
    billPrompt(exchange, model, prompt, items.length),
    exchange.now(),
  )
  const reasoning = body.reasoning as { effort?: unknown; summary?: unknown } | undefined
  const maximum = body.max_output_tokens
  const answer = generate({
    random: exchange.random,
    scenario,
    maxTokens: typeof maximum === 'number' ? maximum : undefined,
    reasons: thinks(model, reasoning?.effort),
    text: schemaAnswer((body.text as { format?: unknown } | undefined)?.format),
  })
  if (!(await think(exchange, scenario))) return
  entry.serviceTier = openaiTier(body)
  entry.responseModel = model.responseName
  entry.billed.reasoning = answer.reasoning
  const draft = createDraft(exchange, model.responseName)
  const headers = openaiHeaders(exchange, left)
  if (entry.stream) return stream(exchange, answer, scenario, draft, headers)

  entry.billed.outputText = answer.tokens.length
  const text = answer.tokens.join('')
  entry.sent = { characters: text.length, usage: true }
  sendJson(exchange, 200, finished(draft, answer, text, entry.billed, exchange), headers)
}

/** A response as it stands before generation, with the ids of its parts. */
interface Draft {
  response: Record<string, unknown>
  reasoningId: string
  messageId: string
}

function createDraft(exchange: Exchange, model: string): Draft {
  const { body, ids, entry } = exchange
  return {
    response: {
      id: createId('resp_', 48, ids),
      object: 'response',
      created_at: Math.floor(entry.startedAt / 1000),
      status: 'in_progress',
      background: false,
      error: null,
      incomplete_details: null,
      instructions: body.instructions ?? null,
      max_output_tokens: body.max_output_tokens ?? null,
      metadata: body.metadata ?? {},
      model,
      output: [],
      parallel_tool_calls: true,
      previous_response_id: body.previous_response_id ?? null,
      reasoning: { effort: null, summary: null, ...(body.reasoning as object | undefined) },
      service_tier: body.service_tier ?? 'auto',
      store: body.store ?? true,
      temperature: body.temperature ?? 1,
      text: { format: { type: 'text' } },
      tool_choice: 'auto',
      tools: [],
      top_p: body.top_p ?? 1,
      truncation: 'disabled',
      usage: null,
      user: body.user ?? null,
    },
    reasoningId: createId('rs_', 48, ids),
    messageId: createId('msg_', 48, ids),
  }
}

async function stream(
  exchange: Exchange,
  answer: Generation,
  scenario: Scenario,
  draft: Draft,
  headers: Record<string, string>,
): Promise<void> {
  const { entry } = exchange
  const events = openStream(exchange, headers)
  let sequence = 0
  const send = (type: string, fields: object) =>
    events.send({ type, sequence_number: sequence++, ...fields }, type)

  await send('response.created', { response: draft.response })
  await send('response.in_progress', { response: draft.response })
  if (answer.reasoning > 0) {
    const item = reasoningItem(draft)
    await send('response.output_item.added', { output_index: 0, item })
    await send('response.output_item.done', { output_index: 0, item })
  }
  const output_index = answer.reasoning > 0 ? 1 : 0
  const place = { item_id: draft.messageId, output_index, content_index: 0 }
  await send('response.output_item.added', {
    output_index,
    item: messageItem(draft, undefined, 'in_progress'),
  })
  await send('response.content_part.added', { ...place, part: textPart('') })
  let text = ''
  try {
    for await (const token of speak(exchange, answer, scenario)) {
      entry.billed.outputText += 1
      entry.sent.characters += token.length
      text += token
      await send('response.output_text.delta', { ...place, delta: token, logprobs: [] })
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    const failure = {
      code: 'server_error',
      message: 'The server had an error while processing your request.',
    }
    await send('response.failed', { response: { ...draft.response, status: 'failed', error: failure } })
    return events.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  const response = finished(draft, answer, text, entry.billed, exchange)
  const status = answer.finish === 'stop' ? 'completed' : 'incomplete'
  await send('response.output_text.done', { ...place, text, logprobs: [] })
  await send('response.content_part.done', { ...place, part: textPart(text) })
  await send('response.output_item.done', { output_index, item: messageItem(draft, text, status) })
  entry.sent.usage = true
  await send(`response.${status}`, { response })
  events.end()
}

/** The response once everything was generated. */
function finished(
  draft: Draft,
  answer: Generation,
  text: string,
  billed: BilledTokens,
  exchange: Exchange,
): object {
  const complete = answer.finish === 'stop'
  const message = messageItem(draft, text, complete ? 'completed' : 'incomplete')
  return {
    ...draft.response,
    status: complete ? 'completed' : 'incomplete',
    completed_at: Math.floor(exchange.now() / 1000),
    incomplete_details: complete ? null : { reason: 'max_output_tokens' },
    output: answer.reasoning > 0 ? [reasoningItem(draft), message] : [message],
    service_tier: exchange.entry.serviceTier,
    usage: usage(billed),
  }
}

function reasoningItem(draft: Draft): object {
  return { id: draft.reasoningId, type: 'reasoning', summary: [] }
}

function messageItem(draft: Draft, text: string | undefined, status: string): object {
  const content = text === undefined ? [] : [textPart(text)]
  return { id: draft.messageId, type: 'message', status, role: 'assistant', content }
}

function textPart(text: string): object {
  return { type: 'output_text', text, annotations: [], logprobs: [] }
}

/** Responses' usage object: totals contain their details. */
function usage(billed: BilledTokens): object {
  const input = billed.inputUncached + billed.cacheRead + billed.cacheWriteOther
  const output = billed.outputText + billed.reasoning
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: billed.cacheRead, cache_write_tokens: billed.cacheWriteOther },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: billed.reasoning },
    total_tokens: input + output,
  }
}
