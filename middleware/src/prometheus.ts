/**
 * Prometheus: what the middleware measures, for a `/metrics` route of the host.
 *
 * Invariant: a registry of its own, so that nothing collides with the host's metrics; names are those of
 * OpenTelemetry by its rules of translation. Measuring begins with the first call of a function in here.
 */
import type { Attributes } from '@opentelemetry/api'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { ATTR } from './telemetry/attributes.ts'
import { type Counts, counters } from './telemetry/counters.ts'
import { type MetricSink, sinks } from './telemetry/measurements.ts'
import {
  METRIC,
  type MetricDefinition,
  type MetricKey,
  prometheusName,
  SELF,
  SELF_LABEL,
  TOKEN_MODALITY,
} from './telemetry/metric-names.ts'

const KEY = Symbol.for('spanmeter.prometheus.v1')

const CALL = [ATTR.operation, ATTR.provider, ATTR.requestModel, ATTR.errorType]
const REQUEST = [ATTR.httpMethod, ATTR.httpRoute, ATTR.httpStatusCode]
/** Fewer than OpenTelemetry's, because every combination of values is a series for good. */
function labelsOf(metric: MetricKey): string[] {
  if (metric === 'requestDuration') return REQUEST
  if (metric === 'meterQuantity') return [ATTR.meterName, ATTR.meterUnit]
  return METRIC[metric].name.includes('.usage.') ? [...CALL, TOKEN_MODALITY] : CALL
}

const label = (name: string): string => name.replaceAll('.', '_')

/**
 * The registry that holds the middleware's metrics, to be merged with the host's own:
 * `Registry.merge([register, registry()])`.
 */
export function registry(): Registry {
  const holder = globalThis as { [KEY]?: Registry }
  if (holder[KEY]) return holder[KEY]
  const created = new Registry()
  holder[KEY] = created
  sinks().add(createSink(created))
  observeSelf(created)
  return created
}

/** The metrics as text, and the content type to send it with. */
export async function metricsText(): Promise<{ contentType: string; body: string }> {
  const all = registry()
  return { contentType: all.contentType, body: await all.metrics() }
}

/** The part of a Node response that the handler uses. */
interface MetricsResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/**
 * A handler that answers with the metrics, for Express, Connect and `node:http`.
 *
 * @example
 * ```ts
 * app.get('/metrics', metricsHandler())
 * ```
 */
export function metricsHandler(): (request: unknown, response: MetricsResponse) => void {
  registry()
  return function metrics(_request, response) {
    metricsText().then(
      ({ contentType, body }) => {
        response.setHeader('content-type', contentType)
        response.end(body)
      },
      () => {
        response.statusCode = 500
        response.end()
      },
    )
  }
}

/**
 * The metrics as a web `Response`, for Hono, Next.js and their like.
 *
 * @example
 * ```ts
 * app.get('/metrics', () => metricsResponse())
 * ```
 */
export async function metricsResponse(): Promise<Response> {
  const { contentType, body } = await metricsText()
  return new Response(body, { headers: { 'content-type': contentType } })
}

function createSink(into: Registry): MetricSink {
  const takers = new Map<MetricKey, (value: number, attributes: Attributes) => void>()
  for (const [key, definition] of Object.entries(METRIC) as [MetricKey, MetricDefinition][]) {
    const names = labelsOf(key)
    const options = {
      name: prometheusName(definition),
      help: definition.description,
      labelNames: names.map(label),
      registers: [into],
    }
    const read = (attributes: Attributes) =>
      Object.fromEntries(names.map((name) => [label(name), String(attributes[name] ?? '')]))
    if (definition.bounds) {
      const histogram = new Histogram({ ...options, buckets: [...definition.bounds] })
      takers.set(key, (value, attributes) => histogram.observe(read(attributes), value))
    } else {
      const counter = new Counter(options)
      takers.set(key, (value, attributes) => counter.inc(read(attributes), value))
    }
  }
  return { ready: () => true, take: (metric, value, attributes) => takers.get(metric)?.(value, attributes) }
}

function observeSelf(into: Registry): void {
  const observe = (definition: MetricDefinition, names: string[], counts: () => Counts) =>
    new Counter({
      name: prometheusName(definition),
      help: definition.description,
      labelNames: names.map(label),
      registers: [into],
      collect() {
        this.reset()
        for (const [words, value] of counts()) {
          const parts = words.split('\n')
          this.inc(Object.fromEntries(names.map((name, at) => [label(name), parts[at] ?? ''])), value)
        }
      },
    })
  observe(SELF.calls, [ATTR.provider, ATTR.usageSource], () => counters().calls)
  observe(SELF.failures, [SELF_LABEL.place], () => counters().failures)
  observe(SELF.dropped, [SELF_LABEL.reason], () => counters().dropped)
  observe(SELF.sent, [], () => new Map([['', counters().sent]]))
  new Gauge({
    name: prometheusName(SELF.queued, false),
    help: SELF.queued.description,
    registers: [into],
    collect() {
      this.set(counters().queued)
    },
  })
}
