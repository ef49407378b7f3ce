/**
 * Prometheus: what the middleware measures, for a `/metrics` route of the host.
 *
 * Invariant: a registry of its own, so that nothing collides with the host's metrics; names are those of
 * OpenTelemetry by its rules of translation. Measuring begins with the first call of a function in here.
 */
import type { Attributes } from '@opentelemetry/api'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { workOutLateEnds } from './capture/late-ends.ts'
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
interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
}

/** The part of Fastify's reply that the handler uses. */
interface FastifyReply {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body?: string): unknown
}

type MetricsHandler = (request: unknown, response: NodeResponse | FastifyReply) => void

/**
 * A handler that answers with the metrics, for Express, Connect, Fastify and `node:http`.
 *
 * It is one itself as well: `app.get('/metrics', metricsHandler)` does the same.
 *
 * @throws {Error} where it is called by a framework that answers in another way
 *
 * @example
 * ```ts
 * app.get('/metrics', metricsHandler())
 * ```
 */
export function metricsHandler(): MetricsHandler
export function metricsHandler(...call: Parameters<MetricsHandler>): void
export function metricsHandler(...call: unknown[]): MetricsHandler | undefined {
  registry()
  if (call.length === 0) return metrics
  metrics(call[0], call[1])
  return undefined
}

function metrics(_request: unknown, response: unknown): void {
  const send = senderOf(response)
  metricsText().then(
    ({ contentType, body }) => send(200, contentType, body),
    () => send(500, 'text/plain', ''),
  )
}

function senderOf(response: unknown): (status: number, contentType: string, body: string) => void {
  const { setHeader, end, header, send } = (response ?? {}) as Record<string, unknown>
  if (typeof setHeader === 'function' && typeof end === 'function') {
    return (status, contentType, body) => {
      const node = response as NodeResponse
      node.statusCode = status
      node.setHeader('content-type', contentType)
      node.end(body)
    }
  }
  if (typeof header === 'function' && typeof send === 'function') {
    return (status, contentType, body) => {
      const reply = response as FastifyReply
      reply.code(status)
      reply.header('content-type', contentType)
      reply.send(body)
    }
  }
  throw new Error(
    'cannot answer with the metrics: metricsHandler() is for Express, Fastify and node:http; ' +
      'write `() => metricsResponse()` where handlers return a Response (Hono, Next.js), ' +
      'and `ctx.body = (await metricsText()).body` on Koa',
  )
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
      collect: workOutLateEnds,
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
        workOutLateEnds()
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
      workOutLateEnds()
      this.set(counters().queued)
    },
  })
}
