/**
 * Anthropic: messages, and batches of them.
 *
 * Wire format: https://platform.claude.com/docs/en/api/messages.
 */
import { defineProvider, type Provider } from './provider.ts'
import { messageBatches } from './wire/anthropic-batches.ts'
import { messages } from './wire/anthropic-messages.ts'

export const anthropic: Provider = defineProvider({
  name: 'anthropic',
  hosts: ['api.anthropic.com'],
  requestIdHeaders: ['request-id'],
  endpoints: [messages(), ...messageBatches()],
})
