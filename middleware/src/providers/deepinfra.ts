/**
 * DeepInfra: chat, legacy completions, embeddings, and the Anthropic-compatible messages.
 *
 * Wire format: https://deepinfra.com/docs/openai_api. `usage.estimated_cost` is what it takes for the call, USD.
 */
import { assign, decimalText } from './fields.ts'
import type { CallFacts, JsonObject, Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { openAiCompatible } from './wire/openai-family.ts'

function readCost(raw: JsonObject, facts: CallFacts): void {
  assign(facts, { cost: decimalText(raw.estimated_cost) })
}

export const deepinfra: Provider = openAiCompatible({
  name: 'deepinfra',
  hosts: ['api.deepinfra.com'],
  dialect: { usage: (_usage, raw, facts) => readCost(raw, facts) },
  more: [messages('/anthropic/v1/messages', { usage: readCost })],
})
