/**
 * AssemblyAI: transcripts by the second, counted when they are completed, the same over WebSockets, and its gateway
 * to language models.
 *
 * Wire format: https://www.assemblyai.com/docs/api-reference. `POST /v2/transcript` begins a transcript;
 * `GET /v2/transcript/{id}` says `status` and, once completed, `audio_duration` in seconds.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, listAt, textAt } from './fields.ts'
import type { CallFacts, Endpoint, JsonObject, Provider } from './provider.ts'
import { heardSocket } from './wire/heard-socket.ts'
import { metered } from './wire/metered.ts'
import { openAiCompatible } from './wire/openai-family.ts'

function read(body: JsonObject, facts: CallFacts): void {
  const id = textAt(body, 'id')
  const status = textAt(body, 'status')
  assign(facts, {
    responseId: id,
    responseModel: textAt(body, 'speech_model_used') ?? textAt(body, 'speech_model'),
  })
  if (id === undefined || status === undefined) {
    if (textAt(body, 'error')) facts.error = '_OTHER'
    return
  }
  facts.job = { id, done: status === 'completed' || status === 'error' }
  if (status === 'error') facts.error = 'transcript_error'
  else assign(facts, { meter: metered('transcription', body.audio_duration, 'second') })
}

const transcript: Endpoint = {
  path: '/v2/transcript',
  operation: 'transcription',
  attributes: { [ATTR.outputType]: 'text' },
  paths: ['id', 'status', 'error', 'speech_model', 'speech_model_used', 'audio_duration'],
  request: {
    paths: ['speech_model', 'speech_models'],
    read(fields, facts) {
      const [first] = listAt(fields, 'speech_models')
      const named = textAt(fields, 'speech_model') ?? (typeof first === 'string' ? first : undefined)
      assign(facts, { requestModel: named?.slice(0, 256) })
    },
  },
  read,
}

/** Billed by how long it is open: https://www.assemblyai.com/docs/streaming. */
const streaming = heardSocket('/v3/ws', {
  model: 'speech_model',
  last: 'Termination',
  paths: ['session_duration_seconds', 'audio_duration_seconds'],
  read(message, facts) {
    const heard = metered('audio', message.audio_duration_seconds, 'second')
    assign(facts, {
      meter: metered('transcription', message.session_duration_seconds, 'second'),
      moreMeters: heard && [heard],
    })
  },
})

export const assemblyai: Provider = openAiCompatible({
  name: 'assemblyai',
  hosts: [
    'api.assemblyai.com',
    'api.eu.assemblyai.com',
    'llm-gateway.assemblyai.com',
    'streaming.assemblyai.com',
    'streaming.eu.assemblyai.com',
  ],
  serves: ['chat'],
  more: [transcript, { ...pollOf(transcript), path: '/v2/transcript/{id}' }, streaming],
})

function pollOf({ request: _request, ...endpoint }: Endpoint): Endpoint {
  return { ...endpoint, method: 'GET', poll: true }
}
