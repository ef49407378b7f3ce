/**
 * OpenAI's realtime API over a WebSocket: one call a response, and one a transcript of what was said to it.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/realtime-server-events. `response.done` carries the
 * usage of its response, in text, audio and images, each partly cached; nothing else of a response does. The model is
 * the URL's until `session.created` says what it is.
 *
 * Invariant: a response is one call, however it ends: interrupted ones are billed too, and say their usage.
 */
import { assign, countAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, SocketSession, SocketStep, Usage } from '../provider.ts'
import { readError } from './errors.ts'
import { transcription } from './transcription.ts'

function usageOf(raw: JsonObject | undefined): Usage | undefined {
  const input = countAt(raw, 'input_tokens')
  if (input === undefined) return undefined
  const asked = objectAt(raw, 'input_token_details')
  const cached = objectAt(asked, 'cached_tokens_details')
  const said = objectAt(raw, 'output_token_details')
  const uncached = (key: string) => {
    const all = countAt(asked, key)
    return all === undefined ? undefined : Math.max(0, all - (countAt(cached, key) ?? 0))
  }
  const usage: Usage = { input, output: countAt(raw, 'output_tokens') ?? 0 }
  assign(usage, {
    cacheRead: countAt(asked, 'cached_tokens'),
    cacheReadAudio: countAt(cached, 'audio_tokens'),
    cacheReadImage: countAt(cached, 'image_tokens'),
    audioInput: uncached('audio_tokens'),
    imageInput: uncached('image_tokens'),
    audioOutput: countAt(said, 'audio_tokens'),
    reasoning: countAt(said, 'reasoning_tokens'),
  })
  return usage
}

/** @param body a response, with the `model` of the session */
function readResponse(body: JsonObject, facts: CallFacts): void {
  assign(facts, {
    responseId: textAt(body, 'id'),
    responseModel: textAt(body, 'model'),
    usage: usageOf(objectAt(body, 'usage')),
  })
  const status = textAt(body, 'status')
  if (status === undefined || status === 'in_progress') return
  facts.complete = true
  const details = objectAt(body, 'status_details')
  facts.finishReasons = [textAt(details, 'reason') ?? status]
  if (status !== 'failed') return
  readError({ error: objectAt(details, 'error') ?? {} }, facts)
}

const response: Endpoint = {
  path: '/realtime',
  operation: 'realtime',
  paths: ['id'],
  read: readResponse,
}
const transcript = transcription('/realtime')

const TRANSCRIBED = 'conversation.item.input_audio_transcription.completed'
const SERVER_MODEL = 'model'
const TRANSCRIBER = 'transcriber'

function readSession(settings: JsonObject | undefined, session: SocketSession): void {
  const model = textAt(settings, 'model')
  if (model !== undefined) {
    session.model = model
    session.notes.set(SERVER_MODEL, model)
  }
  const input = objectAt(objectAt(settings, 'audio'), 'input')
  const settingsOf = objectAt(input, 'transcription') ?? objectAt(settings, 'input_audio_transcription')
  const transcriber = textAt(settingsOf, 'model')
  if (transcriber !== undefined) session.notes.set(TRANSCRIBER, transcriber)
}

function read(message: JsonObject, session: SocketSession): readonly SocketStep[] {
  const { notes } = session
  switch (message.type) {
    case 'session.created':
    case 'session.updated':
      readSession(objectAt(message, 'session'), session)
      return []
    case 'response.created':
    case 'response.done': {
      const made = objectAt(message, 'response') ?? {}
      const id = textAt(made, 'id') ?? 'response'
      const body = notes.has(SERVER_MODEL) ? { ...made, model: notes.get(SERVER_MODEL) } : made
      return [{ id, endpoint: response, body, done: message.type === 'response.done' }]
    }
    case TRANSCRIBED: {
      const id = `${textAt(message, 'item_id')} ${message.content_index}`
      const model = textAt({ model: notes.get(TRANSCRIBER) }, 'model')
      return [{ id, endpoint: transcript, body: { usage: message.usage, model }, done: true, model }]
    }
    default:
      return []
  }
}

const PATHS = ['id', 'status', 'status_details', 'usage'].map((key) => `response.${key}`)

/** The realtime API. @param path where it is not `/realtime` */
export function realtime(path: string = '/realtime'): Endpoint {
  return {
    path,
    method: 'GET',
    operation: 'realtime',
    paths: ['error'],
    read: readError,
    request: {
      paths: [],
      query: ['model', 'deployment'],
      read: (fields, facts) =>
        assign(facts, { requestModel: textAt(fields, 'model') ?? textAt(fields, 'deployment') }),
    },
    socket: {
      matters: (data) =>
        /"type"\s*:\s*"(?:session\.(?:created|updated)|response\.(?:created|done))"/.test(data) ||
        data.includes(TRANSCRIBED),
      asks: (data) => /"type"\s*:\s*"response\.create"/.test(data),
      textLength(data) {
        const kind = /"type"\s*:\s*"response\.(?:output_)?(text|audio|audio_transcript)\.delta"/.exec(data)
        if (!kind) return undefined
        return kind[1] === 'text' ? quotedLength(data, 'delta') : 0
      },
      paths: ['type', 'item_id', 'content_index', 'session', 'usage', ...PATHS],
      read,
    },
  }
}
