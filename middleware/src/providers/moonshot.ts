/**
 * Moonshot AI (Kimi): chat, and the Anthropic-compatible messages.
 *
 * Wire format: https://platform.moonshot.ai/docs/api/chat. Cached input is `cached_tokens`, right in the usage
 * object; in streams the usage may stand inside the last choice instead.
 */
import { listAt, objectAt } from './fields.ts'
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const moonshot: Provider = openAiCompatible({
  name: 'moonshot_ai',
  priceBook: 'moonshotai',
  hosts: ['api.moonshot.ai', 'api.moonshot.cn'],
  requestIdHeaders: ['msh-request-id', 'x-request-id'],
  serves: ['chat'],
  dialect: { usageIn: (body) => objectAt(listAt(body, 'choices')[0], 'usage') },
  more: [messages('/anthropic/v1/messages')],
})
