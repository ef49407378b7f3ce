/**
 * The two ways in which spans leave, seen alike: through the host's OpenTelemetry, or to an endpoint without any.
 */
import { context, propagation, trace } from '@opentelemetry/api'
import { flush } from '../../src/index.ts'
import { registerHostTelemetry, takeSpans } from '../local-provider.ts'
import { receiveOtlp } from './otlp-receiver.ts'

export interface SeenSpan {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  attributes: Record<string, unknown>
  status: number
  /** Nanoseconds since the epoch. */
  endTime: bigint
}

export interface Recording {
  /** What the middleware has to be told. */
  options: { endpoint?: string }
  /** Resolves once `count` spans have ended, with all there are; the test's own time limit bounds it. */
  spans(count: number): Promise<SeenSpan[]>
  close(): Promise<void>
}

/** A host with OpenTelemetry of its own. */
export async function recordAtHost(): Promise<Recording> {
  registerHostTelemetry()
  takeSpans()
  const seen: SeenSpan[] = []
  return {
    options: {},
    async spans(count) {
      for (;;) {
        for (const span of takeSpans()) {
          const { traceId, spanId } = span.spanContext()
          const { name, kind, attributes, status } = span
          const endTime = BigInt(span.endTime[0]) * 1_000_000_000n + BigInt(span.endTime[1])
          const parentSpanId = span.parentSpanContext?.spanId
          seen.push({ name, kind, traceId, spanId, parentSpanId, attributes, status: status.code, endTime })
        }
        if (seen.length >= count) return seen.splice(0)
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    async close() {
      trace.disable()
      context.disable()
      propagation.disable()
    },
  }
}

/** A host without OpenTelemetry, and the collector that it names. */
export async function recordAtEndpoint(): Promise<Recording> {
  const receiver = await receiveOtlp()
  return {
    options: { endpoint: receiver.url },
    async spans(count) {
      while (receiver.spans.length < count) {
        await flush()
        await new Promise((resolve) => setImmediate(resolve))
      }
      return receiver.spans.splice(0)
    },
    close: receiver.close,
  }
}
