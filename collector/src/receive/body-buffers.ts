/**
 * Memory for the bodies of requests, used again and again: a megabyte for each request is what garbage collection
 * costs most for.
 *
 * Invariant: a buffer has one user at a time. One that is never given back is lost to the pool and nothing else.
 */

/** Smaller bodies are not worth it. */
const SMALLEST = 64 * 1024
/** Bytes that wait to be used again. */
const MAX_KEPT = 32 * 1024 * 1024

export class BodyBuffers {
  /** By size, a power of two. */
  readonly #kept = new Map<number, ArrayBuffer[]>()
  /** Those in use. */
  readonly #lent = new WeakSet<ArrayBuffer>()
  #bytes = 0

  /** Room for `size` bytes; what is in it is of no meaning. */
  take(size: number): Buffer {
    if (size < SMALLEST) return Buffer.allocUnsafe(size)
    const room = 2 ** Math.ceil(Math.log2(size))
    const kept = this.#kept.get(room)?.pop()
    if (kept !== undefined) this.#bytes -= room
    const memory = kept ?? new ArrayBuffer(room)
    this.#lent.add(memory)
    return Buffer.from(memory, 0, size)
  }

  /** Takes a body that nobody looks at any more; of one that is not from here nothing is kept. */
  giveBack({ buffer }: Buffer): void {
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return
    const room = buffer.byteLength
    if (this.#bytes + room > MAX_KEPT) return
    this.#bytes += room
    const kept = this.#kept.get(room)
    if (kept === undefined) this.#kept.set(room, [buffer])
    else kept.push(buffer)
  }
}
