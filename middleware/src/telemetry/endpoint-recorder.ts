/**
 * Records to an OTLP endpoint through a span processor of our own, for services without OpenTelemetry.
 *
 * Invariant: the OpenTelemetry SDK is loaded only by those who name an endpoint; a collector that is down costs
 * spans, never calls, and nothing here keeps the process alive once exports have ended.
 */
import type { Attributes, SpanKind } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base'
import { reportFailure } from '../capture/report.ts'
import { ATTR } from './attributes.ts'
import { createSpanContext, EndedSpan, parentOf } from './ended-span.ts'
import { type Recorder, within } from './recorder.ts'
import { SpanQueue } from './span-queue.ts'

export interface EndpointOptions {
  /** Base URL of an OTLP/HTTP receiver, with or without `/v1/traces`. */
  endpoint: string
  /** Sent with every export, for example an `authorization` token. */
  headers?: Record<string, string>
  /** Becomes `service.name`. */
  service?: string | undefined
}

/** What takes ended spans and sends them in batches. */
interface Outlet {
  processor: SpanProcessor
  resource: Resource
}

const INTERNAL: SpanKind.INTERNAL = 0
const SERVER: SpanKind.SERVER = 1
/** Spans that wait to be sent, or are being sent: at about 2 KB each. */
const MAX_QUEUED = 8_192

/** @throws {Error} where the endpoint is not an http(s) URL */
export function createEndpointRecorder(options: EndpointOptions): Recorder {
  const url = tracesUrl(options.endpoint)
  let outlet: Outlet | undefined
  let waiting: EndedSpan[] = []
  const queue = new SpanQueue(MAX_QUEUED)
  const loading = createOutlet(url, options, queue).then(
    (loaded) => {
      outlet = loaded
      for (const span of waiting) write(loaded, span)
      waiting = []
    },
    (error: unknown) => {
      reportFailure('load the OpenTelemetry SDK', error)
      queue.close()
      waiting = []
    },
  )
  return {
    start(start) {
      const contains = start.kind === SERVER || start.kind === INTERNAL
      const identity = contains ? createSpanContext(parentOf(start)) : undefined
      return {
        span: undefined,
        ...(identity ? { identity } : {}),
        end(further, error, endTime, name = start.name) {
          if (!queue.enter()) return
          // Copied into the one that is there already: to merge two objects of so many keys costs ten times as much.
          const { attributes } = start
          for (const key in further) attributes[key] = further[key]
          const span = new EndedSpan(start, { name, attributes, error, endTime, ids: identity })
          if (outlet) write(outlet, span)
          else waiting.push(span)
        },
      }
    },
    flush: (timeoutMs) =>
      within(
        timeoutMs,
        loading.then(() => outlet?.processor.forceFlush()),
      ),
    async shutdown(timeoutMs) {
      await within(
        timeoutMs,
        loading.then(() => outlet?.processor.shutdown()),
      )
      queue.close()
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

async function createOutlet(url: string, options: EndpointOptions, queue: SpanQueue): Promise<Outlet> {
  const [{ BatchSpanProcessor }, exporter, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    createExporter(url, options.headers ?? {}),
    import('@opentelemetry/resources'),
  ])
  const resource: Attributes = options.service ? { [ATTR.serviceName]: options.service } : {}
  return {
    resource: resourceFromAttributes(resource),
    processor: new BatchSpanProcessor(queue.exporter(exporter), {
      maxQueueSize: MAX_QUEUED,
      maxExportBatchSize: 512,
      scheduledDelayMillis: 1_000,
      exportTimeoutMillis: 5_000,
    }),
  }
}

/**
 * The OTLP exporter without what `OTEL_EXPORTER_OTLP_*` says in the environment: those headers are the key for
 * somebody else's endpoint.
 */
async function createExporter(url: string, headers: Record<string, string>): Promise<SpanExporter> {
  const [{ OTLPExporterBase }, http, { ProtobufTraceSerializer, TraceExporterMetricsHelper }] =
    await Promise.all([
      import('@opentelemetry/otlp-exporter-base'),
      import('@opentelemetry/otlp-exporter-base/node-http'),
      import('@opentelemetry/otlp-transformer'),
    ])
  return new OTLPExporterBase(
    http.createOtlpHttpExportDelegate(
      {
        url,
        headers: async () => ({ ...headers, 'Content-Type': 'application/x-protobuf' }),
        timeoutMillis: 5_000,
        concurrencyLimit: 30,
        compression: 'none',
        agentFactory: http.httpAgentFactoryFromOptions({ keepAlive: true }),
      },
      ProtobufTraceSerializer,
      'otlp_http_span_exporter',
      TraceExporterMetricsHelper,
      undefined,
    ),
  )
}

function write({ processor, resource }: Outlet, span: EndedSpan): void {
  try {
    span.resource = resource
    processor.onEnd(span)
  } catch (error) {
    reportFailure('record a span', error)
  }
}
