/**
 * Deepgram: speech to text by the second and channel, text to speech by the character, each also over WebSockets,
 * text intelligence by the token, and agents by the second of their connection.
 *
 * Wire format: https://developers.deepgram.com/reference. The model is in the query; `metadata.duration` is in
 * seconds of audio and every channel is billed. Characters of speech are in a header. An answer to a request with
 * `callback` has only an id: the result goes elsewhere, and the call is recorded without a quantity.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, countAt, decimalText, multiplyDecimals, objectAt, textAt } from './fields.ts'
import { defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { conversationSocket } from './wire/conversation-socket.ts'
import { heardSocket } from './wire/heard-socket.ts'
import { billedCharacters, speech } from './wire/metered.ts'
import { addUsage } from './wire/shares.ts'
import { spokenSocket } from './wire/spoken-socket.ts'

const listen: Endpoint = {
  path: '/v1/listen',
  operation: 'transcription',
  attributes: { [ATTR.outputType]: 'text' },
  paths: ['metadata', 'err_code', 'request_id'],
  request: {
    paths: [],
    query: ['model'],
    read: (fields, facts) => assign(facts, { requestModel: textAt(fields, 'model') }),
  },
  read(body, facts) {
    const metadata = objectAt(body, 'metadata')
    const error = textAt(body, 'err_code')
    const names = Object.values(objectAt(metadata, 'model_info') ?? {}).map((info) => textAt(info, 'name'))
    assign(facts, {
      error,
      responseId: textAt(metadata, 'request_id') ?? textAt(body, 'request_id'),
      responseModel: names.length === 1 ? names[0] : undefined,
    })
    const seconds = decimalText(metadata?.duration)
    if (seconds === undefined) return
    const channels = decimalText(metadata?.channels) ?? '1'
    facts.meter = {
      name: 'transcription',
      quantity: multiplyDecimals(seconds, channels === '0' ? '1' : channels),
      unit: 'second',
    }
  },
}

/** Each feature of text intelligence says its own tokens. */
const read: Endpoint = {
  path: '/v1/read',
  operation: 'classify',
  paths: ['metadata', 'err_code'],
  read(body, facts) {
    const metadata = objectAt(body, 'metadata')
    assign(facts, { error: textAt(body, 'err_code'), responseId: textAt(metadata, 'request_id') })
    for (const [name, info] of Object.entries(metadata ?? {})) {
      const input = name.endsWith('_info') ? countAt(info, 'input_tokens') : undefined
      if (input !== undefined) {
        facts.usage = addUsage(facts.usage, { input, output: countAt(info, 'output_tokens') ?? 0 })
      }
    }
  },
}

function endOf(message: JsonObject): number | undefined {
  const start = Number(decimalText(message.start) ?? Number.NaN)
  const end = start + Number(decimalText(message.duration) ?? Number.NaN)
  return Number.isNaN(end) ? Number(decimalText(message.audio_window_end) ?? Number.NaN) || undefined : end
}

/** Its last message is the `metadata` of a recording's answer. */
const live = (path: string): Endpoint =>
  heardSocket(path, {
    model: 'model',
    last: 'Metadata',
    paths: ['request_id', 'duration', 'channels', 'model_info', 'start', 'audio_window_end'],
    hears: (data) => data.includes('"Results"') || data.includes('"audio_window_end"'),
    heard: endOf,
    read: (message, facts) => {
      if (message.type === 'Metadata') listen.read({ metadata: message }, facts)
    },
  })

const agent = conversationSocket('/v1/agent/converse', {
  matters: (data) => /"type"\s*:\s*"(?:Welcome|Error)"/.test(data),
  paths: ['request_id', 'code'],
  read: (message) => ({
    id: textAt(message, 'request_id'),
    error: message.type === 'Error' ? (textAt(message, 'code') ?? '_OTHER') : undefined,
  }),
})

const SPOKEN = {
  text: 'text',
  modelInQuery: true,
  error: (body: JsonObject) => textAt(body, 'err_code'),
}

export const deepgram: Provider = defineProvider({
  name: 'deepgram',
  hosts: ['api.deepgram.com', 'api.eu.deepgram.com', 'agent.deepgram.com'],
  requestIdHeaders: ['dg-request-id', 'x-dg-request-id'],
  headers: {
    names: ['dg-char-count', 'x-dg-characters'],
    read: (values, facts) => billedCharacters(values['dg-char-count'] ?? values['x-dg-characters'], facts),
  },
  endpoints: [
    listen,
    speech('/v1/speak', SPOKEN),
    speech('/v2/speak', SPOKEN),
    read,
    live('/v1/listen'),
    live('/v2/listen'),
    agent,
    spokenSocket('/v1/speak', { text: 'text', model: 'model' }),
  ],
})
