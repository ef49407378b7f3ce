/**
 * A span that is over, in the shape in which OpenTelemetry's processors and exporters take it.
 *
 * Invariant: it is a record and nothing else. Whoever knows all of a span only at its end has no use for the
 * SDK's own span, which checks and copies every attribute one by one; times become what the exporter wants when
 * it asks.
 */
import {
  type Attributes,
  type HrTime,
  isSpanContextValid,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { SCOPE, type SpanStart } from './recorder.ts'
import { createSpanId, createTraceId } from './span-ids.ts'

const INSTRUMENTATION_SCOPE = { name: SCOPE }
const NONE: never[] = []
const UNSET: SpanStatus = { code: 0 }
const ERROR: SpanStatus = { code: 2 }
const CLIENT: SpanKind.CLIENT = 2

/** Ids of a span that begins in `parent`'s trace, or in a trace of its own; sampled in any case. */
export function createSpanContext(parent: SpanContext | undefined): SpanContext {
  const traceId = parent?.traceId ?? createTraceId()
  const ids: SpanContext = { traceId, spanId: createSpanId(), traceFlags: TraceFlags.SAMPLED }
  if (parent?.traceState) ids.traceState = parent.traceState
  return ids
}

/** The span around one that starts now, if it is one that can be referred to. */
export function parentOf(start: SpanStart): SpanContext | undefined {
  const outer = trace.getSpanContext(start.parent)
  return outer && isSpanContextValid(outer) ? outer : undefined
}

/** What the end of a span adds to what its start said. */
export interface SpanEnd {
  name: string
  /** All of them, also those that were known at the start. */
  attributes: Attributes
  /** `error.type`, where it failed. */
  error: string | undefined
  /** Milliseconds since the epoch, with fractions; never before the start. */
  endTime: number
  /** Its ids, where they were given away already. */
  ids: SpanContext | undefined
}

export class EndedSpan implements ReadableSpan {
  readonly name: string
  readonly kind: SpanKind
  readonly parentSpanContext?: SpanContext
  readonly attributes: Attributes
  readonly status: SpanStatus
  readonly #ids: SpanContext
  readonly #startTime: number
  readonly #endTime: number
  /** Set by who sends it, because the SDK that makes it may not be loaded yet. */
  resource!: Resource

  constructor(start: SpanStart, end: SpanEnd) {
    const parent = parentOf(start)
    this.name = end.name
    this.kind = start.kind ?? CLIENT
    if (parent) this.parentSpanContext = parent
    this.attributes = end.attributes
    this.status = end.error === undefined ? UNSET : ERROR
    this.#ids = end.ids ?? createSpanContext(parent)
    this.#startTime = start.startTime
    this.#endTime = Math.max(start.startTime, end.endTime)
  }

  spanContext(): SpanContext {
    return this.#ids
  }

  get startTime(): HrTime {
    return toHrTime(this.#startTime)
  }

  get endTime(): HrTime {
    return toHrTime(this.#endTime)
  }

  get duration(): HrTime {
    return toHrTime(this.#endTime - this.#startTime)
  }

  get ended(): boolean {
    return true
  }

  get links(): ReadableSpan['links'] {
    return NONE
  }

  get events(): ReadableSpan['events'] {
    return NONE
  }

  get instrumentationScope(): ReadableSpan['instrumentationScope'] {
    return INSTRUMENTATION_SCOPE
  }

  get droppedAttributesCount(): number {
    return 0
  }

  get droppedEventsCount(): number {
    return 0
  }

  get droppedLinksCount(): number {
    return 0
  }
}

/** Milliseconds as seconds and nanoseconds. */
function toHrTime(milliseconds: number): HrTime {
  const seconds = Math.trunc(milliseconds / 1_000)
  const nanoseconds = Math.round((milliseconds - seconds * 1_000) * 1e6)
  return nanoseconds < 1e9 ? [seconds, nanoseconds] : [seconds + 1, nanoseconds - 1e9]
}
