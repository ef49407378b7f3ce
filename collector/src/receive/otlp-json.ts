/**
 * OTLP trace requests as JSON, into the same span record as protobuf.
 *
 * Invariant: any text either gives spans or a `BadInput` that names the place; ids are hex, 64-bit numbers
 * may be texts, enum values may be names. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import type { AttributeSet } from '../normalise/span-record.ts'
import { Bytes, NO_BYTES } from '../write/bytes.ts'
import { valueText } from './any-value.ts'
import { BadInput } from './bad-input.ts'
import type { Sink } from './sink.ts'

type Json = Record<string, unknown>

const MAX_DEPTH = 16
const STATUS_MESSAGE = 'otel.status_description'
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'].map(
  (name) => `SPAN_KIND_${name}`,
)
const STATUSES = ['UNSET', 'OK', 'ERROR'].map((name) => `STATUS_CODE_${name}`)
const HALF = 4294967296n

/** Reads an `ExportTraceServiceRequest` into `sink`. Throws `BadInput`. */
export function decodeJson(body: Buffer, sink: Sink): void {
  let request: unknown
  try {
    request = JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new BadInput(
      400,
      'malformed',
      `cannot read the JSON body: ${(cause as Error).message}; send an ExportTraceServiceRequest`,
      { cause },
    )
  }
  const top = object(request, 'the body')
  for (const [i, resourceSpans] of list(top.resourceSpans, 'resourceSpans').entries()) {
    decodeResource(object(resourceSpans, `resourceSpans[${i}]`), `resourceSpans[${i}]`, sink)
  }
}

function decodeResource(resourceSpans: Json, path: string, sink: Sink): void {
  const { resource } = sink.envelope
  resource.reset(NO_BYTES)
  const from = optional(resourceSpans.resource, `${path}.resource`)
  decodeAttributes(from?.attributes, `${path}.resource.attributes`, resource, sink)
  sink.countCuts(resource)
  for (const [i, value] of list(resourceSpans.scopeSpans, `${path}.scopeSpans`).entries()) {
    const scopePath = `${path}.scopeSpans[${i}]`
    const scopeSpans = object(value, scopePath)
    const scope = optional(scopeSpans.scope, `${scopePath}.scope`)
    sink.envelope.scopeName = new Bytes(Buffer.from(text(scope?.name, `${scopePath}.scope.name`)))
    sink.envelope.scopeVersion = new Bytes(Buffer.from(text(scope?.version, `${scopePath}.scope.version`)))
    for (const [j, span] of list(scopeSpans.spans, `${scopePath}.spans`).entries()) {
      decodeSpan(object(span, `${scopePath}.spans[${j}]`), `${scopePath}.spans[${j}]`, sink)
    }
  }
}

function decodeSpan(from: Json, path: string, sink: Sink): void {
  const { span } = sink
  span.reset(NO_BYTES)
  const { attributes } = span
  const traceId = id(from.traceId, span.traceId, `${path}.traceId`)
  const spanId = id(from.spanId, span.spanId, `${path}.spanId`)
  span.hasParent = id(from.parentSpanId, span.parentSpanId, `${path}.parentSpanId`)
  span.nameMade = 1
  span.nameStart = attributes.make(text(from.name, `${path}.name`))
  span.nameEnd = attributes.scratch.length
  span.kind = enumeration(from.kind, KINDS, `${path}.kind`)
  const start = nanoseconds(from.startTimeUnixNano, `${path}.startTimeUnixNano`)
  span.startLow = Number(start % HALF)
  span.startHigh = Number(start / HALF)
  const end = nanoseconds(from.endTimeUnixNano, `${path}.endTimeUnixNano`)
  span.endLow = Number(end % HALF)
  span.endHigh = Number(end / HALF)
  decodeAttributes(from.attributes, `${path}.attributes`, attributes, sink)
  const status = optional(from.status, `${path}.status`)
  span.status = enumeration(status?.code, STATUSES, `${path}.status.code`)
  const message = text(status?.message, `${path}.status.message`)
  if (message !== '') attributes.made(key(sink, STATUS_MESSAGE), message)
  if (!traceId) sink.reject('trace_id')
  else if (!spanId) sink.reject('span_id')
  else sink.add()
}

