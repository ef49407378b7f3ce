/**
 * Voyage AI: embeddings and reranking.
 *
 * Wire format: https://docs.voyageai.com/reference. `usage.total_tokens` is all input. Errors are `{detail}`.
 */
import { defineProvider, type Provider } from './provider.ts'
import { totalTokens } from './wire/total-tokens.ts'

export const voyage: Provider = defineProvider({
  name: 'voyage',
  priceBook: 'voyageai',
  hosts: ['api.voyageai.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    totalTokens('/v1/embeddings', 'embeddings'),
    totalTokens('/v1/multimodalembeddings', 'embeddings'),
    totalTokens('/v1/contextualizedembeddings', 'embeddings'),
    totalTokens('/v1/rerank', 'rerank'),
  ],
})
