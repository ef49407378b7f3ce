/**
 * OpenAI's chat completions, legacy completions and embeddings, as OpenAI and everybody compatible speaks them.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/chat. Usage is `prompt_tokens`,
 * `completion_tokens` and their details, in the body or in a late chunk of a stream. Cached tokens are part of
 * the input and reasoning is part of the output, unless a dialect says otherwise.
 *
 * Invariant: `complete` is set by what ends a stream on the wire (`[DONE]`, usage once every choice has
 * finished) and by nothing else; usage that is still running is overwritten, never added up.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, countAt, listAt, objectAt, quotedLength, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Usage } from '../provider.ts'
import { ERROR_PATHS, readError } from './errors.ts'

/** What a provider does differently. */
export interface ChatDialect {
  /** The request's field that caps its answer, where it is not `max_tokens`. */
  maxOutput?: string
  /** Changes what was read from the usage object `raw`, or takes more from it (cost). */
  usage?(usage: Usage, raw: JsonObject, facts: CallFacts): void
  /** Finds the usage object where it is not `usage`. */
  usageIn?(body: JsonObject): JsonObject | undefined
  /** Reads what else an answer, or a chunk of one, says. */
  also?(body: JsonObject, facts: CallFacts): void
  /** Further paths that `usageIn` and `also` look at. */
  paths?: readonly string[]
  /** The provider may end a stream without `[DONE]`. */
  endsUnmarked?: boolean
}

const PATHS = ['model', 'id', 'usage', 'service_tier', 'choices[].finish_reason', ...ERROR_PATHS]

/** Where the tokens read from a cache stand: inside the details, or beside them under the provider's own name. */
function cacheRead(usage: JsonObject | undefined): number | undefined {
  return (
    countAt(objectAt(usage, 'prompt_tokens_details'), 'cached_tokens') ??
    countAt(objectAt(usage, 'prompt_token_details'), 'cached_tokens') ??
    countAt(usage, 'prompt_cache_hit_tokens') ??
    countAt(usage, 'num_cached_tokens') ??
    countAt(usage, 'cached_tokens')
  )
}

/** @param usage `prompt_tokens`, `completion_tokens` and their details, or `undefined` where there is none */
export function chatUsage(usage: JsonObject | undefined): Usage | undefined {
  const input = countAt(usage, 'prompt_tokens')
  if (input === undefined) return undefined
  const result: Usage = { input, output: countAt(usage, 'completion_tokens') ?? 0 }
  const inputDetails = objectAt(usage, 'prompt_tokens_details')
  const outputDetails = objectAt(usage, 'completion_tokens_details')
  assign(result, {
    cacheRead: cacheRead(usage),
    cacheWrite:
      countAt(inputDetails, 'cache_write_tokens') ?? countAt(inputDetails, 'cache_creation_input_tokens'),
    audioInput: countAt(inputDetails, 'audio_tokens'),
    imageInput: countAt(inputDetails, 'image_tokens'),
    reasoning: countAt(outputDetails, 'reasoning_tokens') ?? countAt(usage, 'reasoning_tokens'),
    audioOutput: countAt(outputDetails, 'audio_tokens'),
  })
  return result
}

/**
 * For providers that count reasoning (or anything else) beside `completion_tokens`: all output is what the
 * total holds beyond the input, and where there is no total, completion plus reasoning.
 */
export function countReasoningApart(usage: Usage, raw: JsonObject): void {
  const total = countAt(raw, 'total_tokens')
  usage.output = Math.max(
    usage.output,
    total === undefined ? usage.output + (usage.reasoning ?? 0) : total - usage.input,
  )
}

/** Model, id and service tier of an answer. */
export function readCommon(body: JsonObject, facts: CallFacts): void {
  const tier = textAt(body, 'service_tier')
  assign(facts, {
    responseModel: textAt(body, 'model'),
    responseId: textAt(body, 'id'),
    serviceTier: tier,
    modifiers: tier ? modifiersOf(tier) : undefined,
  })
}

