/**
 * Google AI Studio (the Gemini API): generateContent, its stream and batches, embeddings, images, videos, the Live API,
 * and the OpenAI-compatible API.
 *
 * Wire format: https://ai.google.dev/api. In the compatible API `completion_tokens` leaves out thoughts, which
 * the total has.
 */
import { defineProvider, type Provider } from './provider.ts'
import { embedContent, generateContent } from './wire/gemini.ts'
import { generateBatches } from './wire/gemini-batches.ts'
import { interactions } from './wire/gemini-interactions.ts'
import { liveOfStudio } from './wire/gemini-live.ts'
import { predictImages, videoOperations } from './wire/gemini-media.ts'
import { chatCompletions, countReasoningApart, embeddings } from './wire/openai-chat.ts'

export const gemini: Provider = defineProvider({
  name: 'gcp.gemini',
  priceBook: 'google',
  hosts: ['generativelanguage.googleapis.com'],
  requestIdHeaders: ['x-goog-request-id'],
  endpoints: [
    ...generateContent(),
    embedContent('embedContent'),
    embedContent('batchEmbedContents'),
    predictImages(),
    ...videoOperations(),
    ...liveOfStudio(),
    ...generateBatches(),
    ...interactions(),
    chatCompletions({ usage: countReasoningApart }, '/openai/chat/completions'),
    embeddings({}, '/openai/embeddings'),
  ],
})
