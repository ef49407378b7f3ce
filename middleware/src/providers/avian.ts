/**
 * Avian: chat.
 *
 * Wire format: https://avian.io/docs.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const avian: Provider = openAiCompatible({
  name: 'avian',
  hosts: ['api.avian.io'],
  serves: ['chat'],
})
