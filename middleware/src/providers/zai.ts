/**
 * Z.ai (GLM, international): chat, embeddings, and the Anthropic-compatible messages.
 *
 * Wire format: https://docs.z.ai/api-reference. The last chunk of a stream carries usage without being asked.
 */
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const zai: Provider = openAiCompatible({
  name: 'zai',
  hosts: ['api.z.ai'],
  serves: ['chat', 'embeddings'],
  more: [messages('/api/anthropic/v1/messages')],
})
