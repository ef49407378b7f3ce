/**
 * Records to an OTLP endpoint with nothing but `fetch`, for runtimes where work ends with the request.
 *
 * Invariant: nothing is sent, and no timer is set, but within {@link Recorder.flush}; at most {@link MAX_WAITING}
 * spans wait. Spans that a busy endpoint did not take wait for the next flush, others that it refuses are dropped;
 * what is dropped is counted.
 */
import { type Attributes, isSpanContextValid, trace } from '@opentelemetry/api'
import { reportFailure } from '../capture/report.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { withStart } from '../telemetry/call-attributes.ts'
import { endpointUrl } from '../telemetry/endpoint-url.ts'
import type { Recorder } from '../telemetry/recorder.ts'
import { nextSpanNumber, processId } from '../telemetry/span-numbers.ts'
import { type EdgeSpan, encodeSpans } from './otlp-json.ts'

export interface EdgeRecorderOptions {
  /** Base URL of an OTLP/HTTP receiver, with or without `/v1/traces`. */
  endpoint: string
  /** Sent with every export. */
  headers?: Record<string, string>
  service?: string
  /** What the exports go through; not a metered one. */
  fetch: typeof globalThis.fetch
}

const MAX_WAITING = 2_048
const MAX_BATCH = 256
/** Answers after which a later try may succeed (OTLP specification, "failures"). */
const BUSY = new Set([429, 502, 503, 504])

/** @throws {Error} where the endpoint is not an http(s) URL */
export function createEdgeRecorder(options: EdgeRecorderOptions): Recorder {
  const url = tracesUrl(options.endpoint)
  const resource: Attributes = options.service === undefined ? {} : { [ATTR.serviceName]: options.service }
  const waiting: EdgeSpan[] = []
  let sending: Promise<void> = Promise.resolve()

  /** @returns whether the spans are off our hands */
  async function send(spans: readonly EdgeSpan[], timeoutMs: number): Promise<boolean> {
    try {
      const response = await options.fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...options.headers },
        // asked for here: where this module is loaded, an edge runtime has no random numbers yet
        body: encodeSpans({ ...resource, [ATTR.processId]: processId() }, spans),
        signal: AbortSignal.timeout(timeoutMs),
      })
      await response.body?.cancel()
      if (response.ok) return true
      reportFailure('send spans', new Error(`the endpoint answered ${response.status}`))
      return !BUSY.has(response.status)
    } catch (error) {
      reportFailure('send spans', error)
      return false
    }
  }

  async function sendAll(timeoutMs: number): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH)
      if (await send(batch, timeoutMs)) continue
      waiting.unshift(...batch.slice(0, MAX_WAITING - waiting.length))
      return
    }
  }

  function flush(timeoutMs: number): Promise<void> {
    sending = sending.then(() => sendAll(timeoutMs))
    return sending
  }

  return {
    start(start) {
      const outer = trace.getSpanContext(start.parent)
      const parent = outer && isSpanContextValid(outer) ? outer : undefined
      return {
        span: undefined,
        end(further, error, endTime, name = start.name) {
          const attributes = withStart(start.attributes, further)
          const number = nextSpanNumber(attributes)
          if (waiting.length >= MAX_WAITING) {
            reportFailure('keep a span', new Error('too many wait to be sent'))
            return
          }
          waiting.push({
            traceId: parent?.traceId ?? randomHex(16),
            spanId: randomHex(8),
            parentSpanId: parent?.spanId,
            name,
            startTime: start.startTime,
            endTime,
            attributes: { ...attributes, [ATTR.spanNumber]: number },
            failed: error !== undefined,
          })
        },
      }
    },
    flush,
    shutdown: flush,
  }
}

function tracesUrl(endpoint: string): string {
  const url = endpointUrl(endpoint, '/v1/traces')
  if (url !== undefined) return url
  throw new Error(
    `cannot export to endpoint ${endpoint}: not an http(s) URL; use one like https://collector.example`,
  )
}

function randomHex(bytes: number): string {
  let hex = ''
  for (const byte of crypto.getRandomValues(new Uint8Array(bytes))) hex += byte.toString(16).padStart(2, '0')
  return hex
}
