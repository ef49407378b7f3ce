/**
 * Remembers which spans were accepted lately, so that one that is sent again is stored once.
 *
 * Invariant: memory is bounded: two generations of at most half the bound each, and the older one is dropped
 * whole. A key is the span id and the trace id folded to 64 bits: 128 bits in all, compared in full.
 */
import { randomInt } from 'node:crypto'
import type { Bytes } from '../write/bytes.ts'

/** Bounds of the memory. */
export interface SpanMemoryOptions {
  /** At most so many spans are remembered; one takes 16 to 64 bytes. */
  maxSpans: number
  /** A span is remembered for so long at least, milliseconds, unless `maxSpans` is reached before. */
  windowMs: number
}

const FIRST_SLOTS = 1 << 14
/** Clocks of senders are expected to be ahead by less. */
const MAX_SKEW_MS = 5 * 60_000
/** Words of a key; a slot whose first two are 0 was never used: no span id is 0. */
export const WORDS = 4
/** First words of a slot whose key was taken back: no span id is so, because its fold is 1 and its id 0. */
const TAKEN_BACK = 1

export class SpanMemory {
  readonly #perGeneration: number
  readonly #windowMs: number
  readonly #seed = randomInt(2 ** 31)
  #young = new Uint32Array(FIRST_SLOTS * WORDS)
  #old = new Uint32Array(WORDS * 2)
  #count = 0
  #oldCount = 0
  #since = Number.NEGATIVE_INFINITY
  /** From when on the younger generation, and the memory as a whole, holds every span that was accepted. */
  #youngFrom = Number.POSITIVE_INFINITY
  #from = Number.POSITIVE_INFINITY
  #a = 0
  #b = 0
  #c = 0
  #d = 0

  constructor({ maxSpans, windowMs }: SpanMemoryOptions) {
    this.#perGeneration = Math.max(1, Math.floor(maxSpans / 2))
    this.#windowMs = windowMs
  }

  /** How many spans are remembered. */
  get size(): number {
    return this.#count + this.#oldCount
  }

  /** Bytes that the memory takes. */
  get bytes(): number {
    return this.#young.byteLength + this.#old.byteLength
  }

  /**
   * A span that ended at this time or later, and is not remembered, was never accepted; of an older one the memory
   * cannot tell. Milliseconds since 1970, by the sender's clock: half of what the memory reaches back, and at most
   * five minutes, is left for clocks that are ahead of ours.
   */
  vouchesFrom(now: number): number {
    return this.#from + Math.max(0, Math.min(MAX_SKEW_MS, (now - this.#from) / 2))
  }

  /** Every span that was accepted since `from`, milliseconds since 1970, has been added. */
  reachesBackTo(from: number): void {
    this.#youngFrom = from
    this.#from = from
  }

