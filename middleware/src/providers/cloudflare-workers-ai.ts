/**
 * Cloudflare Workers AI by its OpenAI-compatible API: chat, legacy completions, embeddings and responses.
 *
 * Wire format: https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility.
 */
import { defineProvider, type Provider } from './provider.ts'
import { chatCompletions, completions, embeddings } from './wire/openai-chat.ts'
import { responses } from './wire/openai-responses.ts'

export const cloudflareWorkersAi: Provider = defineProvider({
  name: 'cloudflare_workers_ai',
  priceBook: 'cloudflare',
  hosts: ['api.cloudflare.com'],
  requestIdHeaders: ['cf-ray'],
  endpoints: [chatCompletions(), completions(), embeddings({}, '/v1/embeddings'), responses()],
})
