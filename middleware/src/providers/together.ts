/**
 * Together AI: chat, legacy completions, embeddings, reranking, images, videos, and speech both ways.
 *
 * Wire format: https://docs.together.ai/reference. A stream's usage stands beside the choice that finishes.
 */
import type { Provider } from './provider.ts'
import { images } from './wire/image-generation.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { videos } from './wire/openai-jobs.ts'
import { openAiSpeech } from './wire/openai-speech.ts'
import { totalTokens } from './wire/total-tokens.ts'
import { transcription } from './wire/transcription.ts'

export const together: Provider = openAiCompatible({
  name: 'together_ai',
  priceBook: 'together',
  hosts: ['api.together.ai', 'api.together.xyz'],
  more: [
    images('/v1/images/generations'),
    ...videos('/v2/videos'),
    totalTokens('/v1/rerank', 'rerank'),
    openAiSpeech('/v1/audio/speech'),
    transcription('/v1/audio/transcriptions'),
    transcription('/v1/audio/translations'),
  ],
})
