/**
 * SambaNova Cloud: chat, embeddings and responses. The price book has none of its prices.
 *
 * Wire format: https://docs.sambanova.ai.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const sambanova: Provider = openAiCompatible({
  name: 'sambanova',
  hosts: ['api.sambanova.ai'],
  serves: ['chat', 'embeddings', 'responses'],
})
