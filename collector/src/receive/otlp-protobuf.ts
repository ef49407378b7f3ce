/**
 * OTLP trace requests as protobuf, read straight into the span record: no object tree is built.
 *
 * Invariant: any bytes either give spans or a `BadInput`; unknown fields are passed over.
 * Field numbers: opentelemetry-proto, `collector/trace/v1`, `trace/v1`, `resource/v1`, `common/v1`.
 */
import type { KeyEntry } from '../normalise/keys.ts'
import type { AttributeSet } from '../normalise/span-record.ts'
import { Bytes, equalBytes, NO_BYTES } from '../write/bytes.ts'
import { onlyText, readValue, valueText } from './any-value.ts'
import type { Sink } from './sink.ts'
import { WIRE, Wire } from './wire.ts'

const STATUS_MESSAGE = new Bytes(Buffer.from('otel.status_description'))

/** Reads an `ExportTraceServiceRequest` into `sink`. Throws `BadInput`. */
export class ProtobufDecoder {
  readonly #wire = new Wire()
  #sink!: Sink
  /** Scopes mostly are the same from request to request. */
  #lastName = NO_BYTES
  #lastVersion = NO_BYTES

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
    this.#sink.countCuts(resource)
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
      if (tag === field(1, WIRE.bytes)) envelope.scopeName = this.#lastName = this.#word(this.#lastName)
      else if (tag === field(2, WIRE.bytes)) {
        envelope.scopeVersion = this.#lastVersion = this.#word(this.#lastVersion)
      } else wire.skip(tag)
    }
  }

  /** A text of its own, not a part of the request; `last` where it is that one, whose number columns remember. */
  #word(last: Bytes): Bytes {
    const wire = this.#wire
    const stop = wire.span()
    const start = wire.at
    wire.at = stop
    const count = stop - start
    if (count === last.length && equalBytes(last, 0, wire.source, start, count)) return last
    return new Bytes(Buffer.from(wire.buffer.subarray(start, stop)))
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
          traceId = wire.id(span.traceId, 16)
          break
        case 0x12:
          spanId = wire.id(span.spanId, 8)
          break
        case 0x22:
          span.hasParent = wire.id(span.parentSpanId, 8)
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
          const only = tag === 0x2a ? onlyText(wire) : -1
          if (only >= 0) {
            set.text(key, only, end, 0)
            wire.at = end
            break
          }
          wire.at = start
          set.made(key, valueText(readValue(wire, 0)))
          wire.at = end
          break
        }
        default:
          wire.skip(tag)
      }
    }
  }
}

function field(number: number, type: number): number {
  return number * 8 + type
}
