/**
 * Fireworks AI: chat, legacy completions, embeddings, responses, and the Anthropic-compatible messages.
 *
 * Wire format: https://docs.fireworks.ai/api-reference. Usage comes with the last chunk of a stream.
 */
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const fireworks: Provider = openAiCompatible({
  name: 'fireworks_ai',
  priceBook: 'fireworks',
  hosts: ['api.fireworks.ai'],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  more: [messages('/inference/v1/messages')],
})
