/**
 * Every metric that Spanmeter records, in one place.
 *
 * Invariant: no other file spells a metric's name. OpenTelemetry's current GenAI client metrics
 * (semantic-conventions-genai; they are in development and change) and HTTP server metrics (stable), and our own
 * under `spanmeter.`.
 */

const doubling = (first: number, factor: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => Number((first * factor ** step).toPrecision(12)))

/** Bucket bounds of the conventions. */
const SECONDS = doubling(0.01, 2, 14)
const TOKENS = doubling(1, 4, 14)
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

export interface MetricDefinition {
  /** As OpenTelemetry has it. */
  name: string
  unit: string
  description: string
  /** Upper bounds; a metric with them is a histogram. */
  bounds?: readonly number[]
}

export type MetricKey =
  | 'callDuration'
  | 'embeddingsDuration'
  | 'timeToFirstChunk'
  | 'operationInput'
  | 'operationOutput'
  | 'embeddingsInput'
  | 'inputTokens'
  | 'outputTokens'
  | 'cacheReadTokens'
  | 'cacheWriteTokens'
  | 'reasoningTokens'
  | 'requestDuration'
  | 'meterQuantity'

/** What is recorded of calls, requests and meters. */
export const METRIC: Record<MetricKey, MetricDefinition> = {
  callDuration: {
    name: 'gen_ai.client.inference.duration',
    unit: 's',
    description: 'Duration of calls to models',
    bounds: SECONDS,
  },
  embeddingsDuration: {
    name: 'gen_ai.client.embeddings.duration',
    unit: 's',
    description: 'Duration of calls for embeddings',
    bounds: SECONDS,
  },
  timeToFirstChunk: {
    name: 'gen_ai.client.inference.time_to_first_chunk',
    unit: 's',
    description: 'Time to the first chunk of streamed answers',
    bounds: SECONDS,
  },
  operationInput: {
    name: 'gen_ai.client.inference.operation.input_tokens',
    unit: '{token}',
    description: 'Input tokens a call',
    bounds: TOKENS,
  },
  operationOutput: {
    name: 'gen_ai.client.inference.operation.output_tokens',
    unit: '{token}',
    description: 'Output tokens a call',
    bounds: TOKENS,
  },
  embeddingsInput: {
    name: 'gen_ai.client.embeddings.operation.input_tokens',
    unit: '{token}',
    description: 'Input tokens a call for embeddings',
    bounds: TOKENS,
  },
  inputTokens: {
    name: 'gen_ai.client.inference.usage.input_tokens',
    unit: '{token}',
    description: 'Input tokens, cached ones included',
  },
  outputTokens: {
    name: 'gen_ai.client.inference.usage.output_tokens',
    unit: '{token}',
    description: 'Output tokens, reasoning included',
  },
  cacheReadTokens: {
    name: 'gen_ai.client.inference.usage.cache_read.input_tokens',
    unit: '{token}',
    description: 'Input tokens that were read from a cache',
  },
  cacheWriteTokens: {
    name: 'gen_ai.client.inference.usage.cache_write.input_tokens',
    unit: '{token}',
    description: 'Input tokens that were written to a cache',
  },
  reasoningTokens: {
    name: 'gen_ai.client.inference.usage.reasoning.output_tokens',
    unit: '{token}',
    description: 'Output tokens of reasoning',
  },
  requestDuration: {
    name: 'http.server.request.duration',
    unit: 's',
    description: 'Duration of requests that the service answered',
    bounds: HTTP_SECONDS,
  },
  meterQuantity: {
    name: 'spanmeter.meter.quantity',
    unit: '1',
    description: 'Quantities recorded by meter(), in the unit of each meter',
  },
}

/** What Spanmeter says of itself; read when asked, not recorded. */
export const SELF: Record<'calls' | 'failures' | 'dropped' | 'sent' | 'queued', MetricDefinition> = {
  calls: { name: 'spanmeter.calls', unit: '{call}', description: 'Calls metered' },
  failures: { name: 'spanmeter.failures', unit: '{failure}', description: 'Failures inside Spanmeter' },
  dropped: { name: 'spanmeter.spans.dropped', unit: '{span}', description: 'Spans that were not delivered' },
  sent: { name: 'spanmeter.spans.sent', unit: '{span}', description: 'Spans that the endpoint took' },
  queued: { name: 'spanmeter.spans.queued', unit: '{span}', description: 'Spans that wait to be sent' },
}

/** The required dimension of token counters. */
export const TOKEN_MODALITY = 'gen_ai.token.modality'
/** Dimensions of what Spanmeter says of itself. */
export const SELF_LABEL = { place: 'spanmeter.place', reason: 'spanmeter.reason' } as const

/** A metric's name in Prometheus, by OpenTelemetry's rules of translation. */
export function prometheusName(
  definition: MetricDefinition,
  isCounter: boolean = !definition.bounds,
): string {
  const { name, unit } = definition
  const base = name.replaceAll('.', '_') + (unit === 's' ? '_seconds' : '')
  return isCounter ? `${base}_total` : base
}