/** Answers have few tiers, and every one has one. */
const known = new Map<string, string[]>()

function modifiersOf(tier: string): string[] {
  const modifiers = known.get(tier) ?? [`service_tier:${tier}`]
  if (known.size < 100) known.set(tier, modifiers)
  return modifiers
}

function reader(dialect: ChatDialect): (body: JsonObject, facts: CallFacts) => boolean {
  return (body, facts) => {
    readCommon(body, facts)
    readError(body, facts)
    const raw = objectAt(body, 'usage') ?? dialect.usageIn?.(body)
    const usage = chatUsage(raw)
    if (raw && usage) {
      dialect.usage?.(usage, raw, facts)
      facts.usage = usage
    }
    const reasons: string[] = []
    for (const choice of listAt(body, 'choices')) {
      const reason = textAt(choice, 'finish_reason')
      if (reason !== undefined) reasons.push(reason)
    }
    if (reasons.length > 0) facts.finishReasons = reasons
    dialect.also?.(body, facts)
    return usage !== undefined
  }
}

function chunkReader(dialect: ChatDialect): (chunk: JsonObject, facts: CallFacts) => void {
  const read = reader(dialect)
  return (chunk, facts) => {
    const reported = read(chunk, facts)
    const choices = listAt(chunk, 'choices')
    const afterAll = choices.length === 0 || choices.every((choice) => textAt(choice, 'finish_reason'))
    if (reported && afterAll && facts.finishReasons) facts.complete = true
  }
}

/** Where chunks come before what ends a stream: the first names model and id, a late one holds usage. */
function chunkMatters(data: string): boolean {
  return (
    (data.includes('"usage"') && !data.includes('"usage":null') && !data.includes('"usage": null')) ||
    data.includes('"role"') ||
    data.includes('"error"') ||
    (data.includes('"finish_reason":') &&
      !data.includes('"finish_reason":null') &&
      !data.includes('"finish_reason": null'))
  )
}

function endpoint(
  path: string,
  operation: string,
  dialect: ChatDialect,
  textLength: (data: string) => number,
): Endpoint {
  const read = reader(dialect)
  const paths = [...PATHS, ...(dialect.paths ?? [])]
  return {
    path,
    operation,
    paths,
    read: (body, facts) => void read(body, facts),
    stream: {
      paths,
      terminator: '[DONE]',
      ...(dialect.endsUnmarked ? { endsUnmarked: true } : {}),
      matters: (_event, data) => chunkMatters(data),
      textLength: (_event, data) => textLength(data),
      read: chunkReader(dialect),
    },
  }
}

/** Chat completions. @param path where it is not `/chat/completions` */
export function chatCompletions(dialect: ChatDialect = {}, path: string = '/chat/completions'): Endpoint {
  const built = endpoint(
    path,
    'chat',
    dialect,
    (data) =>
      quotedLength(data, 'content') ||
      quotedLength(data, 'arguments') ||
      quotedLength(data, 'reasoning_content') ||
      quotedLength(data, 'reasoning') ||
      quotedLength(data, 'refusal'),
  )
  return {
    ...built,
    maxOutput: dialect.maxOutput ?? 'max_tokens',
    attributes: { [ATTR.openaiApiType]: 'chat_completions' },
  }
}

/** Legacy completions. @param path where it is not `/v1/completions` */
export function completions(dialect: ChatDialect = {}, path: string = '/v1/completions'): Endpoint {
  const built = endpoint(path, 'text_completion', dialect, (data) => quotedLength(data, 'text'))
  return { ...built, maxOutput: 'max_tokens' }
}

/** Embeddings: input only, never streamed. */
export function embeddings(dialect: ChatDialect = {}, path: string = '/embeddings'): Endpoint {
  const read = reader(dialect)
  return {
    path,
    operation: 'embeddings',
    paths: [...PATHS, ...(dialect.paths ?? [])],
    read: (body, facts) => void read(body, facts),
  }
}
