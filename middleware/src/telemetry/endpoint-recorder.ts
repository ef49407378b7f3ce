/**
 * Records to an OTLP endpoint by itself, for services without OpenTelemetry.
 *
 * Invariant: a collector that is down costs spans, never calls, and nothing here keeps the process alive once
 * exports have ended. Only what the options say is sent: headers that the environment holds for other exporters
 * (`OTEL_EXPORTER_OTLP_*`) are the key for somebody else's endpoint.
 */
import { type Attributes, SpanKind } from '@opentelemetry/api'
import { reportFailure } from '../capture/report.ts'
import { ATTR } from './attributes.ts'
import { endpointUrl } from './endpoint-url.ts'
import { createOtlpSender } from './otlp-sender.ts'
import { createSpanContext, parentOf } from './otlp-span.ts'
import { type Recorder, within } from './recorder.ts'
import { nextSpanNumber, processId } from './span-numbers.ts'
import { SpanQueue } from './span-queue.ts'

export interface EndpointOptions {
  /** Base URL of an OTLP/HTTP receiver, with or without `/v1/traces`. */
  endpoint: string
  /** Sent with every export, for example an `authorization` token. */
  headers?: Record<string, string>
  /** Becomes `service.name`. */
  service?: string | undefined
}

/** Spans that wait to be sent, or are being sent: at about 1 KB each. */
const MAX_QUEUED = 8_192
const BATCH = 512
/** Milliseconds that a span waits for others. */
const PATIENCE = 1_000
/** Exports under way at once. */
const MAX_EXPORTS = 4

/** @throws {Error} where the endpoint is not an http(s) URL */
export function createEndpointRecorder(options: EndpointOptions): Recorder {
  const sender = createOtlpSender(tracesUrl(options.endpoint), options.headers ?? {})
  const resource: Attributes = {
    ...(options.service && { [ATTR.serviceName]: options.service }),
    [ATTR.processId]: processId(),
  }
  const queue = new SpanQueue(resource, MAX_QUEUED, BATCH)
  const exporting = new Set<Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  /** Begins as many exports as there are batches. @param whole only full ones */
  function pump(whole: boolean): void {
    while (exporting.size < MAX_EXPORTS && (queue.due || !whole)) {
      const next = queue.next()
      if (!next) return
      const under = sender.send(next.request).then((taken) => {
        next.done(taken)
        exporting.delete(under)
        pump(true)
      })
      exporting.add(under)
    }
  }

  function wait(): void {
    timer ??= setTimeout(() => {
      timer = undefined
      pump(false)
      if (queue.waiting > 0) wait()
    }, PATIENCE).unref()
  }

  async function drain(): Promise<void> {
    while (queue.waiting > 0 || exporting.size > 0) {
      pump(false)
      await Promise.race(exporting)
    }
  }

  return {
    start(start) {
      const contains = start.kind === SpanKind.SERVER || start.kind === SpanKind.INTERNAL
      const identity = contains ? createSpanContext(parentOf(start)) : undefined
      return {
        span: undefined,
        patient: true,
        ...(identity ? { identity } : {}),
        end(further, error, endTime, name = start.name) {
          try {
            const number = nextSpanNumber(further[ATTR.tenantId] === undefined ? start.attributes : further)
            queue.add(start, { name, attributes: further, error, endTime, ids: identity, number })
          } catch (failure) {
            reportFailure('record a span', failure)
          }
          if (queue.due) pump(true)
          else wait()
        },
      }
    },
    flush: (timeoutMs) => within(timeoutMs, drain()),
    async shutdown(timeoutMs) {
      await within(timeoutMs, drain())
      clearTimeout(timer)
      queue.close()
      sender.close()
    },
  }
}

function tracesUrl(endpoint: string): string {
  const url = endpointUrl(endpoint, '/v1/traces')
  if (url !== undefined) return url
  throw new Error(
    `cannot export to endpoint ${endpoint}: not an http(s) URL; use one like http://127.0.0.1:4318`,
  )
}
