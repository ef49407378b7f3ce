/**
 * Cerebras: chat and legacy completions.
 *
 * Wire format: https://inference-docs.cerebras.ai/api-reference. The last chunk of a stream carries usage
 * without being asked, beside `time_info`.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const cerebras: Provider = openAiCompatible({
  name: 'cerebras',
  hosts: ['api.cerebras.ai'],
  serves: ['chat', 'completions'],
})
