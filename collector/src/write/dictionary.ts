/**
 * Distinct byte strings and their numbers: the dictionary of a LowCardinality column.
 *
 * Invariant: number 0 is the empty string; equal bytes have one number; no JavaScript string is made.
 */
import { Bytes, equalBytes, hashBytes } from './bytes.ts'

const HEADS = 256

export class Dictionary {
  /** The strings, each with its length before it, in the order of their numbers. */
  readonly encoded: Bytes = new Bytes(1024)
  size = 1
  #starts = new Int32Array(64)
  #ends = new Int32Array(64)
  #next = new Int32Array(64)
  #heads = new Int32Array(HEADS)
  #last = 0

  constructor() {
    this.encoded.varint(0)
  }

  /** Forgets all strings but the empty one. */
  clear(): void {
    this.encoded.truncate(1)
    this.size = 1
    this.#last = 0
    // what many strings needed costs too much to clear for few
    if (this.#heads.length > HEADS) this.#heads = new Int32Array(HEADS)
    else this.#heads.fill(0)
  }

  /** The number of `source[start, end)`; adds it when it is new. */
  number(source: Bytes, start: number, end: number): number {
    if (start === end) return 0
    const last = this.#last
    if (last !== 0 && this.#equals(last, source, start, end)) return last
    const slot = hashBytes(source, start, end) & (this.#heads.length - 1)
    for (let entry = this.#heads[slot] as number; entry !== 0; entry = this.#next[entry] as number) {
      if (this.#equals(entry, source, start, end)) {
        this.#last = entry
        return entry
      }
    }
    return this.#add(source, start, end, slot)
  }

  /** The string with a number. */
  text(number: number): string {
    if (number === 0) return ''
    return this.encoded.buffer.toString('utf8', this.#starts[number] as number, this.#ends[number] as number)
  }

  #equals(entry: number, source: Bytes, start: number, end: number): boolean {
    const own = this.#starts[entry] as number
    const count = end - start
    return (
      (this.#ends[entry] as number) - own === count && equalBytes(this.encoded, own, source, start, count)
    )
  }

  #add(source: Bytes, start: number, end: number, slot: number): number {
    const entry = this.size++
    if (entry === this.#starts.length) {
      this.#starts = widen(this.#starts)
      this.#ends = widen(this.#ends)
      this.#next = widen(this.#next)
    }
    this.encoded.string(source, start, end)
    this.#ends[entry] = this.encoded.length
    this.#starts[entry] = this.encoded.length - (end - start)
    if (this.size > this.#heads.length * 2) {
      this.#rehash()
    } else {
      this.#next[entry] = this.#heads[slot] as number
      this.#heads[slot] = entry
    }
    this.#last = entry
    return entry
  }

  #rehash(): void {
    this.#heads = new Int32Array(this.#heads.length * 8)
    for (let entry = 1; entry < this.size; entry++) {
      const slot =
        hashBytes(this.encoded, this.#starts[entry] as number, this.#ends[entry] as number) &
        (this.#heads.length - 1)
      this.#next[entry] = this.#heads[slot] as number
      this.#heads[slot] = entry
    }
  }
}

function widen(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(array.length * 2)
  wider.set(array)
  return wider
}
