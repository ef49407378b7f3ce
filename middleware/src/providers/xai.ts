/**
 * xAI: chat, legacy completions, embeddings, responses, images, speech and realtime.
 *
 * Wire format: https://docs.x.ai/developers/cost-tracking. Every usage object says what was billed, tools
 * included, as `cost_in_usd_ticks` (10^10 ticks are one USD). In chat, reasoning is counted beside
 * `completion_tokens`; in responses it is part of the output.
 */

import { formatCost } from '../pricing/decimal.ts'
import { assign, countAt } from './fields.ts'
import type { CallFacts, JsonObject, Provider } from './provider.ts'
import { images } from './wire/image-generation.ts'
import { speech } from './wire/metered.ts'
import { chatCompletions, completions, countReasoningApart } from './wire/openai-chat.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { realtime } from './wire/openai-realtime.ts'

const TICKS_DECIMALS = 10

function readCost(raw: JsonObject, facts: CallFacts): void {
  const ticks = countAt(raw, 'cost_in_usd_ticks')
  assign(facts, { cost: ticks === undefined ? undefined : formatCost(ticks, TICKS_DECIMALS) })
}

const apart = {
  usage(usage, raw, facts) {
    countReasoningApart(usage, raw)
    readCost(raw, facts)
  },
} satisfies Parameters<typeof chatCompletions>[0]

export const xai: Provider = openAiCompatible({
  name: 'x_ai',
  priceBook: 'x-ai',
  hosts: ['api.x.ai', '*.api.x.ai'],
  serves: ['embeddings', 'responses'],
  dialect: { usage: (_usage, raw, facts) => readCost(raw, facts) },
  more: [
    chatCompletions(apart),
    completions(apart),
    images('/images/generations', readCost),
    images('/images/edits', readCost),
    realtime(),
    speech('/v1/tts', { text: 'text' }),
  ],
})
