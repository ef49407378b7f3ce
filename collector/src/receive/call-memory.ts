/**
 * Remembers what the last calls say of spans that come later: which spans contain one, and who named which answer.
 *
 * Invariant: memory is bounded, by time and by number, and forgets only in `advance`, which is for the moments between
 * segments: what a segment was told by its own spans it is told again when it is read again.
 */
import type { Bytes } from '../write/bytes.ts'
import { SpanMemory, type SpanMemoryOptions } from './span-memory.ts'

/** A call that named its answer. */
export interface Answer {
  readonly scope: string
  /** Nanoseconds; as exact as it takes to see whether two calls overlap. */
  readonly start: number
  readonly end: number
}

/** Exporters send every few seconds. */
const BOUNDS: SpanMemoryOptions = { maxSpans: 500_000, windowMs: 60_000 }

export class CallMemory {
  readonly #bounds: SpanMemoryOptions
  readonly #containers: SpanMemory
  #young = new Map<string, Answer>()
  #old = new Map<string, Answer>()
  #since = Number.NEGATIVE_INFINITY

  constructor(bounds: SpanMemoryOptions = BOUNDS) {
    this.#bounds = bounds
    this.#containers = new SpanMemory(bounds)
  }

  /** Drops what is older than the window. `now` is in milliseconds since 1970. */
  advance(now: number): void {
    const { maxSpans, windowMs } = this.#bounds
    this.#containers.advance(now)
    if (now - this.#since < windowMs && this.#young.size < maxSpans / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#since = now
  }

  /** Whether a span contains a call. Ids are lower-case hex, here and below. */
  contains(traceId: Bytes, spanId: Bytes): boolean {
    return this.#containers.has(traceId, spanId)
  }

  /** Remembers that a span contains a call. @returns whether it was not known; its key then is at the end of `keys` */
  addContainer(traceId: Bytes, spanId: Bytes, keys: number[]): boolean {
    if (!this.#containers.add(traceId, spanId)) return false
    this.#containers.pushLast(keys)
    return true
  }

  /** Who named this answer first. */
  answer(id: string): Answer | undefined {
    return this.#old.get(id) ?? this.#young.get(id)
  }

  /** Remembers who named an answer that nobody had named. */
  addAnswer(id: string, answer: Answer): void {
    this.#young.set(id, answer)
  }

  /** Forgets what was added: keys of containers, and answers. */
  takeBack(keys: readonly number[], answers: readonly string[]): void {
    this.#containers.takeBack(keys)
    for (const id of answers) this.#young.delete(id)
  }
}
