/**
 * Mistral: chat, agents, conversations, fill-in-the-middle, embeddings, speech both ways, OCR by the page, and batches.
 *
 * Wire format: https://docs.mistral.ai/api. The last chunk of a stream carries usage without being asked.
 * Cached input is spelled `num_cached_tokens`, `prompt_tokens_details` or `prompt_token_details`. Errors are
 * `{object: 'error', type, code}` without a wrapper.
 */
import { assign, countAt, objectAt, quotedLength, textAt } from './fields.ts'
import type { CallFacts, Endpoint, JsonObject, Provider } from './provider.ts'
import { ERROR_PATHS, readError } from './wire/errors.ts'
import { metered } from './wire/metered.ts'
import { batchJobs } from './wire/mistral-batches.ts'
import { chatCompletions, completions, embeddings } from './wire/openai-chat.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { openAiSpeech } from './wire/openai-speech.ts'
import { transcription } from './wire/transcription.ts'

const ocr: Endpoint = {
  path: '/v1/ocr',
  operation: 'ocr',
  paths: ['model', 'usage_info', ...ERROR_PATHS],
  read(body, facts) {
    readError(body, facts)
    assign(facts, { responseModel: textAt(body, 'model') })
    const pages = countAt(objectAt(body, 'usage_info'), 'pages_processed')
    if (pages !== undefined) facts.meter = { name: 'ocr', quantity: pages, unit: 'page' }
  },
}

/**
 * Conversations with agents: usage of all that the agents did, and of connectors, whose tokens are beside the prompt's.
 * A stream names its last event `conversation.response.done`.
 */
function conversations(path: string): Endpoint {
  const chat = chatCompletions({
    usage(usage, raw) {
      usage.input += countAt(raw, 'connector_tokens') ?? 0
    },
  })
  function read(body: JsonObject, facts: CallFacts): void {
    chat.read(body, facts)
    assign(facts, { responseId: textAt(body, 'conversation_id') })
    const run = Object.entries(objectAt(objectAt(body, 'usage'), 'connectors') ?? {})
    const tools = run.flatMap(([name, calls]) => metered(name, calls, 'call') ?? [])
    if (tools.length > 0) facts.moreMeters = tools
  }
  return {
    path,
    operation: 'chat',
    paths: ['conversation_id', ...chat.paths],
    read,
    stream: {
      paths: ['type', 'conversation_id', ...chat.paths],
      matters: (event, data) => !event.endsWith('.delta') && !data.includes('.delta"'),
      textLength: (_event, data) => quotedLength(data, 'content'),
      read(event, facts) {
        read(event, facts)
        if (event.type === 'conversation.response.done') facts.complete = true
        if (event.type === 'conversation.response.error') facts.error ??= '_OTHER'
      },
    },
  }
}

/** Billed by the token, but its answers do not say how many. */
const moderation = (path: string): Endpoint => ({ ...embeddings({}, path), operation: 'moderation' })

export const mistral: Provider = openAiCompatible({
  name: 'mistral_ai',
  priceBook: 'mistral',
  hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
  requestIdHeaders: ['mistral-correlation-id', 'x-kong-request-id', 'x-request-id'],
  serves: ['chat', 'embeddings'],
  more: [
    completions({}, '/v1/fim/completions'),
    chatCompletions({}, '/v1/agents/completions'),
    conversations('/v1/conversations'),
    conversations('/v1/conversations/{id}'),
    transcription('/v1/audio/transcriptions'),
    openAiSpeech('/v1/audio/speech'),
    ocr,
    moderation('/v1/moderations'),
    moderation('/v1/chat/moderations'),
    ...batchJobs(),
  ],
})
