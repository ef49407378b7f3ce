/**
 * Records to an OTLP endpoint through a tracer provider of our own, for services without OpenTelemetry.
 *
 * Invariant: the OpenTelemetry SDK is loaded only by those who name an endpoint; a collector that is down costs
 * spans, never calls, and nothing here keeps the process alive once exports have ended.
 */
import type { Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api'
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
  error: string | undefined
  endTime: number
}

const CLIENT: SpanKind.CLIENT = 2
const ERROR: SpanStatusCode.ERROR = 2
/** Spans that wait for the SDK to be loaded. */
const MAX_WAITING = 2_048

/** @throws {Error} where the endpoint is not an http(s) URL */
export function createEndpointRecorder(options: EndpointOptions): Recorder {
  const url = tracesUrl(options.endpoint)
  let provider: BasicTracerProvider | undefined
  let waiting: EndedSpan[] = []
  let closed = false
  const loading = createProvider(url, options).then(
    (loaded) => {
      provider = loaded
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
    start: (start) => ({
      span: undefined,
      end(attributes, error, endTime) {
        if (closed) return
        const span = { ...start, attributes: { ...start.attributes, ...attributes }, error, endTime }
        if (provider) write(provider, span)
        else if (waiting.length < MAX_WAITING) waiting.push(span)
        else reportFailure('keep a span until the SDK is loaded', new Error('queue full'))
      },
    }),
    flush: (timeoutMs) =>
      within(
        timeoutMs,
        loading.then(() => provider?.forceFlush()),
      ),
    async shutdown(timeoutMs) {
      await within(
        timeoutMs,
        loading.then(() => provider?.shutdown()),
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

async function createProvider(url: string, options: EndpointOptions): Promise<BasicTracerProvider> {
  const [{ BasicTracerProvider, BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/exporter-trace-otlp-proto'),
      import('@opentelemetry/resources'),
    ])
  const resource: Attributes = options.service ? { [ATTR.serviceName]: options.service } : {}
  const exporter = new OTLPTraceExporter({ url, headers: options.headers ?? {}, timeoutMillis: 5_000 })
  return new BasicTracerProvider({
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
}

function write(provider: BasicTracerProvider, ended: EndedSpan): void {
  try {
    const { startTime, attributes } = ended
    const span = provider
      .getTracer(SCOPE)
      .startSpan(ended.name, { kind: CLIENT, startTime, attributes }, ended.parent)
    if (ended.error !== undefined) span.setStatus({ code: ERROR })
    span.end(ended.endTime)
  } catch (error) {
    reportFailure('record a span', error)
  }
}
