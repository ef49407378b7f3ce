/**
 * A span that is over, written as OTLP protobuf the moment it ends
 * (opentelemetry-proto, `trace/v1/trace.proto` and `common/v1/common.proto`).
 *
 * Invariant: what waits to be sent is bytes. Objects that live until the next export would be copied by the garbage
 * collector several times before they are used once; so would the SDK's own span, which checks and copies every
 * attribute besides.
 */
import {
  type Attributes,
  type AttributeValue,
  isSpanContextValid,
  type SpanContext,
  SpanKind,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { ATTR } from './attributes.ts'
import { BYTES, FIXED32, FIXED64, nanosecondsOf, type ProtoWriter, VARINT, widthOf } from './proto-writer.ts'
import { SCOPE, type SpanStart } from './recorder.ts'
import { createSpanId, createTraceId, writeSpanId, writeTraceId } from './span-ids.ts'

/** What the end of a span adds to what its start said. */
export interface SpanEnd {
  name: string
  /** What was not known at the start, or is known better. */
  attributes: Attributes
  /** `error.type`, where it failed. */
  error: string | undefined
  /** Milliseconds since the epoch, with fractions; never before the start. */
  endTime: number
  /** Its ids, where they were given away already. */
  ids: SpanContext | undefined
  /** Its number among those of the process, where it has one. */
  number?: number | undefined
}

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

const ERROR = 2
/** `Span.attributes`. */
const ATTRIBUTES = 9
/** The flags say whether the parent is remote. */
const KNOWS_REMOTE = 0x100
const IS_REMOTE = 0x200
/** What the conventions call a double is one, also where it is whole. */
const DOUBLES: ReadonlySet<string> = new Set([
  ATTR.costAmount,
  ATTR.costMirror,
  ATTR.timeToFirstChunk,
  ATTR.meterQuantity,
])

/** Writes the fields of a `Span`. */
export function writeSpan(to: ProtoWriter, start: SpanStart, end: SpanEnd): void {
  const parent = parentOf(start)
  const ids = end.ids ?? parent
  const state = ids?.traceState?.serialize()
  to.tag(1, BYTES)
  if (ids) to.hex(ids.traceId)
  else writeTraceId(to)
  to.tag(2, BYTES)
  if (end.ids) to.hex(end.ids.spanId)
  else writeSpanId(to)
  if (state) {
    to.tag(3, BYTES)
    to.text(state)
  }
  if (parent) {
    to.tag(4, BYTES)
    to.hex(parent.spanId)
  }
  to.tag(5, BYTES)
  to.text(end.name)
  to.tag(6, VARINT)
  // OTLP counts kinds from 1, the API from 0.
  to.varint((start.kind ?? SpanKind.CLIENT) + 1)
  writeTime(to, 7, start.startTime)
  writeTime(to, 8, Math.max(start.startTime, end.endTime))
  writeStart(to, start, end.attributes)
  writeAttributes(to, ATTRIBUTES, end.attributes)
  if (end.number !== undefined) writeAttribute(to, ATTRIBUTES, ATTR.spanNumber, end.number)
  if (end.error !== undefined) {
    to.tag(15, BYTES)
    to.varint(2)
    to.tag(3, VARINT)
    to.varint(ERROR)
  }
  to.tag(16, FIXED32)
  to.fixed32(TraceFlags.SAMPLED | KNOWS_REMOTE | (parent?.isRemote ? IS_REMOTE : 0))
}

function writeTime(to: ProtoWriter, field: number, milliseconds: number): void {
  const { high, low } = nanosecondsOf(milliseconds)
  to.tag(field, FIXED64)
  to.fixed64(high, low)
}

/** What repeated attributes of starts are in bytes. */
const written = new WeakMap<Attributes, Uint8Array>()

/** Writes the attributes of the start, but for those that the end says otherwise. */
function writeStart(to: ProtoWriter, { attributes, repeated }: SpanStart, end: Attributes): void {
  const plain = !overlap(attributes, end)
  const known = repeated && plain ? written.get(attributes) : undefined
  if (known) {
    to.fields(known)
    return
  }
  const from = to.length
  for (const name in attributes) {
    const value = attributes[name]
    if (value !== undefined && end[name] === undefined) writeAttribute(to, ATTRIBUTES, name, value)
  }
  if (repeated && plain) written.set(attributes, Uint8Array.from(to.since(from)))
}

function overlap(some: Attributes, others: Attributes): boolean {
  for (const name in some) if (others[name] !== undefined) return true
  return false
}

/** Writes attributes as a repeated `KeyValue`. */
export function writeAttributes(to: ProtoWriter, field: number, attributes: Attributes): void {
  for (const name in attributes) {
    const value = attributes[name]
    if (value !== undefined && value !== null) writeAttribute(to, field, name, value)
  }
}

function writeAttribute(to: ProtoWriter, field: number, name: string, value: AttributeValue): void {
  const key = keyOf(name)
  if (typeof value === 'string') {
    to.textAttribute(field * 8 + BYTES, key, value)
    return
  }
  const double = DOUBLES.has(name)
  if (typeof value === 'number') {
    const whole = !double && Number.isSafeInteger(value)
    if (!whole || value >= 0) {
      to.numberAttribute(field * 8 + BYTES, key, value, whole)
      return
    }
  }
  to.tag(field, BYTES)
  const from = to.open()
  to.raw(key)
  to.tag(2, BYTES)
  const valueFrom = to.open()
  writeValue(to, value, double)
  to.close(valueFrom)
  to.close(from)
}

function writeValue(to: ProtoWriter, value: AttributeValue | null | undefined, double: boolean): void {
  if (typeof value === 'string') {
    to.tag(1, BYTES)
    to.text(value)
  } else if (typeof value === 'boolean') {
    to.tag(2, VARINT)
    to.varint(value ? 1 : 0)
  } else if (typeof value === 'number') {
    const whole = !double && Number.isSafeInteger(value)
    to.tag(whole ? 3 : 4, whole ? VARINT : FIXED64)
    if (whole) to.varint(value)
    else to.double(value)
  } else if (Array.isArray(value)) {
    to.tag(5, BYTES)
    const from = to.open()
    for (const one of value) {
      to.tag(1, BYTES)
      const oneFrom = to.open()
      writeValue(to, one, double)
      to.close(oneFrom)
    }
    to.close(from)
  }
}

const keys = new Map<string, Uint8Array>()
const MAX_KEYS = 1_000

/** The key field of a `KeyValue`, with tag and length: a few dozen names come again and again. */
function keyOf(name: string): Uint8Array {
  const known = keys.get(name)
  if (known) return known
  const text = Buffer.from(name)
  const width = widthOf(text.length)
  const size = width === 1 ? [text.length] : [(text.length & 127) | 128, text.length >> 7]
  const key = Uint8Array.from([10, ...size, ...text])
  if (keys.size < MAX_KEYS) keys.set(name, key)
  return key
}

/** The fields of an `InstrumentationScope` that says who recorded. */
export function writeScope(to: ProtoWriter): void {
  to.tag(1, BYTES)
  to.text(SCOPE)
}