function decodeAttributes(from: unknown, path: string, set: AttributeSet, sink: Sink): void {
  for (const [i, part] of list(from, path).entries()) {
    const attribute = object(part, `${path}[${i}]`)
    const value = optional(attribute.value, `${path}[${i}].value`)
    if (value === undefined) continue
    const entry = key(sink, text(attribute.key, `${path}[${i}].key`))
    const decoded = anyValue(value, `${path}[${i}].value`, 0)
    if (typeof decoded === 'string') set.made(entry, decoded)
    else if (typeof decoded === 'number') set.number(entry, decoded)
    else if (typeof decoded === 'boolean') set.truth(entry, decoded)
    else if (decoded !== null) set.made(entry, valueText(decoded))
  }
}

function anyValue(from: Json, path: string, depth: number): unknown {
  if (depth > MAX_DEPTH) {
    throw new BadInput(
      400,
      'too_deep',
      `cannot read ${path}: a value is nested more than ${MAX_DEPTH} deep; send flatter attributes`,
    )
  }
  if (has(from.stringValue)) return text(from.stringValue, `${path}.stringValue`)
  if (has(from.boolValue)) {
    const value = from.boolValue
    if (typeof value !== 'boolean') throw fault(`${path}.boolValue`, 'is not a boolean')
    return value
  }
  if (has(from.intValue)) return integer(from.intValue, `${path}.intValue`)
  if (has(from.doubleValue)) return double(from.doubleValue, `${path}.doubleValue`)
  if (has(from.bytesValue)) {
    return Buffer.from(text(from.bytesValue, `${path}.bytesValue`), 'base64').toString('base64')
  }
  if (has(from.arrayValue)) {
    const values = list(object(from.arrayValue, `${path}.arrayValue`).values, `${path}.arrayValue.values`)
    return values.map((value, i) => {
      const at = `${path}.arrayValue.values[${i}]`
      return anyValue(object(value, at), at, depth + 1)
    })
  }
  if (has(from.kvlistValue)) {
    const values = list(object(from.kvlistValue, `${path}.kvlistValue`).values, `${path}.kvlistValue.values`)
    return Object.fromEntries(
      values.map((value, i) => {
        const at = `${path}.kvlistValue.values[${i}]`
        const pair = object(value, at)
        const inner = optional(pair.value, `${at}.value`)
        return [
          text(pair.key, `${at}.key`),
          inner === undefined ? null : anyValue(inner, `${at}.value`, depth + 1),
        ]
      }),
    )
  }
  return null
}

function key(sink: Sink, name: string): ReturnType<Sink['keys']['find']> {
  const bytes = new Bytes(Buffer.from(name))
  return sink.keys.find(bytes, 0, bytes.length)
}

function has(value: unknown): boolean {
  return value !== undefined && value !== null
}

function object(value: unknown, path: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fault(path, 'is not an object')
  return value as Json
}

function optional(value: unknown, path: string): Json | undefined {
  return has(value) ? object(value, path) : undefined
}

function list(value: unknown, path: string): unknown[] {
  if (!has(value)) return []
  if (!Array.isArray(value)) throw fault(path, 'is not a list')
  return value
}

function text(value: unknown, path: string): string {
  if (!has(value)) return ''
  if (typeof value !== 'string') throw fault(path, 'is not a text')
  return value
}

function integer(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return Number(BigInt.asIntN(64, BigInt(value)))
  throw fault(path, 'is not a whole number')
}

function double(value: unknown, path: string): number {
  if (typeof value === 'number') return value
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value)
  if (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value)
  throw fault(path, 'is not a number')
}

function nanoseconds(value: unknown, path: string): bigint {
  if (!has(value)) return 0n
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt.asUintN(64, BigInt(value))
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0)
    return BigInt.asUintN(64, BigInt(value))
  throw fault(path, 'is not a time in nanoseconds')
}

function enumeration(value: unknown, names: readonly string[], path: string): number {
  if (!has(value)) return 0
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  const index = typeof value === 'string' ? names.indexOf(value) : -1
  if (index < 0) throw fault(path, 'is neither a number nor a known name')
  return index
}

/** Reads hex into `target`; false when it is of another length or all zero. */
function id(value: unknown, target: Bytes, path: string): boolean {
  const hex = text(value, path)
  if (hex.length !== target.length || !/^[0-9a-fA-F]+$/.test(hex) || /^0+$/.test(hex)) return false
  target.buffer.write(hex.toLowerCase(), 'latin1')
  return true
}

function fault(path: string, what: string): BadInput {
  return new BadInput(
    400,
    'malformed',
    `cannot read the JSON body: ${path} ${what}; send an ExportTraceServiceRequest`,
  )
}
