/**
 * Zhipu (GLM, China): chat, embeddings, and the Anthropic-compatible messages.
 *
 * Wire format: https://docs.bigmodel.cn. The same API as Z.ai under prices of its own.
 */
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const zhipu: Provider = openAiCompatible({
  name: 'zhipu',
  priceBook: 'zhipuai',
  hosts: ['open.bigmodel.cn'],
  serves: ['chat', 'embeddings'],
  more: [messages('/api/anthropic/v1/messages')],
})
