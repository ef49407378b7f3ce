/**
 * A growable run of bytes: what every column is made of.
 *
 * Invariant: everything below `length` was written; `truncate` forgets what came later.
 */
export class Bytes {
  buffer: Buffer
  length = 0

  constructor(capacity: number) {
    this.buffer = Buffer.allocUnsafeSlow(capacity)
  }

  /** Makes room for `count` more bytes; returns the offset where they start and counts them as written. */
  reserve(count: number): number {
    const at = this.length
    const needed = at + count
    if (needed > this.buffer.length) this.#grow(needed)
    this.length = needed
    return at
  }

  /** Appends `source[start, end)`. */
  append(source: Buffer, start: number, end: number): void {
    const count = end - start
    const at = this.reserve(count)
    const { buffer } = this
    if (count < 40) for (let i = 0; i < count; i++) buffer[at + i] = source[start + i] as number
    else source.copy(buffer, at, start, end)
  }

  /** Appends an unsigned LEB128 number below 2^53. */
  varint(value: number): void {
    let at = this.reserve(10)
    const { buffer } = this
    let rest = value
    while (rest > 127) {
      buffer[at++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    buffer[at++] = rest
    this.length = at
  }

  /** Appends an unsigned 64-bit number below 2^53, little endian. */
  u64(value: number): void {
    const at = this.reserve(8)
    this.buffer.writeUInt32LE(value >>> 0, at)
    this.buffer.writeUInt32LE(Math.floor(value / 4294967296) >>> 0, at + 4)
  }

  /** Appends a length and the bytes, as ClickHouse writes a string. */
  string(source: Buffer, start: number, end: number): void {
    const count = end - start
    if (count > 127) {
      this.varint(count)
      this.append(source, start, end)
      return
    }
    const at = this.reserve(count + 1)
    const { buffer } = this
    buffer[at] = count
    if (count < 40) for (let i = 0; i < count; i++) buffer[at + 1 + i] = source[start + i] as number
    else source.copy(buffer, at + 1, start, end)
  }

  truncate(length: number): void {
    this.length = length
  }

  /** What was written, without a copy. */
  view(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  #grow(needed: number): void {
    const wider = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(wider, 0, 0, this.length)
    this.buffer = wider
  }
}
