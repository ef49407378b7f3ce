/**
 * xAI: chat, legacy completions, embeddings, responses, images, videos, speech and realtime.
 *
 * Wire format: https://docs.x.ai/developers/cost-tracking. Every usage object says what was billed, tools
 * included, as `cost_in_usd_ticks` (10^10 ticks are one USD). In chat, reasoning is counted beside
 * `completion_tokens`; in responses it is part of the output.
 */

import { formatCost } from '../pricing/decimal.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { assign, countAt, objectAt, textAt } from './fields.ts'
import type { CallFacts, Endpoint, JsonObject, Provider } from './provider.ts'
import { ERROR_PATHS, readError } from './wire/errors.ts'
import { images } from './wire/image-generation.ts'
import { metered, speech } from './wire/metered.ts'
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

const VIDEO_ENDED: ReadonlySet<string> = new Set(['done', 'failed', 'expired'])

/** Videos are made in the background; the answer that has one says what was billed. */
const video: Omit<Endpoint, 'path'> = {
  operation: 'video_generation',
  attributes: { [ATTR.outputType]: 'video' },
  paths: ['request_id', 'status', 'model', 'video.duration', 'video.url', 'usage', ...ERROR_PATHS],
  read(body, facts) {
    const status = textAt(body, 'status')
    const id = textAt(body, 'request_id') ?? facts.job?.id
    if (id === undefined || (status === undefined && !body.request_id && !body.video)) {
      readError(body, facts)
      return
    }
    const done = status === undefined ? body.video !== undefined : VIDEO_ENDED.has(status)
    facts.job = { id, done }
    assign(facts, {
      responseId: id,
      responseModel: textAt(body, 'model'),
      meter: metered('video_generation', objectAt(body, 'video')?.duration, 'second'),
    })
    readCost(objectAt(body, 'usage') ?? {}, facts)
    if (status === 'failed' || status === 'expired') facts.error = `video_${status}`
  },
}

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
    ...['generations', 'edits', 'extensions'].map((kind) => ({ ...video, path: `/videos/${kind}` })),
    { ...video, path: '/videos/{job}', method: 'GET', poll: true },
    realtime(),
    speech('/v1/tts', { text: 'text' }),
  ],
})
