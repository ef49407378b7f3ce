/**
 * Arcee: chat.
 *
 * Wire format: https://docs.arcee.ai.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const arcee: Provider = openAiCompatible({
  name: 'arcee',
  hosts: ['api.arcee.ai'],
  serves: ['chat'],
})
