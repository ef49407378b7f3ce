/**
 * Attributes whose value is JSON with numbers in it: which of them go where.
 *
 * Invariant: any text is taken; what is no JSON object, or a number where none belongs, says nothing.
 */
import { NUMBER } from './fields.ts'

/** Kinds of such attributes. */
export const DETAILS = {
  usage: 0,
  cost: 1,
  providerMetadata: 2,
  hiddenParams: 3,
  inputDetails: 4,
  outputDetails: 5,
  rawUsage: 6,
  printedUsage: 7,
} as const

/** Takes a number for a field of `NUMBER`; of several, the lowest rank counts. */
export type TakeNumber = (field: number, rank: number, value: number) => void

type Json = Record<string, unknown>

/** Ranks after those of attributes that carry the number itself. */
const RANK = 100

/** Langfuse's own buckets, which contain nothing of each other, under the names that its SDKs use. */
const USAGE: Readonly<Record<string, number>> = {
  input: NUMBER.inputTokens,
  output: NUMBER.outputTokens,
  total: NUMBER.totalTokens,
  input_cached_tokens: NUMBER.cacheReadTokens,
  input_cached: NUMBER.cacheReadTokens,
  input_cache_read: NUMBER.cacheReadTokens,
  cache_read_input_tokens: NUMBER.cacheReadTokens,
  cache_read: NUMBER.cacheReadTokens,
  input_cache_creation: NUMBER.cacheWriteTokens,
  input_cache_write: NUMBER.cacheWriteTokens,
  cache_creation_input_tokens: NUMBER.cacheWriteTokens,
  cache_write: NUMBER.cacheWriteTokens,
  input_cache_creation_5m: NUMBER.cacheWrite5mTokens,
  input_cache_creation_1h: NUMBER.cacheWrite1hTokens,
  output_reasoning_tokens: NUMBER.reasoningTokens,
  output_reasoning: NUMBER.reasoningTokens,
  input_audio_tokens: NUMBER.inputAudioTokens,
  input_audio: NUMBER.inputAudioTokens,
  output_audio_tokens: NUMBER.outputAudioTokens,
  output_audio: NUMBER.outputAudioTokens,
  input_image_tokens: NUMBER.inputImageTokens,
  output_image_tokens: NUMBER.outputImageTokens,
}
/** The same attribute as a provider's own usage object: totals that contain their details. */
const PROVIDER_USAGE: readonly (readonly [path: string, field: number])[] = [
  ['prompt_tokens', NUMBER.inputTokens],
  ['completion_tokens', NUMBER.outputTokens],
  ['prompt_tokens_details.cached_tokens', NUMBER.cacheReadTokens],
  ['completion_tokens_details.reasoning_tokens', NUMBER.reasoningTokens],
]
/** Parts of the totals in the usage object of any provider, which Logfire passes on beside the totals. */
const RAW_USAGE: readonly (readonly [path: string, field: number])[] = [
  ['prompt_tokens_details.cached_tokens', NUMBER.cacheReadTokens],
  ['completion_tokens_details.reasoning_tokens', NUMBER.reasoningTokens],
  ['input_tokens_details.cached_tokens', NUMBER.cacheReadTokens],
  ['output_tokens_details.reasoning_tokens', NUMBER.reasoningTokens],
  ['cache_creation.ephemeral_5m_input_tokens', NUMBER.cacheWrite5mTokens],
  ['cache_creation.ephemeral_1h_input_tokens', NUMBER.cacheWrite1hTokens],
]
/** LiteLLM's usage object, printed by Python; parts of the totals, whoever the provider is. */
const PRINTED_USAGE: readonly (readonly [path: string, field: number])[] = [
  ['prompt_tokens_details.cached_tokens', NUMBER.cacheReadTokens],
  ['cache_read_input_tokens', NUMBER.cacheReadTokens],
  ['prompt_tokens_details.cache_creation_tokens', NUMBER.cacheWriteTokens],
  ['cache_creation_input_tokens', NUMBER.cacheWriteTokens],
  ['prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens', NUMBER.cacheWrite5mTokens],
  ['prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens', NUMBER.cacheWrite1hTokens],
  ['prompt_tokens_details.audio_tokens', NUMBER.inputAudioTokens],
  ['prompt_tokens_details.image_tokens', NUMBER.inputImageTokens],
  ['completion_tokens_details.reasoning_tokens', NUMBER.reasoningTokens],
  ['completion_tokens_details.audio_tokens', NUMBER.outputAudioTokens],
  ['completion_tokens_details.image_tokens', NUMBER.outputImageTokens],
]
/** What the AI SDK passes on of a provider's answer. */
const PROVIDER_METADATA: readonly (readonly [path: string, field: number])[] = [
  ['openrouter.usage.cost', NUMBER.billedCost],
  ['gateway.cost', NUMBER.billedCost],
  ['anthropic.usage.cache_creation_input_tokens', NUMBER.cacheWriteTokens],
  ['anthropic.usage.cache_creation.ephemeral_5m_input_tokens', NUMBER.cacheWrite5mTokens],
  ['anthropic.usage.cache_creation.ephemeral_1h_input_tokens', NUMBER.cacheWrite1hTokens],
  ['anthropic.usage.cache_read_input_tokens', NUMBER.cacheReadTokens],
  ['anthropic.cacheCreationInputTokens', NUMBER.cacheWriteTokens],
  ['anthropic.cacheReadInputTokens', NUMBER.cacheReadTokens],
  ['openai.cachedPromptTokens', NUMBER.cacheReadTokens],
  ['openai.reasoningTokens', NUMBER.reasoningTokens],
]

