/**
 * Attribute keys, known by their bytes.
 *
 * Invariant: a key is looked up without making a string; keys that were never seen before are remembered
 * up to a bound, so a sender of random keys costs time but no memory.
 */
import { Bytes, equalBytes, hashBytes } from '../write/bytes.ts'
import { ALIASES, type Target } from './aliases.ts'
import { isContent } from './content.ts'

/** What is known of a key. */
export interface KeyEntry {
  readonly bytes: Bytes
  readonly target: Target | undefined
  /** Its value is content and must not be stored. */
  readonly content: boolean
}

const MAX_KEYS = 8192
const MAX_KEY_BYTES = 256
const POSITIONS = 64

/** Finds keys; `predict` tries the key that stood at the same position in the span before. */
export class KeyTable {
  readonly #slots: KeyEntry[][] = Array.from({ length: 1024 }, () => [])
  readonly #predicted: (KeyEntry | undefined)[] = new Array(POSITIONS).fill(undefined)
  #count = 0

  constructor() {
    for (const name of ALIASES.keys()) {
      const bytes = new Bytes(Buffer.from(name))
      this.find(bytes, 0, bytes.length)
    }
  }

  /** The entry of key `source[start, end)` that is the `position`-th of its span. */
  predict(source: Bytes, start: number, end: number, position: number): KeyEntry {
    if (position >= POSITIONS) return this.find(source, start, end)
    const guess = this.#predicted[position]
    if (guess !== undefined && equals(guess.bytes, source, start, end)) return guess
    const entry = this.find(source, start, end)
    this.#predicted[position] = entry
    return entry
  }

  /** The entry of key `source[start, end)`; a very long key is cut. */
  find(source: Bytes, start: number, wantedEnd: number): KeyEntry {
    const end = Math.min(wantedEnd, start + MAX_KEY_BYTES)
    const slot = this.#slots[hashBytes(source, start, end) & 1023] as KeyEntry[]
    for (const entry of slot) if (equals(entry.bytes, source, start, end)) return entry
    const bytes = new Bytes(Buffer.from(source.buffer.subarray(start, end)))
    const name = bytes.buffer.toString()
    const entry = { bytes, target: ALIASES.get(name), content: isContent(name) }
    if (this.#count < MAX_KEYS) {
      this.#count++
      slot.push(entry)
    }
    return entry
  }
}

function equals(own: Bytes, source: Bytes, start: number, end: number): boolean {
  return own.length === end - start && equalBytes(own, 0, source, start, own.length)
}
