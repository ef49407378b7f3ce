/**
 * The protobuf wire format, read straight over the bytes.
 *
 * Invariant: never reads outside `[at, end)` of what it was given; whatever is wrong is a `BadInput` that
 * names the offset. https://protobuf.dev/programming-guides/encoding/
 */
import { Bytes, NO_BYTES } from '../write/bytes.ts'
import { BadInput } from './bad-input.ts'

/** Wire types. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const

/** Both hex digits of a byte, the first in the lower half. */
const HEX = Uint16Array.from({ length: 256 }, (_, byte) =>
  Buffer.from(byte.toString(16).padStart(2, '0')).readUInt16LE(),
)

/** A cursor over one message; nested messages move `end` inwards and back. */
export class Wire {
  /** The whole request. */
  source: Bytes = NO_BYTES
  buffer: Buffer = NO_BYTES.buffer
  at = 0
  end = 0

  begin(buffer: Buffer): void {
    this.source = new Bytes(buffer)
    this.buffer = buffer
    this.at = 0
    this.end = buffer.length
  }

  /** Field number and wire type as they are encoded: `number * 8 + type`. */
  tag(): number {
    const tag = this.varint()
    if (tag < 8 || tag > 0xffffffff) throw this.fault('a field number out of range')
    return tag
  }

  /** An unsigned number; above 2^53 it loses its low bits. */
  varint(): number {
    const { buffer, end } = this
    let at = this.at
    if (at < end) {
      const first = buffer[at] as number
      if (first < 128) {
        this.at = at + 1
        return first
      }
    }
    let value = 0
    let factor = 1
    for (let i = 0; i < 10; i++) {
      if (at >= end) throw this.fault('a number that is cut off')
      const byte = buffer[at++] as number
      value += (byte & 127) * factor
      if (byte < 128) {
        this.at = at
        return value
      }
      factor *= 128
    }
    throw this.fault('a number of more than 10 bytes')
  }

  /** A signed 64-bit number; exact below 2^53 in either direction. */
  int64(): number {
    const start = this.at
    const value = this.varint()
    if (value < 9007199254740992) return value
    // ten bytes: two's complement of a negative number, or a positive one beyond 2^53
    let exact = 0n
    for (let i = start, shift = 0n; i < this.at; i++, shift += 7n) {
      exact |= BigInt((this.buffer[i] as number) & 127) << shift
    }
    return Number(BigInt.asIntN(64, exact))
  }

  /** The end of a length-delimited field that starts at `at` afterwards. */
  span(): number {
    const count = this.varint()
    const stop = this.at + count
    if (stop > this.end) throw this.fault(`a field of ${count} bytes where ${this.end - this.at} are left`)
    return stop
  }

  /** The bytes of a length-delimited field, without a copy. */
  slice(): Buffer {
    const stop = this.span()
    const bytes = this.buffer.subarray(this.at, stop)
    this.at = stop
    return bytes
  }

  /** Reads an id of `width` bytes as hex digits; false when it is of another length or all zero. */
  id(target: Bytes, width: number): boolean {
    const { buffer } = this
    const stop = this.span()
    const start = this.at
    this.at = stop
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

  /** The offset of a fixed-width field of `width` bytes, which is then passed. */
  fixed(width: number): number {
    const start = this.at
    if (start + width > this.end) throw this.fault('a fixed-width field that is cut off')
    this.at = start + width
    return start
  }

  /** Passes the value of a field that is not known here. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WIRE.varint:
        this.varint()
        return
      case WIRE.fixed64:
        this.fixed(8)
        return
      case WIRE.bytes:
        this.at = this.span()
        return
      case WIRE.fixed32:
        this.fixed(4)
        return
      default:
        throw this.fault(`wire type ${tag & 7}`)
    }
  }

  fault(what: string): BadInput {
    return new BadInput(
      400,
      'malformed',
      `cannot read the protobuf body: ${what} at byte ${this.at}; send an ExportTraceServiceRequest`,
    )
  }
}
