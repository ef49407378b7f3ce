/**
 * Calls that a tool traced and our middleware metered, where neither span names the other: the tool's is not around
 * the call for the process, and names no answer. It is known by what it says: service, model and outcome, the tokens
 * as far as both know them, and a time around the other's. Of two tools that traced a call that failed, likewise.
 *
 * Invariant: of a pair the middleware's counts, whichever came first, else the first. Each is of one pair at most, so that where
 * several calls fit, as many count as were made. Knows the last calls of one block and nothing else.
 */

/** So many calls of each of the two are remembered. */
const KEPT = 4096
/** Two clocks of one process are apart by what they round. */
const SLACK_NS = 10e6
const FREE = -1

/** The block that the calls are rows of. */
export interface CallRows {
  /** Whether two rows are of one service, model and outcome, and of no two answers. */
  alike(row: number, other: number): boolean
  /** Whether two tools say that the call failed. */
  bothFailed(row: number, other: number): boolean
  /** Says whether a row counts as a call. */
  setCall(row: number, isCall: boolean): void
}

/** What is compared of a call: nanoseconds; NaN tokens where the provider did not say. */
export interface CallSpan {
  readonly start: number
  readonly end: number
  readonly tokens: number
}

export class SideBySide {
  readonly #rows: CallRows
  readonly #metered = new LastCalls()
  readonly #traced = new LastCalls()

  constructor(rows: CallRows) {
    this.#rows = rows
  }

  /** Takes a call that the middleware metered: what a tool traced of it counts no more. */
  meter(row: number, call: CallSpan): void {
    const traced = this.#traced
    const at = traced.find((span, other) => isAround(span, call) && this.#rows.alike(other, row))
    this.#metered.add(row, call)
    if (at === undefined) return
    traced.pairs[at] = row
    this.#metered.pairs[this.#metered.last] = traced.rows[at] as number
    this.#rows.setCall(traced.rows[at] as number, false)
  }

  /** Takes a call that a tool traced. @returns whether another row counts for it */
  trace(row: number, call: CallSpan): boolean {
    const rows = this.#rows
    if (this.#metered.pair(row, (span, other) => isAround(call, span) && rows.alike(row, other))) return true
    const failed = (span: CallSpan, other: number) =>
      (isAround(call, span) || isAround(span, call)) && rows.bothFailed(row, other) && rows.alike(row, other)
    if (this.#traced.pair(row, failed)) return true
    this.#traced.add(row, call)
    return false
  }

  /** Forgets what rows from `rows` on said. */
  truncate(rows: number): void {
    this.#metered.truncate(rows, () => undefined)
    this.#traced.truncate(rows, (row) => this.#rows.setCall(row, true))
  }

  /** Forgets everything. */
  clear(): void {
    this.#metered.clear()
    this.#traced.clear()
  }
}

function isAround(outer: CallSpan, inner: CallSpan): boolean {
  if (outer.start > inner.start + SLACK_NS || outer.end < inner.end - SLACK_NS) return false
  return outer.tokens === inner.tokens || Number.isNaN(outer.tokens) || Number.isNaN(inner.tokens)
}

/** The last calls in the order of their rows, in memory that is used again. */
class LastCalls {
  readonly rows: Int32Array = new Int32Array(KEPT)
  /** The row with which each is a pair. */
  readonly pairs: Int32Array = new Int32Array(KEPT)
  readonly #starts = new Float64Array(KEPT)
  readonly #ends = new Float64Array(KEPT)
  readonly #tokens = new Float64Array(KEPT)
  readonly #seen = { start: 0, end: 0, tokens: 0 }
  #first = 0
  #count = 0

  /** Where the last one is. */
  get last(): number {
    return (this.#count - 1) % KEPT
  }

  add(row: number, { start, end, tokens }: CallSpan): void {
    const at = this.#count++ % KEPT
    if (this.#count - this.#first > KEPT) this.#first = this.#count - KEPT
    this.rows[at] = row
    this.pairs[at] = FREE
    this.#starts[at] = start
    this.#ends[at] = end
    this.#tokens[at] = tokens
  }

  /** Where the last one is that is of no pair and that fits. */
  find(fits: (call: CallSpan, row: number) => boolean): number | undefined {
    const seen = this.#seen
    for (let i = this.#count - 1; i >= this.#first; i--) {
      const at = i % KEPT
      if (this.pairs[at] !== FREE) continue
      seen.start = this.#starts[at] as number
      seen.end = this.#ends[at] as number
      seen.tokens = this.#tokens[at] as number
      if (fits(seen, this.rows[at] as number)) return at
    }
    return undefined
  }

  /** Makes `row` a pair with the last one that is of none and that fits. @returns whether there is one */
  pair(row: number, fits: (call: CallSpan, row: number) => boolean): boolean {
    const at = this.find(fits)
    if (at !== undefined) this.pairs[at] = row
    return at !== undefined
  }

  /** @param freed told of each row whose pair is forgotten */
  truncate(rows: number, freed: (row: number) => void): void {
    while (this.#count > this.#first && (this.rows[this.last] as number) >= rows) this.#count--
    for (let i = this.#first; i < this.#count; i++) {
      const at = i % KEPT
      if ((this.pairs[at] as number) < rows) continue
      this.pairs[at] = FREE
      freed(this.rows[at] as number)
    }
  }

  clear(): void {
    this.#first = 0
    this.#count = 0
  }
}
