/**
 * Baseten's model APIs: chat. Dedicated deployments have hosts of their own and are billed by time.
 *
 * Wire format: https://docs.baseten.co/inference/model-apis.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const baseten: Provider = openAiCompatible({
  name: 'baseten',
  hosts: ['inference.baseten.co'],
  serves: ['chat'],
})
