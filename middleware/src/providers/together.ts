/**
 * Together AI: chat, legacy completions and embeddings.
 *
 * Wire format: https://docs.together.ai/reference. A stream's usage stands beside the choice that finishes.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const together: Provider = openAiCompatible({
  name: 'together_ai',
  priceBook: 'together',
  hosts: ['api.together.ai', 'api.together.xyz'],
})
