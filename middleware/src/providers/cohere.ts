/**
 * Cohere: chat, embeddings, reranking, parsing and batches (v2 and v1), and its OpenAI-compatible API.
 *
 * Wire format: https://docs.cohere.com/reference. Usage is what is billed (`billed_units`), not what the model
 * consumed (`tokens`). A v2 stream has it in `message-end`, a v1 stream (lines of JSON) in `stream-end`.
 * Reranking is billed by search units, classification by the item, parsing by the page.
 */
import { assign, countAt, decimalText, objectAt, quotedLength, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { chatCompletions, embeddings } from './wire/openai-chat.ts'

/** @param holder has `billed_units`; `usage` in v2 chat, `meta` elsewhere */
function readBilled(holder: JsonObject | undefined, facts: CallFacts): void {
  const billed = objectAt(holder, 'billed_units')
  if (!billed) return
  const tokens = countAt(billed, 'input_tokens')
  const image = countAt(billed, 'image_tokens') ?? 0
  if (tokens !== undefined || image > 0) {
    facts.usage = { input: (tokens ?? 0) + image, output: countAt(billed, 'output_tokens') ?? 0 }
    if (image > 0) facts.usage.imageInput = image
    return
  }
  const searches = countAt(billed, 'search_units')
  const classified = countAt(billed, 'classifications')
  const pages = countAt(billed, 'pages')
  if (pages !== undefined) facts.meter = { name: 'ocr', quantity: pages, unit: 'page' }
  else if (searches !== undefined) facts.meter = { name: 'rerank', quantity: searches, unit: 'search_unit' }
  else if (classified !== undefined) {
    facts.meter = { name: 'classify', quantity: classified, unit: 'classification' }
  }
}

/** An error is a body that has a message and nothing of an answer; there is no code in it. */
function read(body: JsonObject, facts: CallFacts): void {
  const reason = textAt(body, 'finish_reason')
  assign(facts, {
    responseId: textAt(body, 'id') ?? textAt(body, 'generation_id'),
    finishReasons: reason ? [reason] : undefined,
  })
  readBilled(objectAt(body, 'usage') ?? objectAt(body, 'meta'), facts)
  if (typeof body.message === 'string' && !facts.usage && !facts.meter) facts.error = '_OTHER'
}

function readEvent(event: JsonObject, facts: CallFacts): void {
  const delta = objectAt(event, 'delta')
  assign(facts, { responseId: textAt(event, 'id') })
  if (event.type !== 'message-end') {
    if (event.type === 'error' || typeof event.message === 'string') facts.error = '_OTHER'
    return
  }
  const reason = textAt(delta, 'finish_reason')
  if (reason) facts.finishReasons = [reason]
  if (reason === 'ERROR' || textAt(delta, 'error')) facts.error = '_OTHER'
  readBilled(objectAt(delta, 'usage'), facts)
  facts.complete = true
}

/** Batches say their totals, as text; what they cost is not published as one factor. */
function batches(): Endpoint[] {
  const batch: Endpoint = {
    path: '/v2/batches',
    operation: 'batch',
    paths: ['batch', 'message'],
    read(body, facts) {
      const said = objectAt(body, 'batch')
      const id = textAt(said, 'id')
      const status = textAt(said, 'status')?.replace('BATCH_STATUS_', '')
      if (id === undefined || status === undefined) {
        if (textAt(body, 'message')) facts.error = '_OTHER'
        return
      }
      assign(facts, { responseId: id, responseModel: textAt(said, 'model') })
      facts.job = { id, done: ['COMPLETED', 'FAILED', 'CANCELED'].includes(status) }
      if (status === 'FAILED') facts.error = 'batch_failed'
      const input = decimalText(said?.input_tokens)
      if (input === undefined) return
      facts.usage = { input: Number(input), output: Number(decimalText(said?.output_tokens) ?? 0) }
      facts.modifiers = ['service_tier:batch']
    },
  }
  return [batch, { ...batch, path: '/v2/batches/{id}', method: 'GET', poll: true }]
}

const PATHS = ['id', 'generation_id', 'finish_reason', 'usage', 'meta', 'message']

const plain = (path: string, operation: string): Endpoint => ({ path, operation, paths: PATHS, read })

export const cohere: Provider = defineProvider({
  name: 'cohere',
  hosts: ['api.cohere.com', 'api.cohere.ai'],
  requestIdHeaders: ['x-debug-trace-id', 'x-request-id'],
  endpoints: [
    {
      ...plain('/v2/chat', 'chat'),
      maxOutput: 'max_tokens',
      stream: {
        paths: ['type', 'id', 'delta'],
        matters: (event, data) =>
          data.includes('"message-end"') || data.includes('"message-start"') || event === 'error',
        textLength: (_event, data) =>
          quotedLength(data, 'text') || quotedLength(data, 'thinking') || quotedLength(data, 'arguments'),
        read: readEvent,
      },
    },
    {
      ...plain('/v1/chat', 'chat'),
      maxOutput: 'max_tokens',
      stream: {
        paths: ['event_type', 'response', 'generation_id', 'is_finished', 'message'],
        matters: (_event, data) => !data.includes('"text-generation"'),
        textLength: (_event, data) => (data.includes('"text-generation"') ? quotedLength(data, 'text') : 0),
        read(event, facts) {
          if (event.event_type !== 'stream-end') {
            assign(facts, { responseId: textAt(event, 'generation_id') })
            return
          }
          const response = objectAt(event, 'response')
          if (response) read(response, facts)
          if (textAt(event, 'finish_reason')?.startsWith('ERROR')) facts.error = '_OTHER'
          facts.complete = true
        },
      },
    },
    plain('/v2/parse', 'ocr'),
    plain('/v1/summarize', 'text_completion'),
    plain('/v1/generate', 'text_completion'),
    plain('/v2/embed', 'embeddings'),
    plain('/v1/embed', 'embeddings'),
    plain('/v2/rerank', 'rerank'),
    plain('/v1/rerank', 'rerank'),
    plain('/v1/classify', 'classify'),
    plain('/v2/audio/transcriptions', 'transcription'),
    ...batches(),
    chatCompletions({}, '/compatibility/v1/chat/completions'),
    embeddings({}, '/compatibility/v1/embeddings'),
  ],
})