  /** Drops what is older than the window. To be called before a request; `now` is in milliseconds since 1970. */
  advance(now: number): void {
    if (this.#since === Number.NEGATIVE_INFINITY) {
      this.#since = now
      if (this.#from === Number.POSITIVE_INFINITY) this.reachesBackTo(now)
    }
    if (now - this.#since >= this.#windowMs || this.#count >= this.#perGeneration) this.#rotate(now)
  }

  /** Remembers a span by its ids in lower-case hex (32 and 16 digits); false when it is known already. */
  add(traceId: Bytes, spanId: Bytes): boolean {
    this.#key(traceId.data, 0, spanId.data, 0)
    return this.#insert()
  }

  /** The same for a trace id and a span id that stand one after the other at `at`. */
  addPair(hex: DataView, at: number): boolean {
    this.#key(hex, at, hex, at + 32)
    return this.#insert()
  }

  /** Whether a span is remembered. */
  has(traceId: Bytes, spanId: Bytes): boolean {
    this.#key(traceId.data, 0, spanId.data, 0)
    if (this.#count > 0 && this.#find(this.#young) >= 0) return true
    return this.#oldCount > 0 && this.#find(this.#old) >= 0
  }

  /** The key that `add` was called with last, to `takeBack` later: four numbers appended to `keys`. */
  pushLast(keys: number[]): void {
    keys.push(this.#a, this.#b, this.#c, this.#d)
  }

  /** Forgets keys that `pushLast` gave: their spans were not stored after all. */
  takeBack(keys: readonly number[]): void {
    for (let i = 0; i < keys.length; i += WORDS) {
      this.#a = keys[i] as number
      this.#b = keys[i + 1] as number
      this.#c = keys[i + 2] as number
      this.#d = keys[i + 3] as number
      for (const table of [this.#young, this.#old]) {
        const at = this.#find(table)
        if (at < 0) continue
        table[at] = 0
        table[at + 1] = 0
        table[at + 2] = TAKEN_BACK
        table[at + 3] = 0
      }
    }
  }

  #insert(): boolean {
    if (this.#oldCount > 0 && this.#find(this.#old) >= 0) return false
    if (this.#count * 2 >= this.#young.length / WORDS) this.#grow()
    const at = this.#find(this.#young)
    if (at >= 0) return false
    this.#write(this.#young, ~at)
    this.#count++
    return true
  }

  #write(table: Uint32Array, at: number): void {
    table[at] = this.#a
    table[at + 1] = this.#b
    table[at + 2] = this.#c
    table[at + 3] = this.#d
  }

  /** Where the key is, or the complement of where it would go. */
  #find(table: Uint32Array): number {
    const mask = table.length - 1
    let at = (this.#hash() * WORDS) & mask
    for (;;) {
      const a = table[at] as number
      const b = table[at + 1] as number
      if (a === this.#a && b === this.#b && table[at + 2] === this.#c && table[at + 3] === this.#d) return at
      if (a === 0 && b === 0 && table[at + 2] === 0) return ~at
      at = (at + WORDS) & mask
    }
  }

  /** Seeded, so that nobody can send spans that all land in one place. */
  #hash(): number {
    let value = Math.imul(this.#a ^ this.#seed, 0x9e3779b1)
    value = Math.imul(value ^ (value >>> 15) ^ this.#b, 0x85ebca77)
    value = Math.imul(value ^ (value >>> 13) ^ this.#c, 0xc2b2ae3d)
    value = Math.imul(value ^ (value >>> 16) ^ this.#d, 0x27d4eb2f)
    return (value ^ (value >>> 15)) >>> 0
  }

  #grow(): void {
    const before = this.#young
    const { length } = before
    this.#young = new Uint32Array(length * 2)
    const [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d]
    for (let at = 0; at < length; at += WORDS) {
      this.#a = before[at] as number
      this.#b = before[at + 1] as number
      if (this.#a === 0 && this.#b === 0) continue
      this.#c = before[at + 2] as number
      this.#d = before[at + 3] as number
      this.#write(this.#young, ~this.#find(this.#young))
    }
    this.#a = a
    this.#b = b
    this.#c = c
    this.#d = d
  }

  #rotate(now: number): void {
    const { length } = this.#young
    // as large as the last one was filled: a steady load then never grows it again
    const wanted = this.#count * 4 < length / WORDS ? Math.max(FIRST_SLOTS * WORDS, length / 2) : length
    this.#old = this.#young
    this.#oldCount = this.#count
    this.#young = new Uint32Array(wanted)
    this.#count = 0
    this.#since = now
    this.#from = this.#youngFrom
    this.#youngFrom = now
  }

  #key(trace: DataView, traceAt: number, span: DataView, spanAt: number): void {
    this.#a = word(span, spanAt)
    this.#b = word(span, spanAt + 8)
    this.#c = (word(trace, traceAt) ^ word(trace, traceAt + 16)) >>> 0
    this.#d = (word(trace, traceAt + 8) ^ word(trace, traceAt + 24)) >>> 0
  }
}

/** Eight lower-case hex digits as a number: the digits of four bytes are taken apart at once. */
function word(hex: DataView, at: number): number {
  return ((half(hex.getInt32(at, false)) << 16) | half(hex.getInt32(at + 4, false))) >>> 0
}

/** Four digits, the first in the highest byte: letters have bit 6 set and are 9 more than their low bits. */
function half(digits: number): number {
  const nibbles = (digits & 0x0f0f0f0f) + ((digits >>> 6) & 0x01010101) * 9
  const pairs = (nibbles | (nibbles >>> 4)) & 0x00ff00ff
  return (pairs | (pairs >>> 8)) & 0xffff
}
