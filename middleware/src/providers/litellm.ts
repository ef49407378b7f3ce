/**
 * A LiteLLM proxy, on a host that `hosts` in the options names: chat, legacy completions, embeddings,
 * responses and messages.
 *
 * Wire format: https://docs.litellm.ai/docs/proxy/response_headers. The cost is the header
 * `x-litellm-response-cost` of a JSON answer and `usage.cost` in the last chunk of a stream, whose head comes
 * before any cost is known. `x-litellm-cache-key` says that the proxy answered from its own cache, unless
 * `x-litellm-cache-hit` says otherwise. Model names
 * are the proxy's aliases: without a cost of the proxy's there is no price.
 */
import { assign, decimalText } from './fields.ts'
import type { CallFacts, JsonObject, Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { openAiCompatible } from './wire/openai-family.ts'

const COST = 'x-litellm-response-cost'
const CACHE_KEY = 'x-litellm-cache-key'
const CACHE_HIT = 'x-litellm-cache-hit'

function readCost(raw: JsonObject, facts: CallFacts): void {
  assign(facts, { cost: decimalText(raw.cost) })
}

export const litellm: Provider = openAiCompatible({
  name: 'litellm',
  hosts: [],
  deployments: true,
  requestIdHeaders: ['x-litellm-call-id'],
  headers: {
    names: [COST, CACHE_KEY, CACHE_HIT, 'content-type'],
    read(values, facts) {
      const hit = values[CACHE_HIT]
      if (hit === undefined ? values[CACHE_KEY] : hit.toLowerCase() === 'true') facts.fromCache = true
      else if (!values['content-type']?.startsWith('text/event-stream')) {
        assign(facts, { cost: decimalText(values[COST]) })
      }
    },
  },
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  dialect: { usage: (_usage, raw, facts) => readCost(raw, facts) },
  more: [messages('/v1/messages', { usage: readCost })],
})
