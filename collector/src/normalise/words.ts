/**
 * A function of words, remembered by their bytes: the same few words come with every span.
 *
 * Invariant: bounded; a sender of ever new words costs time and no memory.
 */
import type { Bytes } from '../write/bytes.ts'
import { Dictionary } from '../write/dictionary.ts'

const MAX_WORDS = 4096

/** Applies `compute` to texts and remembers what it gave. */
export class Words<T> {
  readonly #compute: (text: string) => T
  #dictionary = new Dictionary()
  #results: (T | undefined)[] = []

  constructor(compute: (text: string) => T) {
    this.#compute = compute
  }

  /** The function's value for `source[start, end)`. */
  of(source: Bytes, start: number, end: number): T {
    const number = this.#dictionary.number(source, start, end)
    const known = this.#results[number]
    if (known !== undefined) return known
    if (number >= MAX_WORDS) {
      this.#dictionary = new Dictionary()
      this.#results = []
      return this.of(source, start, end)
    }
    const result = this.#compute(source.buffer.toString('utf8', start, end))
    this.#results[number] = result
    return result
  }
}
