/**
 * DeepSeek: chat, fill-in-the-middle, and the Anthropic-compatible messages.
 *
 * Wire format: https://api-docs.deepseek.com. Cached input is `prompt_cache_hit_tokens`, a part of the input;
 * prices depend on the time of day, which the price book knows.
 */
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { completions } from './wire/openai-chat.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const deepseek: Provider = openAiCompatible({
  name: 'deepseek',
  hosts: ['api.deepseek.com'],
  requestIdHeaders: ['x-ds-trace-id', 'x-request-id'],
  serves: ['chat'],
  more: [messages('/anthropic/v1/messages'), completions({}, '/beta/completions')],
})
