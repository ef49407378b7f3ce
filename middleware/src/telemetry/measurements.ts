/**
 * What a span that ends is in numbers, and who wants to know.
 *
 * Invariant: few values a dimension. Names that come from outside (models, error codes) are bounded in number;
 * tenants, users, paths and ids are no dimensions.
 */
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { ATTR } from './attributes.ts'
import { count, counters } from './counters.ts'
import { type METRIC, TOKEN_MODALITY } from './metric-names.ts'

export type MetricKey = keyof typeof METRIC

/** Takes measurements, for OpenTelemetry or for Prometheus. */
export interface MetricSink {
  /** Whether anybody reads what it takes. */
  ready(): boolean
  take(metric: MetricKey, value: number, attributes: Attributes): void
}

const KEY = Symbol.for('spanmeter.sinks.v1')
const MAX_VALUES = 200
const OPERATION_OF_EMBEDDINGS = 'embeddings'
const CALL_DIMENSIONS = [
  ATTR.operation,
  ATTR.provider,
  ATTR.requestModel,
  ATTR.responseModel,
  ATTR.serverAddress,
  ATTR.serverPort,
  ATTR.errorType,
]
const REQUEST_DIMENSIONS = [
  ATTR.httpMethod,
  ATTR.urlScheme,
  ATTR.httpRoute,
  ATTR.httpStatusCode,
  ATTR.errorType,
]
/** Set by the service's own code or by the protocol. */
const UNBOUNDED_NAMES: ReadonlySet<string> = new Set([
  ATTR.requestModel,
  ATTR.responseModel,
  ATTR.errorType,
  ATTR.serverAddress,
  ATTR.httpRoute,
])

/** Sinks that are registered in this process. */
export function sinks(): Set<MetricSink> {
  const holder = globalThis as { [KEY]?: Set<MetricSink> }
  holder[KEY] ??= new Set()
  return holder[KEY]
}

const seen = new Map<string, Set<AttributeValue>>()

function bounded(name: string, value: AttributeValue): AttributeValue {
  if (!UNBOUNDED_NAMES.has(name)) return value
  const values = seen.get(name) ?? new Set()
  seen.set(name, values)
  if (!values.has(value)) {
    if (values.size >= MAX_VALUES) return '_OTHER'
    values.add(value)
  }
  return value
}

type Read = (name: string) => AttributeValue | undefined

function dimensions(names: readonly string[], read: Read): Attributes {
  const attributes: Attributes = {}
  for (const name of names) {
    const value = read(name)
    if (value !== undefined) attributes[name] = bounded(name, value)
  }
  return attributes
}

const NOBODY: readonly MetricSink[] = []

function listeners(): readonly MetricSink[] {
  let ready: MetricSink[] | undefined
  for (const sink of sinks()) {
    if (!sink.ready()) continue
    ready ??= []
    ready.push(sink)
  }
  return ready ?? NOBODY
}

/** A request that the service answered. @param seconds how long that took */
export function measureRequest(end: Attributes, start: Attributes, seconds: number): void {
  const ready = listeners()
  if (ready.length === 0) return
  const attributes = dimensions(REQUEST_DIMENSIONS, (name) => end[name] ?? start[name])
  for (const sink of ready) sink.take('requestDuration', seconds, attributes)
}

/** By source, then by provider: a text of both would have to be built, and hashed, for every call. */
const words = new Map<string, Map<string, string>>()

function wordOf(provider: string, source: string): string {
  const known = words.get(source) ?? new Map<string, string>()
  words.set(source, known)
  const word = known.get(provider)
  if (word !== undefined) return word
  if (known.size >= MAX_VALUES) known.clear()
  const built = `${provider}\n${source}`
  known.set(provider, built)
  return built
}

/** Counts a call by its provider and by where its usage comes from. */
export function countCall(end: Attributes, start: Attributes): void {
  const provider = end[ATTR.provider] ?? start[ATTR.provider]
  const source = end[ATTR.usageSource] ?? start[ATTR.usageSource]
  count(counters().calls, wordOf(String(provider ?? ''), String(source ?? 'missing')))
}

/** A call to a paid API, or a metered quantity. @param seconds how long it took */
export function measureCall(end: Attributes, start: Attributes, seconds: number): void {
  const meter = end[ATTR.meterKind] ?? start[ATTR.meterKind]
  if (meter === 'level') return
  countCall(end, start)
  const ready = listeners()
  if (ready.length === 0) return
  const read: Read = (name) => end[name] ?? start[name]
  if (meter === 'event') {
    const named = {
      [ATTR.meterName]: read(ATTR.meterName),
      [ATTR.meterUnit]: read(ATTR.meterUnit),
    } as Attributes
    for (const sink of ready) sink.take('meterQuantity', Number(read(ATTR.meterQuantity)), named)
    return
  }
  const attributes = dimensions(CALL_DIMENSIONS, read)
  for (const sink of ready) takeCall(sink, read, seconds, attributes)
}

function takeCall(sink: MetricSink, read: Read, seconds: number, attributes: Attributes): void {
  const number = (name: string): number | undefined => {
    const value = read(name)
    return typeof value === 'number' ? value : undefined
  }
  const input = number(ATTR.inputTokens)
  const output = number(ATTR.outputTokens)
  if (read(ATTR.operation) === OPERATION_OF_EMBEDDINGS) {
    sink.take('embeddingsDuration', seconds, attributes)
    if (input !== undefined) sink.take('embeddingsInput', input, attributes)
    return
  }
  sink.take('callDuration', seconds, attributes)
  const first = number(ATTR.timeToFirstChunk)
  if (first !== undefined) sink.take('timeToFirstChunk', first, attributes)
  if (input !== undefined) sink.take('operationInput', input, attributes)
  if (output !== undefined) sink.take('operationOutput', output, attributes)
  const tokens = (metric: MetricKey, modality: string, value: number | undefined) => {
    if (value) sink.take(metric, value, { ...attributes, [TOKEN_MODALITY]: modality })
  }
  for (const [metric, total, audio, image] of [
    ['inputTokens', input, number(ATTR.audioInputTokens) ?? 0, number(ATTR.imageInputTokens) ?? 0],
    ['outputTokens', output, number(ATTR.audioOutputTokens) ?? 0, number(ATTR.imageOutputTokens) ?? 0],
  ] as const) {
    if (total === undefined) continue
    tokens(metric, 'audio', audio)
    tokens(metric, 'image', image)
    // What a provider does not take apart may hold any modality.
    tokens(metric, audio + image > 0 ? 'text' : 'unknown', Math.max(0, total - audio - image))
  }
  tokens('cacheReadTokens', 'unknown', number(ATTR.cacheReadTokens))
  tokens('cacheWriteTokens', 'unknown', number(ATTR.cacheWriteTokens))
  tokens('reasoningTokens', 'text', number(ATTR.reasoningTokens))
}
