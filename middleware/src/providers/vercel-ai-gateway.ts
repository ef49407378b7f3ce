/**
 * Vercel AI Gateway: OpenAI's and Anthropic's API, and that of the AI SDK, of everybody's models.
 *
 * Wire format: https://vercel.com/docs/ai-gateway and https://ai-sdk.dev/providers/ai-sdk-providers/ai-gateway. The
 * charge is decimal text in `gateway.cost` of `provider_metadata` (`providerMetadata` in the AI SDK's API), which stands
 * beside the usage, in the choice, or in the response. With the caller's own key the gateway charges nothing and its
 * market cost is the maker's price: that is priced by the book. Models are `{maker}/{model}`.
 */
import { assign, countAt, decimalText, listAt, objectAt, quotedLength, textAt } from './fields.ts'
import type { CallFacts, Endpoint, JsonObject, Provider, Usage } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { readError } from './wire/errors.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { ofMaker } from './wire/upstreams.ts'

/** @param holder has the metadata, under one of two names */
function readCharge(holder: unknown, facts: CallFacts): void {
  const metadata = objectAt(holder, 'provider_metadata') ?? objectAt(holder, 'providerMetadata')
  const gateway = objectAt(metadata, 'gateway')
  const cost = decimalText(gateway?.cost)
  if (cost === undefined) return
  const market = decimalText(gateway?.marketCost)
  const ownKey = Number(cost) === 0 && market !== undefined && Number(market) > 0
  assign(facts, { cost: ownKey ? undefined : cost })
}

function readCharges(body: JsonObject, facts: CallFacts): void {
  readCharge(body, facts)
  readCharge(objectAt(body, 'response'), facts)
  for (const choice of listAt(body, 'choices')) {
    readCharge(objectAt(choice, 'message') ?? objectAt(choice, 'delta'), facts)
  }
}

/** Numbers of the AI SDK: plain ones up to its fifth major, totals with their parts from the sixth on. */
function sdkUsage(raw: JsonObject | undefined): Usage | undefined {
  const count = (key: string) => countAt(raw, key) ?? countAt(objectAt(raw, key), 'total')
  const input = count('inputTokens') ?? countAt(raw, 'tokens')
  if (input === undefined) return undefined
  const asked = objectAt(raw, 'inputTokens')
  const usage: Usage = { input, output: count('outputTokens') ?? 0 }
  assign(usage, {
    cacheRead: countAt(asked, 'cacheRead') ?? countAt(raw, 'cachedInputTokens'),
    cacheWrite: countAt(asked, 'cacheWrite'),
    reasoning: countAt(objectAt(raw, 'outputTokens'), 'reasoning') ?? countAt(raw, 'reasoningTokens'),
  })
  return usage
}

/** A body, or a part of a stream: `response-metadata` has the model, `finish` the rest. */
function readSdk(body: JsonObject, facts: CallFacts): void {
  readError(body, facts)
  const gateway = objectAt(objectAt(body, 'providerMetadata'), 'gateway')
  const reason = body.finishReason
  const finished = textAt(body, 'finishReason') ?? textAt(reason, 'unified')
  assign(facts, {
    responseId: textAt(gateway, 'generationId'),
    responseModel: textAt(objectAt(gateway, 'routing'), 'canonicalSlug') ?? textAt(body, 'modelId'),
    finishReasons: finished === undefined ? undefined : [finished],
    usage: sdkUsage(objectAt(body, 'usage')),
  })
  readCharge(body, facts)
  if (body.type === 'finish' && facts.usage) facts.complete = true
}

/** Where a charge stands in a body that is too large to be parsed as a whole. */
const CHARGES = ['', 'choices[].message.', 'choices[].delta.'].flatMap((holder) =>
  ['cost', 'marketCost'].map((key) => `${holder}provider_metadata.gateway.${key}`),
)

const SDK_PATHS = ['type', 'usage', 'finishReason', 'providerMetadata.gateway', 'modelId', 'error', 'code']

function sdk(kind: string, operation: string): Endpoint {
  return {
    path: `/ai/${kind}-model`,
    operation,
    paths: SDK_PATHS,
    read: readSdk,
    stream: {
      paths: SDK_PATHS,
      terminator: '[DONE]',
      matters: (_event, data) => /"type":"(?:finish|error|response-metadata|result)"/.test(data),
      textLength: (_event, data) => (data.includes('-delta"') ? quotedLength(data, 'delta') : 0),
      read: readSdk,
    },
  }
}

export const vercelAiGateway: Provider = openAiCompatible({
  name: 'vercel_ai_gateway',
  hosts: ['ai-gateway.vercel.sh'],
  requestIdHeaders: ['x-vercel-id'],
  pricedAs: ofMaker,
  serves: ['chat', 'embeddings', 'responses'],
  dialect: { also: readCharges, paths: CHARGES },
  more: [
    messages('/v1/messages', { also: readCharges, paths: CHARGES }),
    sdk('language', 'chat'),
    sdk('embedding', 'embeddings'),
    sdk('image', 'image_generation'),
    sdk('video', 'video_generation'),
    sdk('reranking', 'rerank'),
    sdk('speech', 'speech'),
    sdk('transcription', 'transcription'),
  ],
})
