/**
 * Ended spans as an OTLP/JSON request (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 *
 * Invariant: pure; 64-bit numbers are text, ids are hexadecimal, and what OpenTelemetry calls a double stays one
 * also where it is whole.
 */
import type { Attributes, AttributeValue } from '@opentelemetry/api'
import { ATTR } from '../telemetry/attributes.ts'
import { SCOPE } from '../telemetry/recorder.ts'

/** A CLIENT span that is over. */
export interface EdgeSpan {
  traceId: string
  spanId: string
  parentSpanId: string | undefined
  name: string
  /** Milliseconds since the epoch, with fractions. */
  startTime: number
  endTime: number
  attributes: Attributes
  failed: boolean
}

const CLIENT = 3
const ERROR = 2
const DOUBLES = new Set<string>([ATTR.costAmount, ATTR.costMirror, ATTR.timeToFirstChunk, ATTR.meterQuantity])

/** The body of a POST to `/v1/traces`. */
export function encodeSpans(resource: Attributes, spans: readonly EdgeSpan[]): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: encodeAttributes(resource) },
        scopeSpans: [{ scope: { name: SCOPE }, spans: spans.map(encodeSpan) }],
      },
    ],
  })
}

function encodeSpan(span: EdgeSpan): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: CLIENT,
    startTimeUnixNano: nanoseconds(span.startTime),
    endTimeUnixNano: nanoseconds(Math.max(span.startTime, span.endTime)),
    attributes: encodeAttributes(span.attributes),
    status: span.failed ? { code: ERROR } : {},
  }
}

function nanoseconds(milliseconds: number): string {
  const whole = Math.trunc(milliseconds)
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6)))
}

function encodeAttributes(attributes: Attributes): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: encodeValue(value, DOUBLES.has(key)) }],
  )
}

function encodeValue(value: AttributeValue | null, double: boolean): object {
  if (Array.isArray(value))
    return { arrayValue: { values: value.map((one) => encodeValue(one ?? null, double)) } }
  switch (typeof value) {
    case 'string':
      return { stringValue: value }
    case 'boolean':
      return { boolValue: value }
    case 'number':
      return !double && Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
    default:
      return {}
  }
}
