/**
 * Portkey, on its own host or a gateway of one's own that `hosts` names: OpenAI's API and Anthropic's messages, of
 * everybody's models.
 *
 * Wire format: https://portkey.ai/docs/api-reference/inference-api/response-schema. Who served a call is in
 * `x-portkey-provider`, or in the model that was asked for (`@openai-prod/gpt-4o` names a key, not a maker). An answer
 * whose `x-portkey-cache-status` is a hit, simple or semantic, cost nothing.
 */
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { images } from './wire/image-generation.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { openAiSpeech } from './wire/openai-speech.ts'
import { transcription } from './wire/transcription.ts'
import { bookOfMaker, bookOfModel, ofMaker } from './wire/upstreams.ts'

const CACHE = 'x-portkey-cache-status'
const SERVED_BY = 'x-portkey-provider'

export const portkey: Provider = openAiCompatible({
  name: 'portkey',
  hosts: ['api.portkey.ai'],
  requestIdHeaders: ['x-portkey-trace-id', 'x-request-id'],
  headers: {
    names: [CACHE, SERVED_BY],
    read(values, facts) {
      if (/^(?:semantic )?hit$/i.test(values[CACHE] ?? '')) facts.fromCache = true
      const book = bookOfMaker(values[SERVED_BY] ?? '')
      if (book !== undefined) facts.priceBook = book
    },
  },
  pricedAs(asked) {
    const model = asked.startsWith('@') ? asked.slice(asked.indexOf('/') + 1) : asked
    const named = ofMaker(model)
    if (named) return named
    const priceBook = bookOfModel(model)
    return priceBook === undefined ? undefined : { priceBook, model }
  },
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  more: [
    messages(),
    images('/v1/images/generations'),
    images('/v1/images/edits'),
    transcription('/v1/audio/transcriptions'),
    transcription('/v1/audio/translations'),
    openAiSpeech('/v1/audio/speech'),
  ],
})
