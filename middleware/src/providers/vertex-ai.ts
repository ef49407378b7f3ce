/**
 * Google Vertex AI: generateContent and its stream, embeddings, Claude's messages, and the OpenAI-compatible API.
 *
 * Wire format: https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest. Models are in the path
 * (`/publishers/{publisher}/models/{model}:{method}`); the compatible API names them `google/{model}`.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { defineProvider, type Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { embedContent, generateContent, predictEmbeddings } from './wire/gemini.ts'
import { liveOfVertex } from './wire/gemini-live.ts'
import { fetchVideoOperation, predictImages, videoOperations } from './wire/gemini-media.ts'
import { chatCompletions, countReasoningApart } from './wire/openai-chat.ts'

const CLAUDE = '/publishers/anthropic/models/{model}'

export const vertexAi: Provider = defineProvider({
  name: 'gcp.vertex_ai',
  priceBook: 'google',
  hosts: ['aiplatform.googleapis.com', '*-aiplatform.googleapis.com', '*.rep.googleapis.com'],
  requestIdHeaders: ['x-goog-request-id', 'request-id'],
  endpoints: [
    ...generateContent(),
    embedContent('embedContent'),
    predictEmbeddings('/publishers/google/models/{model}:predict'),
    predictImages('/publishers/google/models/{model}:predict'),
    ...videoOperations(),
    fetchVideoOperation(),
    liveOfVertex(),
    messages(`${CLAUDE}:rawPredict`),
    { ...messages(`${CLAUDE}:streamRawPredict`), attributes: { [ATTR.requestStream]: true } },
    chatCompletions({ usage: countReasoningApart }, '/endpoints/openapi/chat/completions'),
  ],
  pricedAs: (model) =>
    model.startsWith('google/') ? { priceBook: 'google', model: model.slice('google/'.length) } : undefined,
})
