/**
 * Google's generateContent and its stream, as AI Studio and Vertex AI speak them.
 *
 * Wire format: https://ai.google.dev/api/generate-content. The model is in the path. `promptTokenCount`
 * includes cached tokens but not those of tool use; `candidatesTokenCount` leaves out thoughts. Every chunk of
 * a stream carries cumulative usage, so the last one counts, and nothing marks the end of the stream.
 *
 * Invariant: a modality's input does not contain what was read from the cache, so that no token is in two
 * buckets.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, listAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, EventStream, JsonObject, Usage } from '../provider.ts'
import { readError } from './errors.ts'

/** Tokens of one modality in a list of `{modality, tokenCount}`; documents are counted as images. */
function ofModality(details: unknown[], modality: 'AUDIO' | 'IMAGE'): number {
  let sum = 0
  for (const detail of details) {
    const name = textAt(detail, 'modality')
    if (name === modality || (modality === 'IMAGE' && name === 'DOCUMENT')) {
      sum += countAt(detail, 'tokenCount') ?? 0
    }
  }
  return sum
}

function usageOf(meta: JsonObject): Usage | undefined {
  const prompt = countAt(meta, 'promptTokenCount')
  const thoughts = countAt(meta, 'thoughtsTokenCount')
  if (prompt === undefined && thoughts === undefined && countAt(meta, 'totalTokenCount') === undefined) {
    return undefined
  }
  const usage: Usage = {
    input: (prompt ?? 0) + (countAt(meta, 'toolUsePromptTokenCount') ?? 0),
    output:
      (countAt(meta, 'candidatesTokenCount') ?? countAt(meta, 'responseTokenCount') ?? 0) + (thoughts ?? 0),
  }
  const input = [...listAt(meta, 'promptTokensDetails'), ...listAt(meta, 'toolUsePromptTokensDetails')]
  const cached = listAt(meta, 'cacheTokensDetails')
  const output = [...listAt(meta, 'candidatesTokensDetails'), ...listAt(meta, 'responseTokensDetails')]
  const uncached = (modality: 'AUDIO' | 'IMAGE') =>
    Math.max(0, ofModality(input, modality) - ofModality(cached, modality)) || undefined
  assign(usage, {
    cacheRead: countAt(meta, 'cachedContentTokenCount'),
    cacheReadAudio: ofModality(cached, 'AUDIO') || undefined,
    cacheReadImage: ofModality(cached, 'IMAGE') || undefined,
    reasoning: thoughts,
    audioInput: uncached('AUDIO'),
    imageInput: uncached('IMAGE'),
    audioOutput: ofModality(output, 'AUDIO') || undefined,
    imageOutput: ofModality(output, 'IMAGE') || undefined,
  })
  return usage
}

/** What changes the price: a service tier, or traffic that is not billed on demand. */
function readTier(meta: JsonObject, facts: CallFacts): void {
  const tier = textAt(meta, 'serviceTier')
    ?.toLowerCase()
    .replace(/^service_tier_/, '')
  const traffic = textAt(meta, 'trafficType')?.toLowerCase()
  const modifiers = [
    ...(tier ? [`service_tier:${tier}`] : []),
    ...(traffic ? [`traffic_type:${traffic}`] : []),
  ]
  assign(facts, { serviceTier: tier, modifiers: modifiers.length > 0 ? modifiers : undefined })
}

/** An answer, or a message of the Live API. */
export function readGenerated(body: JsonObject, facts: CallFacts): void {
  readError(body, facts)
  // Google's codes are HTTP's numbers; the status is the word for it (`RESOURCE_EXHAUSTED`).
  const status = textAt(objectAt(body, 'error'), 'status')
  if (status) facts.error = status
  assign(facts, { responseModel: textAt(body, 'modelVersion'), responseId: textAt(body, 'responseId') })
  const meta = objectAt(body, 'usageMetadata')
  if (meta) {
    assign(facts, { usage: usageOf(meta) })
    readTier(meta, facts)
  }
  const reasons = listAt(body, 'candidates').flatMap((candidate) => textAt(candidate, 'finishReason') ?? [])
  if (reasons.length > 0) facts.finishReasons = reasons
}

const PATHS = ['usageMetadata', 'modelVersion', 'responseId', 'candidates[].finishReason', 'error']

/** `generateContent` and `streamGenerateContent` of Google's own models. */
export function generateContent(): Endpoint[] {
  const stream: EventStream = {
    paths: PATHS,
    endsUnmarked: true,
    matters: (_event, data) => data.includes('"usageMetadata"') || data.includes('"error"'),
    textLength: (_event, data) => quotedLength(data, 'text'),
    read: readGenerated,
  }
  const endpoint: Endpoint = {
    path: '/models/{model}:generateContent',
    operation: 'generate_content',
    maxOutput: 'generationConfig.maxOutputTokens',
    paths: PATHS,
    read: readGenerated,
    stream,
  }
  return [
    endpoint,
    {
      ...endpoint,
      path: '/models/{model}:streamGenerateContent',
      stream: { ...stream, asArray: true },
      attributes: { [ATTR.requestStream]: true },
    },
  ]
}

/** Embeddings by `:predict`, which counts the tokens of every one. @param path of `:predict` */
export function predictEmbeddings(path: string): Endpoint {
  return {
    path,
    models: /embedding|gecko/,
    operation: 'embeddings',
    paths: ['error', 'predictions[].embeddings.statistics.token_count'],
    read(body, facts) {
      readGenerated(body, facts)
      const counts = listAt(body, 'predictions').map((one) =>
        countAt(objectAt(objectAt(one, 'embeddings'), 'statistics'), 'token_count'),
      )
      if (counts.length > 0 && counts.every((count) => count !== undefined)) {
        facts.usage = { input: counts.reduce((sum, count) => sum + count, 0), output: 0 }
      }
    },
  }
}

/** Embeddings; only newer models report usage. @param method `embedContent` or `batchEmbedContents` */
export function embedContent(method: string): Endpoint {
  return { path: `/models/{model}:${method}`, operation: 'embeddings', paths: PATHS, read: readGenerated }
}
