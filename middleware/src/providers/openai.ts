/**
 * OpenAI: chat completions, responses, embeddings, legacy completions, images, audio, videos, batches and realtime.
 *
 * Wire format: https://platform.openai.com/docs/api-reference. A chat stream carries usage only where the request
 * asked for it with `stream_options.include_usage`. Moderations are free and not metered.
 */
import { defineProvider, type Provider } from './provider.ts'
import { images } from './wire/image-generation.ts'
import { chatCompletions, completions, embeddings } from './wire/openai-chat.ts'
import { batches, videos } from './wire/openai-jobs.ts'
import { liveSessions } from './wire/openai-live.ts'
import { realtime } from './wire/openai-realtime.ts'
import { backgroundResponses, responsesSocket, responseUsage } from './wire/openai-responses.ts'
import { openAiSpeech } from './wire/openai-speech.ts'
import { transcription } from './wire/transcription.ts'

export const openai: Provider = defineProvider({
  name: 'openai',
  hosts: ['api.openai.com', '*.api.openai.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    chatCompletions({ maxOutput: 'max_completion_tokens' }),
    ...backgroundResponses(),
    responseUsage('/responses/compact', 'chat'),
    responseUsage('/v1/decisions', 'decision'),
    embeddings(),
    completions(),
    images('/images/generations'),
    images('/images/edits'),
    transcription('/audio/transcriptions'),
    transcription('/audio/translations'),
    openAiSpeech('/audio/speech'),
    ...batches(),
    ...videos(),
    realtime(),
    responsesSocket(),
    liveSessions(),
  ],
})
