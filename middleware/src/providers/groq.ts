/**
 * Groq: chat, embeddings, responses, and speech both ways.
 *
 * Wire format: https://console.groq.com/docs/api-reference. The last chunk of a chat stream carries usage
 * without being asked, as `usage` and as `x_groq.usage`; older answers have only the second.
 */
import { objectAt } from './fields.ts'
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { openAiSpeech } from './wire/openai-speech.ts'
import { transcription } from './wire/transcription.ts'

export const groq: Provider = openAiCompatible({
  name: 'groq',
  hosts: ['api.groq.com'],
  more: [
    transcription('/audio/transcriptions'),
    transcription('/audio/translations'),
    openAiSpeech('/audio/speech'),
  ],
  serves: ['chat', 'embeddings', 'responses'],
  dialect: { usageIn: (body) => objectAt(objectAt(body, 'x_groq'), 'usage'), paths: ['x_groq'] },
})
