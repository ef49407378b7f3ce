/**
 * Jina AI: embeddings, reranking and classification.
 *
 * Wire format: https://api.jina.ai/docs. `usage.total_tokens` is all input. The price book has none of its
 * prices.
 */
import { defineProvider, type Provider } from './provider.ts'
import { totalTokens } from './wire/total-tokens.ts'

export const jina: Provider = defineProvider({
  name: 'jina',
  hosts: ['api.jina.ai'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    totalTokens('/v1/embeddings', 'embeddings'),
    totalTokens('/v1/rerank', 'rerank'),
    totalTokens('/v1/classify', 'classify'),
  ],
})
