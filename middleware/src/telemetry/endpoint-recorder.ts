/**
 * Records to an OTLP endpoint through a tracer provider of our own, for services without OpenTelemetry.
 *
 * Invariant: the OpenTelemetry SDK is loaded only by those who name an endpoint; a collector that is down costs
 * spans, never calls, and nothing here keeps the process alive once exports have ended.
 */
import { randomBytes } from 'node:crypto'
import {
  type Attributes,
  type Context,
  isSpanContextValid,
  type SpanContext,
  type SpanKind,
  type SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { reportFailure } from '../capture/report.ts'
import { ATTR } from './attributes.ts'
import { type Recorder, SCOPE, type SpanStart, within } from './recorder.ts'

export interface EndpointOptions {
  /** Base URL of an OTLP/HTTP receiver, with or without `/v1/traces`. */
  endpoint: string
  /** Sent with every export, for example an `authorization` token. */
  headers?: Record<string, string>
  /** Becomes `service.name`. */
  service?: string | undefined
}

interface EndedSpan extends SpanStart {
  identity: SpanContext | undefined
  error: string | undefined
  endTime: number
}

interface OwnProvider {
  provider: BasicTracerProvider
  /** Ids of the next span, where they were given away already. */
  preset: { ids: SpanContext | undefined }
}

const CLIENT: SpanKind.CLIENT = 2
const SERVER: SpanKind.SERVER = 1
const ERROR: SpanStatusCode.ERROR = 2
/** Spans that wait for the SDK to be loaded. */
const MAX_WAITING = 2_048

/** @throws {Error} where the endpoint is not an http(s) URL */
export function createEndpointRecorder(options: EndpointOptions): Recorder {
  const url = tracesUrl(options.endpoint)
  let own: OwnProvider | undefined
  let waiting: EndedSpan[] = []
  let closed = false
  const loading = createProvider(url, options).then(
    (loaded) => {
      own = loaded
      for (const span of waiting) write(loaded, span)
      waiting = []
    },
    (error: unknown) => {
      reportFailure('load the OpenTelemetry SDK', error)
      closed = true
      waiting = []
    },
  )
  return {
    start(start) {
      const identity = start.kind === SERVER ? createIdentity(start.parent) : undefined
      return {
        span: undefined,
        ...(identity ? { identity } : {}),
        end(attributes, error, endTime, name = start.name) {
          if (closed) return
          const all = { ...start.attributes, ...attributes }
          const span: EndedSpan = { ...start, name, attributes: all, identity, error, endTime }
          if (own) write(own, span)
          else if (waiting.length < MAX_WAITING) waiting.push(span)
          else reportFailure('keep a span until the SDK is loaded', new Error('queue full'))
        },
      }
    },
    flush: (timeoutMs) =>
      within(
        timeoutMs,
        loading.then(() => own?.provider.forceFlush()),
      ),
    async shutdown(timeoutMs) {
      await within(
        timeoutMs,
        loading.then(() => own?.provider.shutdown()),
      )
      closed = true
    },
  }
}

function tracesUrl(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new Error(
      `cannot export to endpoint ${endpoint}: not an http(s) URL; use one like http://127.0.0.1:4318`,
    )
  }
  if (!url.pathname.endsWith('/v1/traces')) url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return url.href
}

/** Ids for a span that will be written when it has ended. */
function createIdentity(parent: Context): SpanContext {
  const outer = trace.getSpanContext(parent)
  const traceId = outer && isSpanContextValid(outer) ? outer.traceId : randomBytes(16).toString('hex')
  return { traceId, spanId: randomBytes(8).toString('hex'), traceFlags: 1 }
}

async function createProvider(url: string, options: EndpointOptions): Promise<OwnProvider> {
  const [
    { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor, RandomIdGenerator },
    { OTLPTraceExporter },
    { resourceFromAttributes },
  ] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
  ])
  const resource: Attributes = options.service ? { [ATTR.serviceName]: options.service } : {}
  const exporter = new OTLPTraceExporter({ url, headers: options.headers ?? {}, timeoutMillis: 5_000 })
  const random = new RandomIdGenerator()
  const preset: OwnProvider['preset'] = { ids: undefined }
  const provider = new BasicTracerProvider({
    // What is spent is counted in full, whatever share of its own traces the host keeps.
    sampler: new AlwaysOnSampler(),
    idGenerator: {
      generateTraceId: () => preset.ids?.traceId ?? random.generateTraceId(),
      generateSpanId: () => preset.ids?.spanId ?? random.generateSpanId(),
    },
    resource: resourceFromAttributes(resource),
    spanProcessors: [
      new BatchSpanProcessor(exporter, {
        maxQueueSize: 8_192,
        maxExportBatchSize: 512,
        scheduledDelayMillis: 1_000,
        exportTimeoutMillis: 5_000,
      }),
    ],
  })
  return { provider, preset }
}

function write({ provider, preset }: OwnProvider, ended: EndedSpan): void {
  try {
    const { startTime, attributes, kind = CLIENT } = ended
    preset.ids = ended.identity
    const span = provider
      .getTracer(SCOPE)
      .startSpan(ended.name, { kind, startTime, attributes }, ended.parent)
    if (ended.error !== undefined) span.setStatus({ code: ERROR })
    span.end(ended.endTime)
  } catch (error) {
    reportFailure('record a span', error)
  } finally {
    preset.ids = undefined
  }
}
