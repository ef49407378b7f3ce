/**
 * OpenAI: chat completions, responses and embeddings.
 *
 * Wire format: https://platform.openai.com/docs/api-reference. Cached tokens are part of the input and
 * reasoning is part of the output. A chat stream carries usage only where the request asked for it with
 * `stream_options.include_usage`; a response stream always carries it in its terminal event.
 *
 * Invariant: `complete` is set by what ends a stream on the wire and by nothing else.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, countAt, listAt, objectAt, quotedLength, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type JsonObject, type Provider, type Usage } from './provider.ts'

function readCommon(body: JsonObject, facts: CallFacts): void {
  const tier = textAt(body, 'service_tier')
  assign(facts, {
    responseModel: textAt(body, 'model'),
    responseId: textAt(body, 'id'),
    serviceTier: tier,
    modifiers: tier ? [`service_tier:${tier}`] : undefined,
  })
  readError(objectAt(body, 'error'), facts)
}

function readError(error: JsonObject | undefined, facts: CallFacts): void {
  if (error) facts.error = textAt(error, 'code') ?? textAt(error, 'type') ?? '_OTHER'
}

/** Chat completions and embeddings: `prompt_tokens`, `completion_tokens` and their details. */
function chatUsage(usage: JsonObject | undefined): Usage | undefined {
  const input = countAt(usage, 'prompt_tokens')
  if (input === undefined) return undefined
  const result: Usage = { input, output: countAt(usage, 'completion_tokens') ?? 0 }
  const inputDetails = objectAt(usage, 'prompt_tokens_details')
  const outputDetails = objectAt(usage, 'completion_tokens_details')
  assign(result, {
    cacheRead: countAt(inputDetails, 'cached_tokens'),
    cacheWrite: countAt(inputDetails, 'cache_write_tokens'),
    audioInput: countAt(inputDetails, 'audio_tokens'),
    imageInput: countAt(inputDetails, 'image_tokens'),
    reasoning: countAt(outputDetails, 'reasoning_tokens'),
    audioOutput: countAt(outputDetails, 'audio_tokens'),
  })
  return result
}

function responsesUsage(usage: JsonObject | undefined): Usage | undefined {
  const input = countAt(usage, 'input_tokens')
  if (input === undefined) return undefined
  const result: Usage = { input, output: countAt(usage, 'output_tokens') ?? 0 }
  const inputDetails = objectAt(usage, 'input_tokens_details')
  assign(result, {
    cacheRead: countAt(inputDetails, 'cached_tokens'),
    cacheWrite: countAt(inputDetails, 'cache_write_tokens'),
    audioInput: countAt(inputDetails, 'audio_tokens'),
    imageInput: countAt(inputDetails, 'image_tokens'),
    reasoning: countAt(objectAt(usage, 'output_tokens_details'), 'reasoning_tokens'),
  })
  return result
}

function readChat(body: JsonObject, facts: CallFacts): void {
  readCommon(body, facts)
  assign(facts, { usage: chatUsage(objectAt(body, 'usage')) })
  const reasons = listAt(body, 'choices').flatMap((choice) => textAt(choice, 'finish_reason') ?? [])
  if (reasons.length > 0) facts.finishReasons = reasons
}

function readChatChunk(chunk: JsonObject, facts: CallFacts): void {
  readChat(chunk, facts)
  // The chunk that `include_usage` asks for is the last one; usage beside choices may still be running.
  if (facts.usage && Array.isArray(chunk.choices) && chunk.choices.length === 0) facts.complete = true
}

/** A response object: the body of a JSON answer, and inside the terminal event of a stream. */
function readResponse(body: JsonObject, facts: CallFacts): void {
  readCommon(body, facts)
  assign(facts, { usage: responsesUsage(objectAt(body, 'usage')) })
  const status = textAt(body, 'status')
  if (status === 'completed') facts.finishReasons = ['completed']
  else if (status === 'incomplete') {
    facts.finishReasons = [textAt(objectAt(body, 'incomplete_details'), 'reason') ?? 'incomplete']
  } else if (status === 'failed') facts.error ??= '_OTHER'
}

function readResponseEvent(event: JsonObject, facts: CallFacts): void {
  const type = textAt(event, 'type')
  if (type === 'error') {
    readError(event, facts)
    // An `error` event has the error's fields beside its own type, or inside `error`.
    const code = textAt(event, 'code')
    facts.error = code ?? 'error'
    readError(objectAt(event, 'error'), facts)
    return
  }
  const response = objectAt(event, 'response')
  if (response) readResponse(response, facts)
  if (type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed') {
    facts.complete = true
  }
}

const ANSWER_PATHS = [
  'model',
  'id',
  'usage',
  'service_tier',
  'error',
  'status',
  'incomplete_details',
] as const

/** Where chunks come before what ends a stream: the first names model and id, the last holds usage. */
function chatChunkMatters(data: string): boolean {
  return (
    (data.includes('"usage"') && !data.includes('"usage":null') && !data.includes('"usage": null')) ||
    data.includes('"role"') ||
    data.includes('"error"') ||
    (data.includes('"finish_reason":') &&
      !data.includes('"finish_reason":null') &&
      !data.includes('"finish_reason": null'))
  )
}

const TERMINAL = /^response\.(?:created|completed|incomplete|failed)$/

export const openai: Provider = defineProvider({
  name: 'openai',
  hosts: ['api.openai.com', '*.api.openai.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    {
      path: '/chat/completions',
      operation: 'chat',
      attributes: { [ATTR.openaiApiType]: 'chat_completions' },
      paths: ANSWER_PATHS,
      read: readChat,
      stream: {
        paths: ANSWER_PATHS,
        terminator: '[DONE]',
        matters: (_event, data) => chatChunkMatters(data),
        textLength: (_event, data) =>
          quotedLength(data, 'content') || quotedLength(data, 'arguments') || quotedLength(data, 'refusal'),
        read: readChatChunk,
      },
    },
    {
      path: '/responses',
      operation: 'chat',
      attributes: { [ATTR.openaiApiType]: 'responses' },
      paths: ANSWER_PATHS,
      read: readResponse,
      stream: {
        paths: ['type', 'code', 'error', ...ANSWER_PATHS.map((path) => `response.${path}`)],
        matters: (event, data) =>
          event === ''
            ? data.includes('"response":') || data.includes('"type":"error"')
            : event === 'error' || TERMINAL.test(event),
        textLength: (_event, data) => quotedLength(data, 'delta'),
        read: readResponseEvent,
      },
    },
    {
      path: '/embeddings',
      operation: 'embeddings',
      paths: ['model', 'usage', 'error'],
      read: readChat,
    },
  ],
})
