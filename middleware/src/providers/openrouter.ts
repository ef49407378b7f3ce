/**
 * OpenRouter: chat, legacy completions, embeddings, responses, messages, images and speech of everybody's
 * models.
 *
 * Wire format: https://openrouter.ai/docs/use-cases/usage-accounting. `usage.cost` is what the account is
 * charged, in USD. With the caller's own key (`is_byok`) that is only OpenRouter's fee, and the upstream
 * provider bills `cost_details.upstream_inference_cost` on top. A stream that fails says so in a chunk.
 */
import { addDecimals, assign, decimalText, objectAt } from './fields.ts'
import type { CallFacts, JsonObject, Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { images } from './wire/image-generation.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { openAiSpeech } from './wire/openai-speech.ts'
import { transcription } from './wire/transcription.ts'

function readCost(raw: JsonObject, facts: CallFacts): void {
  const charged = decimalText(raw.cost)
  if (charged === undefined) return
  if (raw.is_byok !== true) {
    facts.cost = charged
    return
  }
  const upstream = decimalText(objectAt(raw, 'cost_details')?.upstream_inference_cost)
  // Without the upstream's part the sum is not known, and the fee alone would pass for the cost.
  assign(facts, { cost: upstream === undefined ? undefined : addDecimals(charged, upstream) })
}

export const openrouter: Provider = openAiCompatible({
  name: 'openrouter',
  hosts: ['openrouter.ai', '*.openrouter.ai'],
  requestIdHeaders: ['x-generation-id', 'x-request-id'],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  dialect: { usage: (_usage, raw, facts) => readCost(raw, facts) },
  more: [
    messages('/v1/messages', { usage: readCost }),
    transcription('/v1/audio/transcriptions', readCost),
    images('/v1/images/generations', readCost),
    openAiSpeech('/v1/audio/speech'),
  ],
})
