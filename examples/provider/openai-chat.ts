/**
 * OpenAI `POST /v1/chat/completions`.
 *
 * Invariant: a stream carries usage only where the request set `stream_options.include_usage`, and then in
 * one extra last chunk with empty `choices` (every other chunk says `usage: null`).
 */
import { ApiError, type Exchange, StreamBreakdown, speak, think } from './exchange.ts'
import { type Generation, generate } from './generate.ts'
import type { BilledTokens } from './ledger.ts'
import {
  billPrompt,
  openaiErrorBody,
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
import { openStream, sendJson } from './wire.ts'

/** Answers one chat completion. @throws {ApiError} before anything was sent */
export async function answerChat(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { body, entry } = exchange
  const model = openaiModel(exchange, 'chat')
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0) {
    throw new ApiError(
      400,
      'invalid_request_error',
      "Missing required parameter: 'messages'.",
      'missing_required_parameter',
      'messages',
    )
  }
  entry.stream = body.stream === true
  const prompt = messages.map((message) => `${message?.role}: ${textOf(message?.content)}`).join('\n')
  const scenario = readScenario(prompt)
  playOpenaiError(scenario)

  const left = limits.count(
    exchange.account,
    billPrompt(exchange, model, prompt, messages.length),
    exchange.now(),
  )
  const answer = generate({
    random: exchange.random,
    scenario,
    maxTokens: number(body.max_completion_tokens) ?? number(body.max_tokens),
    reasons: thinks(model, body.reasoning_effort),
  })
  if (!(await think(exchange, scenario))) return
  entry.serviceTier = openaiTier(body)
  entry.responseModel = model.responseName
  entry.billed.reasoning = answer.reasoning
  const head = {
    id: createId('chatcmpl-', 29, exchange.ids),
    created: Math.floor(entry.startedAt / 1000),
    model: model.responseName,
  }
  const headers = openaiHeaders(exchange, left)
  if (entry.stream) return stream(exchange, answer, scenario, head, headers)

  entry.billed.outputText = answer.tokens.length
  const content = answer.tokens.join('')
  entry.sent = { characters: content.length, usage: true }
  const message = { role: 'assistant', content, refusal: null, annotations: [] }
  const choice = { index: 0, message, logprobs: null, finish_reason: answer.finish }
  sendJson(
    exchange,
    200,
    {
      id: head.id,
      object: 'chat.completion',
      created: head.created,
      model: head.model,
      choices: [choice],
      usage: usage(entry.billed),
      service_tier: entry.serviceTier,
      system_fingerprint: null,
    },
    headers,
  )
}

async function stream(
  exchange: Exchange,
  answer: Generation,
  scenario: Scenario,
  { id, created, model }: { id: string; created: number; model: string },
  headers: Record<string, string>,
): Promise<void> {
  const { entry } = exchange
  const wantsUsage =
    (exchange.body.stream_options as { include_usage?: unknown } | undefined)?.include_usage === true
  const events = openStream(exchange, headers)
  const head = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    service_tier: entry.serviceTier,
    system_fingerprint: null,
  }
  const chunk = (delta: unknown, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(wantsUsage ? { usage: null } : {}),
  })
  await events.send(chunk({ role: 'assistant', content: '', refusal: null }, null))
  try {
    for await (const token of speak(exchange, answer, scenario)) {
      entry.billed.outputText += 1
      entry.sent.characters += token.length
      await events.send(chunk({ content: token }, null))
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await events.send(
      openaiErrorBody(
        new ApiError(500, 'server_error', 'The server had an error while processing your request.'),
      ),
    )
    return events.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  await events.send(chunk({}, answer.finish))
  if (wantsUsage) {
    entry.sent.usage = true
    await events.send({ ...head, choices: [], usage: usage(entry.billed) })
  }
  await events.sendText('[DONE]')
  events.end()
}

/** Chat's usage object: totals contain their details. */
function usage(billed: BilledTokens): unknown {
  const prompt = billed.inputUncached + billed.cacheRead + billed.cacheWriteOther
  const completion = billed.outputText + billed.reasoning
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: billed.cacheRead,
      audio_tokens: 0,
      ...(billed.cacheWriteOther > 0 ? { cache_write_tokens: billed.cacheWriteOther } : {}),
    },
    completion_tokens_details: {
      reasoning_tokens: billed.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
