/**
 * A run of bytes, growable: what every column is made of, and how a request is read.
 *
 * Invariant: everything below `length` was written; `truncate` forgets what came later. Four bytes are moved and
 * compared at a time, which is what the speed of decoding comes from.
 */
export class Bytes {
  buffer: Buffer
  /** Over the same memory as `buffer`. */
  data: DataView
  length: number

  /** An empty run with room for so many bytes, or one over bytes that are there already. */
  constructor(capacity: number | Buffer) {
    this.buffer = typeof capacity === 'number' ? Buffer.allocUnsafeSlow(capacity) : capacity
    this.data = viewOf(this.buffer)
    this.length = typeof capacity === 'number' ? 0 : capacity.length
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
  append(source: Bytes, start: number, end: number): void {
    const at = this.reserve(end - start)
    copy(source, start, end, this, at)
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
    this.data.setUint32(at, value >>> 0, true)
    this.data.setUint32(at + 4, Math.floor(value / 4294967296) >>> 0, true)
  }

  /** Appends a length and the bytes, as ClickHouse writes a string. */
  string(source: Bytes, start: number, end: number): void {
    const count = end - start
    if (count > 127) {
      this.varint(count)
      this.append(source, start, end)
      return
    }
    const at = this.reserve(count + 1)
    this.buffer[at] = count
    copy(source, start, end, this, at + 1)
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
    this.data = viewOf(wider)
  }
}

/** No bytes. */
export const NO_BYTES: Bytes = new Bytes(Buffer.alloc(0))

/** Whether `a[aStart, aStart + count)` and `b[bStart, bStart + count)` are the same bytes. */
export function equalBytes(a: Bytes, aStart: number, b: Bytes, bStart: number, count: number): boolean {
  const left = a.data
  const right = b.data
  let i = 0
  for (; i + 4 <= count; i += 4) {
    if (left.getInt32(aStart + i, true) !== right.getInt32(bStart + i, true)) return false
  }
  for (; i < count; i++) if (left.getUint8(aStart + i) !== right.getUint8(bStart + i)) return false
  return true
}

/** A 32-bit hash of `source[start, end)`. */
export function hashBytes(source: Bytes, start: number, end: number): number {
  const { data } = source
  let value = (end - start) ^ 0x811c9dc5
  let i = start
  for (; i + 4 <= end; i += 4) {
    value = Math.imul(value ^ data.getInt32(i, true), 0x9e3779b1)
    value ^= value >>> 15
  }
  for (; i < end; i++) value = Math.imul(value ^ data.getUint8(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 13), 0x85ebca77)
  return (value ^ (value >>> 16)) >>> 0
}

/** Above this the engine's own copy is faster than a loop. */
const LONG = 96

function copy(source: Bytes, start: number, end: number, target: Bytes, at: number): void {
  if (end - start > LONG) {
    source.buffer.copy(target.buffer, at, start, end)
    return
  }
  const from = source.data
  const to = target.data
  let i = start
  let j = at
  for (; i + 4 <= end; i += 4, j += 4) to.setInt32(j, from.getInt32(i, true), true)
  for (; i < end; i++, j++) to.setUint8(j, from.getUint8(i))
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
