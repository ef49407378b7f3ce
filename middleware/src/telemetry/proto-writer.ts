/**
 * Writes protobuf messages into one growing buffer (https://protobuf.dev/programming-guides/encoding/).
 *
 * Invariant: what was written stays where it is until {@link ProtoWriter.take}; texts are UTF-8, and no text is
 * turned into bytes of its own on the way.
 */

/** Wire types. */
export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const TWO_32 = 2 ** 32
/** `KeyValue.value`, and `AnyValue.string_value` in it. */
const VALUE_TAG = 18
const TEXT_TAG = 10
/** `AnyValue.int_value` and `double_value`. */
const INT_TAG = 24
const DOUBLE_TAG = 33
/** Longer texts are worth a call into the runtime. */
const SHORT = 48

export class ProtoWriter {
  #bytes: Buffer
  #at = 0

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at
  }

  /** What was written; the writer begins anew with a buffer of its own. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#at)
    this.#bytes = Buffer.allocUnsafeSlow(this.#bytes.length)
    this.#at = 0
    return taken
  }

  /** What was written since `from`, valid until the next write. */
  since(from: number): Buffer {
    return this.#bytes.subarray(from, this.#at)
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType)
  }

  /** @param value a whole number within ±2^53 */
  varint(value: number): void {
    this.#reserve(10)
    if (value >= 0) {
      this.#at = put(this.#bytes, this.#at, value)
      return
    }
    let bits = BigInt.asUintN(64, BigInt(value))
    for (; bits > 127n; bits >>= 7n) this.#bytes[this.#at++] = Number(bits & 127n) | 128
    this.#bytes[this.#at++] = Number(bits)
  }

  fixed32(value: number): void {
    this.#reserve(4)
    this.#at = this.#bytes.writeUInt32LE(value, this.#at)
  }

  fixed64(high: number, low: number): void {
    this.fixed32(low)
    this.fixed32(high)
  }

  double(value: number): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  raw(bytes: Uint8Array): void {
    const { length } = bytes
    this.#reserve(length)
    const to = this.#bytes
    let at = this.#at
    for (let index = 0; index < length; index++) to[at++] = bytes[index] as number
    this.#at = at
  }

  /** Some of `bytes`, fewer than 128, with their length. */
  part(bytes: Uint8Array, from: number, length: number): void {
    this.#reserve(length + 1)
    const to = this.#bytes
    let at = this.#at
    to[at++] = length
    for (let index = 0; index < length; index++) to[at++] = bytes[from + index] as number
    this.#at = at
  }

  /** Fields that were written before. */
  fields(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  /** Bytes that a hexadecimal text stands for, with their length. */
  hex(text: string): void {
    const size = text.length >> 1
    this.varint(size)
    this.#reserve(size)
    this.#at += this.#bytes.write(text, this.#at, size, 'hex')
  }

  /**
   * A `KeyValue` whose value is a text, as a field.
   *
   * @param tag of the field, in one byte
   * @param key the key's field, with tag and length
   */
  textAttribute(tag: number, key: Uint8Array, text: string): void {
    const size = sizeOf(text)
    const inner = 1 + widthOf(size) + size
    const whole = key.length + 1 + widthOf(inner) + inner
    this.#reserve(whole + 6)
    const to = this.#bytes
    let at = this.#at
    to[at++] = tag
    at = put(to, at, whole)
    for (let index = 0; index < key.length; index++) to[at++] = key[index] as number
    to[at++] = VALUE_TAG
    at = put(to, at, inner)
    to[at++] = TEXT_TAG
    this.#at = put(to, at, size)
    this.textOf(text, size)
  }

  /**
   * A `KeyValue` whose value is a number, as a field.
   *
   * @param tag of the field, in one byte
   * @param key the key's field, with tag and length
   * @param value not negative where it is whole
   * @param whole a whole number, to be written as one
   */
  numberAttribute(tag: number, key: Uint8Array, value: number, whole: boolean): void {
    const inner = whole ? 1 + widthOf(value) : 9
    const size = key.length + 2 + inner
    this.#reserve(size + 3)
    const to = this.#bytes
    let at = this.#at
    to[at++] = tag
    at = put(to, at, size)
    for (let index = 0; index < key.length; index++) to[at++] = key[index] as number
    to[at++] = VALUE_TAG
    to[at++] = inner
    to[at++] = whole ? INT_TAG : DOUBLE_TAG
    this.#at = whole ? put(to, at, value) : to.writeDoubleLE(value, at)
  }

  /** A text with its length. */
  text(text: string): void {
    const size = sizeOf(text)
    this.varint(size)
    this.textOf(text, size)
  }

  /** A text without its length. @param size its length in bytes */
  textOf(text: string, size: number): void {
    this.#reserve(size)
    if (size === text.length && size <= SHORT) {
      const to = this.#bytes
      let at = this.#at
      for (let index = 0; index < size; index++) to[at++] = text.charCodeAt(index)
      this.#at = at
      return
    }
    this.#at += this.#bytes.write(text, this.#at, size, size === text.length ? 'latin1' : 'utf8')
  }

  /** Begins something whose length comes before it. @returns what {@link close} wants */
  open(): number {
    this.#reserve(2)
    this.#at += 2
    return this.#at
  }

  /** Ends what was opened at `from`, and writes its length before it. */
  close(from: number): void {
    const size = this.#at - from
    const width = widthOf(size)
    // Two bytes were left for it, which is right for all but the shortest and the longest.
    if (width !== 2) {
      this.#reserve(width)
      this.#bytes.copyWithin(from - 2 + width, from, this.#at)
      this.#at += width - 2
    }
    let rest = size
    let at = from - 2
    while (rest > 127) {
      this.#bytes[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[at] = rest
  }

  /** Takes back what was written since `length`. */
  rewind(length: number): void {
    this.#at = length
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + bytes))
    this.#bytes.copy(larger, 0, 0, this.#at)
    this.#bytes = larger
  }
}

/** Writes a varint. @returns where the next byte goes */
function put(to: Buffer, from: number, value: number): number {
  let at = from
  let rest = value
  while (rest > 127) {
    to[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  to[at++] = rest
  return at
}

/** Bytes of a varint. */
export function widthOf(value: number): number {
  if (value < 128) return 1
  let width = 2
  for (let rest = value / 128; rest >= 128; rest /= 128) width++
  return width
}

/** Bytes of a text as UTF-8. */
function sizeOf(text: string): number {
  if (text.length > SHORT) return Buffer.byteLength(text)
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 127) return Buffer.byteLength(text)
  return text.length
}

/** Milliseconds since the epoch, with fractions, as nanoseconds in two halves. */
export function nanosecondsOf(milliseconds: number): { high: number; low: number } {
  const whole = Math.floor(milliseconds)
  // In parts whose products are exact: 2^53 nanoseconds are only a hundred days.
  const upper = Math.floor(whole / 65_536) * 1_000_000
  const lower = (whole % 65_536) * 1_000_000 + Math.round((milliseconds - whole) * 1_000_000)
  const low = (upper % 65_536) * 65_536 + lower
  return { high: Math.floor(upper / 65_536) + Math.floor(low / TWO_32), low: low % TWO_32 }
}
