/**
 * `POST /v1/chat/completions` of OpenAI and of the providers that speak it.
 *
 * Invariant: OpenAI's stream carries usage only where the request set `stream_options.include_usage`, and then
 * in one extra last chunk with empty `choices` (every other chunk says `usage: null`).
 */
import { type ChatFlavour, chatFlavour } from './chat-flavours.ts'
import { ApiError, type Exchange, StreamBreakdown, speak, think } from './exchange.ts'
import { type Generation, generate } from './generate.ts'
import { billPrompt, openaiModel, playOpenaiError, textOf, thinks } from './openai-common.ts'
import { createId } from './random.ts'
import type { RateLimits } from './rate-limits.ts'
import { readScenario, type Scenario } from './scenario.ts'
import { calledTool, schemaAnswer } from './structured.ts'
import { openStream, sendJson } from './wire.ts'

/** Answers one chat completion. @throws {ApiError} before anything was sent */
export async function answerChat(exchange: Exchange, limits: RateLimits): Promise<void> {
  const { body, entry } = exchange
  const flavour = chatFlavour(entry.provider)
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
  const tool = calledTool(body, scenario)
  const answer = generate({
    random: exchange.random,
    scenario,
    maxTokens: number(body.max_completion_tokens) ?? number(body.max_tokens),
    reasons: thinks(model, body.reasoning_effort),
    text: tool === undefined ? schemaAnswer(body.response_format) : '{"city":"Bern"}',
  })
  if (!(await think(exchange, scenario))) return
  entry.serviceTier = flavour.tier(body)
  entry.responseModel = model.responseName
  entry.billed.reasoning = answer.reasoning
  const said: Said = {
    flavour,
    answer,
    scenario,
    head: {
      id: flavour.id(exchange),
      created: Math.floor(entry.startedAt / 1000),
      model: model.responseName,
    },
    headers: flavour.headers(exchange, left),
    finish: tool === undefined ? answer.finish : 'tool_calls',
    ...(tool === undefined ? {} : { tool: { id: createId('call_', 24, exchange.ids), name: tool } }),
  }
  if (entry.stream) return stream(exchange, said)

  entry.billed.outputText = answer.tokens.length
  const content = answer.tokens.join('')
  entry.sent = { characters: content.length, usage: true }
  const called = said.tool && [
    { id: said.tool.id, type: 'function', function: { name: said.tool.name, arguments: content } },
  ]
  const message = called
    ? { role: 'assistant', content: null, tool_calls: called, refusal: null, annotations: [] }
    : { role: 'assistant', content, refusal: null, annotations: [] }
  const choice = { index: 0, message, logprobs: null, finish_reason: said.finish }
  sendJson(
    exchange,
    200,
    {
      id: said.head.id,
      object: 'chat.completion',
      created: said.head.created,
      model: said.head.model,
      choices: [choice],
      usage: flavour.usage(entry.billed),
      ...flavour.more(exchange),
    },
    said.headers,
  )
}

/** An answer on its way out. */
interface Said {
  flavour: ChatFlavour
  answer: Generation
  scenario: Scenario
  head: { id: string; created: number; model: string }
  headers: Record<string, string>
  finish: string
  /** Set where the answer is the call of a tool, whose arguments are its tokens. */
  tool?: { id: string; name: string }
}

async function stream(
  exchange: Exchange,
  { flavour, answer, scenario, head: { id, created, model }, headers, finish, tool }: Said,
): Promise<void> {
  const { entry } = exchange
  const asked = (exchange.body.stream_options as { include_usage?: unknown } | undefined)?.include_usage
  const wantsUsage = asked === true && !flavour.usageUnasked
  const events = openStream(exchange, headers)
  const head = { id, object: 'chat.completion.chunk', created, model, ...flavour.moreOfChunk(exchange) }
  const chunk = (delta: unknown, finish: string | null) => ({
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
    ...(wantsUsage ? { usage: null } : {}),
  })
  const opening = tool
    ? {
        role: 'assistant',
        content: null,
        tool_calls: [
          { index: 0, id: tool.id, type: 'function', function: { name: tool.name, arguments: '' } },
        ],
        refusal: null,
      }
    : { role: 'assistant', content: '', refusal: null }
  await events.send(chunk(opening, null))
  try {
    for await (const token of speak(exchange, answer, scenario)) {
      entry.billed.outputText += 1
      entry.sent.characters += token.length
      const delta = tool ? { tool_calls: [{ index: 0, function: { arguments: token } }] } : { content: token }
      await events.send(chunk(delta, null))
    }
  } catch (error) {
    if (!(error instanceof StreamBreakdown)) throw error
    entry.outcome = 'failed'
    await events.send(
      flavour.errorBody(
        new ApiError(500, 'server_error', 'The server had an error while processing your request.'),
      ),
    )
    return events.end()
  }
  if (exchange.gone.aborted || exchange.response.destroyed) return
  const usage = flavour.usage(entry.billed)
  entry.sent.usage = wantsUsage || flavour.usageUnasked === true
  await events.send({
    ...chunk({}, finish),
    ...(flavour.usageUnasked ? { usage, ...flavour.moreOfChunk(exchange, usage) } : {}),
  })
  if (wantsUsage) await events.send({ ...head, choices: [], usage })
  await events.sendText('[DONE]')
  events.end()
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
