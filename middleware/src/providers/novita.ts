/**
 * Novita AI: chat, legacy completions and embeddings.
 *
 * Wire format: https://novita.ai/docs/api-reference.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const novita: Provider = openAiCompatible({
  name: 'novita',
  hosts: ['api.novita.ai'],
})
