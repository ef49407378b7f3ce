/**
 * Featherless: chat and legacy completions. It is billed by subscription, so calls have usage but no price.
 *
 * Wire format: https://featherless.ai/docs.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const featherless: Provider = openAiCompatible({
  name: 'featherless',
  hosts: ['api.featherless.ai'],
  serves: ['chat', 'completions'],
})