/** LangSmith's parts of the input total. */
const INPUT_DETAILS: readonly (readonly [path: string, field: number])[] = [
  ['cache_read', NUMBER.cacheReadTokens],
  ['cache_creation', NUMBER.cacheWriteTokens],
  ['ephemeral_5m_input_tokens', NUMBER.cacheWrite5mTokens],
  ['ephemeral_1h_input_tokens', NUMBER.cacheWrite1hTokens],
  ['audio', NUMBER.inputAudioTokens],
]
/** LangSmith's parts of the output total. */
const OUTPUT_DETAILS: readonly (readonly [path: string, field: number])[] = [
  ['reasoning', NUMBER.reasoningTokens],
  ['audio', NUMBER.outputAudioTokens],
]

/** Reads the JSON text of an attribute of kind `kind`. */
export function readDetails(kind: number, text: string, take: TakeNumber): void {
  let value: unknown
  try {
    value = JSON.parse(kind === DETAILS.printedUsage ? fromPython(text) : text)
  } catch {
    return
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return
  const details = value as Json
  if (kind === DETAILS.usage) readUsage(details, take)
  else if (kind === DETAILS.cost) readCost(details, take)
  else if (kind === DETAILS.providerMetadata) readPaths(PROVIDER_METADATA, details, take)
  else if (kind === DETAILS.inputDetails) readPaths(INPUT_DETAILS, details, take)
  else if (kind === DETAILS.rawUsage) readPaths(RAW_USAGE, details, take)
  else if (kind === DETAILS.printedUsage) readPaths(PRINTED_USAGE, details, take)
  else if (kind === DETAILS.outputDetails) readPaths(OUTPUT_DETAILS, details, take)
  else if (typeof details.cache_key === 'string' && details.cache_key !== '') {
    take(NUMBER.cachedAnswer, RANK, 1)
  }
}

/** A dictionary of numbers and plain words as Python prints it, as JSON. */
function fromPython(text: string): string {
  const words: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' }
  return text.replaceAll("'", '"').replace(/\b(None|True|False)\b/g, (word) => words[word] ?? word)
}

function readUsage(details: Json, take: TakeNumber): void {
  if (details.prompt_tokens !== undefined) {
    readPaths(PROVIDER_USAGE, details, take)
    return
  }
  for (const [name, amount] of Object.entries(details)) {
    const field = Object.hasOwn(USAGE, name) ? USAGE[name] : undefined
    const count = number(amount)
    if (field !== undefined && count !== undefined) take(field, RANK, count)
  }
  take(NUMBER.bucketsApart, RANK, 1)
}

/** The total, or the sum of the parts where there is none. */
function readCost(details: Json, take: TakeNumber): void {
  const parts = Object.values(details).flatMap((amount) => number(amount) ?? [])
  if (parts.length === 0) return
  take(
    NUMBER.reportedCost,
    RANK,
    number(details.total) ?? Number(parts.reduce((sum, part) => sum + part, 0).toFixed(12)),
  )
}

function readPaths(paths: readonly (readonly [string, number])[], details: Json, take: TakeNumber): void {
  for (const [path, field] of paths) {
    let value: unknown = details
    for (const part of path.split('.')) value = (value as Json | null | undefined)?.[part]
    const amount = number(value)
    if (amount !== undefined) take(field, RANK, amount)
  }
}

function number(value: unknown): number | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value)) return Number(value)
  return undefined
}
