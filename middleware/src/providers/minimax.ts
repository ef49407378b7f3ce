/**
 * MiniMax: chat, responses, and the Anthropic-compatible messages.
 *
 * Wire format: https://platform.minimax.io/docs/api-reference. Errors come with status 200, as
 * `base_resp.status_code` other than 0.
 */
import { objectAt } from './fields.ts'
import type { Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { chatCompletions } from './wire/openai-chat.ts'
import { openAiCompatible } from './wire/openai-family.ts'

const dialect: Parameters<typeof chatCompletions>[0] = {
  paths: ['base_resp'],
  also(body, facts) {
    const status = objectAt(body, 'base_resp')?.status_code
    if (typeof status === 'number' && status !== 0) facts.error = String(status)
  },
}

export const minimax: Provider = openAiCompatible({
  name: 'minimax',
  hosts: ['api.minimax.io', 'api.minimaxi.com', 'api.minimax.chat'],
  requestIdHeaders: ['trace-id', 'x-request-id'],
  serves: ['chat', 'responses'],
  dialect,
  more: [messages('/anthropic/v1/messages'), chatCompletions(dialect, '/v1/text/chatcompletion_v2')],
})
