/**
 * What Spanmeter counts of itself: calls, spans on their way, spans lost, failures inside.
 *
 * Invariant: shared by all copies of this package in the process, and bounded: words beyond the limit of a counter
 * are counted together.
 */

/** Counts by one word. */
export type Counts = Map<string, number>

export interface Counters {
  /** Calls by `provider` and usage source, joined by a line feed. */
  calls: Counts
  /** Things that broke inside, by place. */
  failures: Counts
  /** Spans that were not delivered, by reason. */
  dropped: Counts
  /** Spans that the endpoint took. */
  sent: number
  /** Spans that wait to be sent, or are being sent. */
  queued: number
  /** Of `dropped`, those that an export has told of. */
  told: number
}

const KEY = Symbol.for('spanmeter.counters.v1')
const MAX_WORDS = 200

/** The counters of this process. */
export function counters(): Counters {
  const holder = globalThis as { [KEY]?: Counters }
  holder[KEY] ??= {
    calls: new Map(),
    failures: new Map(),
    dropped: new Map(),
    sent: 0,
    queued: 0,
    told: 0,
  }
  return holder[KEY]
}

/** Adds to the count of a word. @returns the new count */
export function count(counts: Counts, word: string, by = 1): number {
  const key = counts.has(word) || counts.size < MAX_WORDS ? word : '_OTHER'
  const next = (counts.get(key) ?? 0) + by
  counts.set(key, next)
  return next
}

/** All of a counter. */
export function total(counts: Counts): number {
  let sum = 0
  for (const one of counts.values()) sum += one
  return sum
}
