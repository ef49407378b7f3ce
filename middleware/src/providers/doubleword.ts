/**
 * Doubleword: chat, embeddings and responses.
 *
 * Wire format: https://docs.doubleword.ai.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const doubleword: Provider = openAiCompatible({
  name: 'doubleword',
  hosts: ['api.doubleword.ai'],
  serves: ['chat', 'embeddings', 'responses'],
})
