/**
 * Cartesia: speech by the character, speech to text by the second.
 *
 * Wire format: https://docs.cartesia.ai/api-reference. Answers of speech say nothing of usage, so the characters
 * of `transcript` in the request are counted; `/stt` says `duration` in seconds.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, textAt } from './fields.ts'
import { defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { readError } from './wire/errors.ts'
import { metered, oneCall, speech } from './wire/metered.ts'
import { spokenSocket } from './wire/spoken-socket.ts'

const SPOKEN = {
  text: 'transcript',
  model: 'model_id',
  error: (body: JsonObject) => textAt(body, 'error_code'),
}

const transcribe: Endpoint = {
  path: '/stt',
  operation: 'transcription',
  attributes: { [ATTR.outputType]: 'text' },
  paths: ['duration', 'error', 'error_code'],
  read(body, facts) {
    readError(body, facts)
    assign(facts, {
      error: textAt(body, 'error_code'),
      meter: metered('transcription', body.duration, 'second'),
    })
  },
}

/** Says nothing of what it is billed by. */
const change: Endpoint = {
  path: '/voice-changer/bytes',
  operation: 'speech',
  attributes: { [ATTR.outputType]: 'speech' },
  paths: ['error'],
  request: {
    paths: [],
    read(_fields, facts) {
      facts.meter = oneCall('voice_changer', 'call')
    },
  },
  read: readError,
}

export const cartesia: Provider = defineProvider({
  name: 'cartesia',
  hosts: ['api.cartesia.ai'],
  requestIdHeaders: ['x-request-id', 'cartesia-request-id'],
  endpoints: [
    speech('/tts/bytes', SPOKEN),
    speech('/tts/sse', SPOKEN),
    spokenSocket('/tts/websocket', { ...SPOKEN, context: 'context_id' }),
    transcribe,
    change,
  ],
})
