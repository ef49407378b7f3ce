/**
 * OTLP trace requests as protobuf, read straight into the span record: no object tree is built.
 *
 * Invariant: any bytes either give spans or a `BadInput`; unknown fields are passed over.
 * Field numbers: opentelemetry-proto, `collector/trace/v1`, `trace/v1`, `resource/v1`, `common/v1`.
 */
import type { KeyEntry } from '../normalise/keys.ts'
import type { AttributeSet } from '../normalise/span-record.ts'
import { Bytes, NO_BYTES } from '../write/bytes.ts'
import { BadInput } from './bad-input.ts'
import type { Sink } from './sink.ts'
import { WIRE, Wire } from './wire.ts'

const MAX_DEPTH = 16
const STATUS_MESSAGE = new Bytes(Buffer.from('otel.status_description'))
/** Both hex digits of a byte, the first in the lower half. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(),
)

/** Reads an `ExportTraceServiceRequest` into `sink`. Throws `BadInput`. */
export class ProtobufDecoder {
  readonly #wire = new Wire()
  #sink!: Sink

  decode(body: Buffer, sink: Sink): void {
    this.#sink = sink
    const wire = this.#wire
    wire.begin(body)
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(1, WIRE.bytes)) this.#nested(this.#resourceSpans)
      else wire.skip(tag)
    }
  }

  #nested(read: () => void): void {
    const wire = this.#wire
    const stop = wire.span()
    const { end } = wire
    wire.end = stop
    read.call(this)
    wire.at = stop
    wire.end = end
  }

  /** The resource may come after its spans on the wire, so it is looked for first. */
  #resourceSpans(): void {
    const wire = this.#wire
    const start = wire.at
    const { resource } = this.#sink.envelope
    resource.reset(wire.source)
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(1, WIRE.bytes)) this.#nested(this.#resource)
      else wire.skip(tag)
    }
    this.#sink.cut += resource.cut
    wire.at = start
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(2, WIRE.bytes)) this.#nested(this.#scopeSpans)
      else wire.skip(tag)
    }
  }

  #resource(): void {
    const wire = this.#wire
    const { resource } = this.#sink.envelope
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(1, WIRE.bytes)) this.#attribute(resource, -1)
      else wire.skip(tag)
    }
  }

  #scopeSpans(): void {
    const wire = this.#wire
    const { envelope } = this.#sink
    const start = wire.at
    envelope.scopeName = NO_BYTES
    envelope.scopeVersion = NO_BYTES
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(1, WIRE.bytes)) this.#nested(this.#scope)
      else wire.skip(tag)
    }
    wire.at = start
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(2, WIRE.bytes)) this.#span()
      else wire.skip(tag)
    }
  }

  #scope(): void {
    const wire = this.#wire
    const { envelope } = this.#sink
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(1, WIRE.bytes)) envelope.scopeName = new Bytes(this.#slice())
      else if (tag === field(2, WIRE.bytes)) envelope.scopeVersion = new Bytes(this.#slice())
      else wire.skip(tag)
    }
  }

  #span(): void {
    const wire = this.#wire
    const { data } = wire.source
    const { span } = this.#sink
    const stop = wire.span()
    const { end } = wire
    wire.end = stop
    span.reset(wire.source)
    let traceId = false
    let spanId = false
    let position = 0
    while (wire.at < stop) {
      const tag = wire.tag()
      switch (tag) {
        case 0x0a:
          traceId = this.#id(span.traceId, 16)
          break
        case 0x12:
          spanId = this.#id(span.spanId, 8)
          break
        case 0x22:
          span.hasParent = this.#id(span.parentSpanId, 8)
          break
        case 0x2a:
          span.nameEnd = wire.span()
          span.nameStart = wire.at
          wire.at = span.nameEnd
          break
        case 0x30:
          span.kind = wire.varint()
          break
        case 0x39: {
          const at = wire.fixed(8)
          span.startLow = data.getUint32(at, true)
          span.startHigh = data.getUint32(at + 4, true)
          break
        }
        case 0x41: {
          const at = wire.fixed(8)
          span.endLow = data.getUint32(at, true)
          span.endHigh = data.getUint32(at + 4, true)
          break
        }
        case 0x4a:
          this.#spanAttribute(span.attributes, position++)
          break
        case 0x7a:
          this.#nested(this.#status)
          break
        default:
          wire.skip(tag)
      }
    }
    wire.end = end
    if (!traceId) this.#sink.reject('trace_id')
    else if (!spanId) this.#sink.reject('span_id')
    else this.#sink.add()
  }

  #status(): void {
    const wire = this.#wire
    const { span, keys } = this.#sink
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === field(3, WIRE.varint)) span.status = wire.varint()
      else if (tag === field(2, WIRE.bytes)) {
        const stop = wire.span()
        if (stop > wire.at) {
          span.attributes.text(keys.find(STATUS_MESSAGE, 0, STATUS_MESSAGE.length), wire.at, stop, 0)
        }
        wire.at = stop
      } else wire.skip(tag)
    }
  }

  /**
   * The `position`-th attribute of a span. Short ones in the order that every known sender writes, key and then a
   * single plain value, are read here; whatever else is allowed goes the long way.
   */
  #spanAttribute(set: AttributeSet, position: number): void {
    const wire = this.#wire
    const { buffer } = wire
    const { at, end } = wire
    // lengths below 128 take one byte: length, key tag, length, key, value tag, length, value
    const stop = at + 1 + (buffer[at] as number)
    const keyStart = at + 3
    const keyEnd = keyStart + (buffer[at + 2] as number)
    const valueStart = keyEnd + 2
    if (
      stop <= end &&
      valueStart < stop &&
      buffer[at + 1] === 0x0a &&
      buffer[keyEnd] === 0x12 &&
      valueStart + (buffer[keyEnd + 1] as number) === stop &&
      ((buffer[at] as number) | (buffer[at + 2] as number) | (buffer[keyEnd + 1] as number)) < 128
    ) {
      const key = this.#sink.keys.predict(wire.source, keyStart, keyEnd, position)
      if (buffer[valueStart] === 0x0a && valueStart + 2 + (buffer[valueStart + 1] as number) === stop) {
        set.text(key, valueStart + 2, stop, 0)
      } else {
        wire.at = valueStart
        wire.end = stop
        this.#value(set, key)
        wire.end = end
      }
      wire.at = stop
      return
    }
    this.#attribute(set, position)
  }

  /** A `KeyValue`; `position` counts the attributes of a span, -1 elsewhere. */
  #attribute(set: AttributeSet, position: number): void {
    const wire = this.#wire
    const stop = wire.span()
    const { end } = wire
    wire.end = stop
    let keyStart = 0
    let keyEnd = 0
    let valueStart = -1
    let valueEnd = -1
    while (wire.at < stop) {
      const tag = wire.tag()
      if (tag === 0x0a) {
        keyEnd = wire.span()
        keyStart = wire.at
        wire.at = keyEnd
      } else if (tag === 0x12) {
        valueEnd = wire.span()
        valueStart = wire.at
        wire.at = valueEnd
      } else {
        wire.skip(tag)
      }
    }
    if (valueStart >= 0) {
      const { keys } = this.#sink
      const key =
        position < 0
          ? keys.find(wire.source, keyStart, keyEnd)
          : keys.predict(wire.source, keyStart, keyEnd, position)
      wire.at = valueStart
      wire.end = valueEnd
      this.#value(set, key)
      wire.at = stop
    }
    wire.end = end
  }

  #value(set: AttributeSet, key: KeyEntry): void {
    const wire = this.#wire
    const start = wire.at
    while (wire.at < wire.end) {
      const tag = wire.tag()
      switch (tag) {
        case 0x0a: {
          const stop = wire.span()
          set.text(key, wire.at, stop, 0)
          wire.at = stop
          break
        }
        case 0x10:
          set.truth(key, wire.varint() !== 0)
          break
        case 0x18:
          set.number(key, wire.int64())
          break
        case 0x21:
          set.number(key, wire.source.data.getFloat64(wire.fixed(8), true))
          break
        case 0x2a:
        case 0x32:
        case 0x3a: {
          const { end } = wire
          if (tag === 0x2a && this.#onlyText(set, key)) break
          wire.at = start
          set.made(key, valueText(this.#tree(0)))
          wire.at = end
          break
        }
        default:
          wire.skip(tag)
      }
    }
  }

  /** Takes a list of one short text, as finish reasons are, for that text; false where it is anything else. */
  #onlyText(set: AttributeSet, key: KeyEntry): boolean {
    const { buffer, at, end } = this.#wire
    // list length, value tag, its length, text tag, its length: each length in one byte, and each the rest
    const count = end - at - 5
    const plain =
      count >= 0 &&
      count < 124 &&
      buffer[at] === count + 4 &&
      buffer[at + 1] === 0x0a &&
      buffer[at + 2] === count + 2 &&
      buffer[at + 3] === 0x0a &&
      buffer[at + 4] === count
    if (!plain) return false
    set.text(key, at + 5, end, 0)
    this.#wire.at = end
    return true
  }

  /** The `AnyValue` between `at` and `end` as a JSON value: lists, maps and bytes are rare enough for objects. */
  #tree(depth: number): unknown {
    const wire = this.#wire
    if (depth > MAX_DEPTH) {
      throw new BadInput(
        400,
        'too_deep',
        `cannot read the protobuf body: a value is nested more than ${MAX_DEPTH} deep at byte ${wire.at}; send flatter attributes`,
      )
    }
    let value: unknown = null
    while (wire.at < wire.end) {
      const tag = wire.tag()
      if (tag === 0x0a) value = this.#slice().toString()
      else if (tag === 0x10) value = wire.varint() !== 0
      else if (tag === 0x18) value = wire.int64()
      else if (tag === 0x21) value = wire.source.data.getFloat64(wire.fixed(8), true)
      else if (tag === 0x3a) value = this.#slice().toString('base64')
      else if (tag === 0x2a) value = this.#list(depth)
      else if (tag === 0x32) value = this.#map(depth)
      else wire.skip(tag)
    }
    return value
  }

  #list(depth: number): unknown[] {
    const wire = this.#wire
    const list: unknown[] = []
    this.#nested(() => {
      while (wire.at < wire.end) {
        const tag = wire.tag()
        if (tag === 0x0a) this.#nested(() => list.push(this.#tree(depth + 1)))
        else wire.skip(tag)
      }
    })
    return list
  }

  #map(depth: number): Record<string, unknown> {
    const wire = this.#wire
    const entries: [string, unknown][] = []
    this.#nested(() => {
      while (wire.at < wire.end) {
        const tag = wire.tag()
        if (tag !== 0x0a) {
          wire.skip(tag)
          continue
        }
        this.#nested(() => {
          let key = ''
          let value: unknown = null
          while (wire.at < wire.end) {
            const part = wire.tag()
            if (part === 0x0a) key = this.#slice().toString()
            else if (part === 0x12)
              this.#nested(() => {
                value = this.#tree(depth + 1)
              })
            else wire.skip(part)
          }
          entries.push([key, value])
        })
      }
    })
    return Object.fromEntries(entries)
  }

  #slice(): Buffer {
    const wire = this.#wire
    const stop = wire.span()
    const bytes = wire.buffer.subarray(wire.at, stop)
    wire.at = stop
    return bytes
  }

  /** Reads an id of `width` bytes as hex digits; false when it is of another length or all zero. */
  #id(target: Bytes, width: number): boolean {
    const wire = this.#wire
    const { buffer } = wire
    const stop = wire.span()
    const start = wire.at
    wire.at = stop
    if (stop - start !== width) return false
    const { data } = target
    let any = 0
    for (let i = 0; i < width; i++) {
      const byte = buffer[start + i] as number
      any |= byte
      data.setUint16(2 * i, HEX[byte] as number, true)
    }
    return any !== 0
  }
}

/** What a list, a map or bytes become as an attribute's text: a list of texts is joined by commas. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (Array.isArray(value) && value.every((part) => typeof part === 'string')) return value.join(',')
  return JSON.stringify(value)
}

function field(number: number, type: number): number {
  return number * 8 + type
}
