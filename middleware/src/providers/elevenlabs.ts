/**
 * ElevenLabs: speech, sound and voice changing by the character, speech to text and conversations by the second.
 *
 * Wire format: https://elevenlabs.io/docs/api-reference. The header `character-cost` says what was billed, after
 * the multipliers of model and voice; without it the characters of the text are counted.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, objectAt, textAt } from './fields.ts'
import { defineProvider, type Endpoint, type Provider } from './provider.ts'
import { conversationSocket } from './wire/conversation-socket.ts'
import { billedCharacters, metered, speech } from './wire/metered.ts'
import { spokenSocket } from './wire/spoken-socket.ts'

const VOICE = '/v1/text-to-speech/{id}'
const TEXT = { text: 'text', model: 'model_id' }

function made(path: string, name: string): Endpoint {
  return {
    path,
    operation: 'speech',
    attributes: { [ATTR.outputType]: 'speech' },
    paths: ['detail'],
    request: {
      paths: ['model_id'],
      read(fields, facts) {
        assign(facts, { requestModel: textAt(fields, 'model_id')?.slice(0, 256) })
        // Without the header nobody knows how much it was.
        facts.moreMeters = [{ name, quantity: 1, unit: 'call' }]
      },
    },
    read(body, facts) {
      assign(facts, { error: textAt(objectAt(body, 'detail'), 'status') })
    },
  }
}

const transcribe: Endpoint = {
  path: '/v1/speech-to-text',
  operation: 'transcription',
  attributes: { [ATTR.outputType]: 'text' },
  paths: ['audio_duration_secs', 'transcription_id', 'detail'],
  request: {
    paths: ['model_id'],
    read: (fields, facts) => assign(facts, { requestModel: textAt(fields, 'model_id')?.slice(0, 256) }),
  },
  read(body, facts) {
    assign(facts, {
      responseId: textAt(body, 'transcription_id'),
      meter: metered('transcription', body.audio_duration_secs, 'second'),
      error: textAt(objectAt(body, 'detail'), 'status'),
    })
  },
}

/** What it costs is said nowhere in the conversation. */
const converse = conversationSocket('/v1/convai/conversation', {
  matters: (data) => data.includes('"conversation_initiation_metadata"'),
  paths: ['conversation_initiation_metadata_event.conversation_id'],
  read: (message) => ({
    id: textAt(objectAt(message, 'conversation_initiation_metadata_event'), 'conversation_id'),
  }),
})

const spoken = (path: string): Endpoint =>
  speech(path, { ...TEXT, error: (body) => textAt(objectAt(body, 'detail'), 'status') })

export const elevenlabs: Provider = defineProvider({
  name: 'elevenlabs',
  hosts: ['api.elevenlabs.io', 'api.us.elevenlabs.io', '*.residency.elevenlabs.io'],
  requestIdHeaders: ['request-id', 'x-request-id'],
  headers: {
    names: ['character-cost'],
    read: (values, facts) => billedCharacters(values['character-cost'], facts),
  },
  endpoints: [
    spoken(VOICE),
    spoken(`${VOICE}/stream`),
    spoken(`${VOICE}/with-timestamps`),
    spoken(`${VOICE}/stream/with-timestamps`),
    spokenSocket(`${VOICE}/stream-input`, TEXT),
    spokenSocket(`${VOICE}/multi-stream-input`, TEXT),
    transcribe,
    converse,
    made('/v1/sound-generation', 'sound'),
    made('/v1/music', 'music'),
    made('/v1/speech-to-speech/{id}', 'voice_changer'),
    made('/v1/speech-to-speech/{id}/stream', 'voice_changer'),
  ],
})
