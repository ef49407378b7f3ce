/**
 * Calls that a tool traced and our middleware metered, where neither span names the other: the tool's is not around
 * the call for the process, and names no answer. It is known by what it says: service, model and outcome, the tokens
 * as far as both know them, and a time around the other's. Of two tools that traced a call that failed, likewise.
 *
 * Invariant: of a pair the middleware's counts, whichever came first, else the first. Each is of one pair at most, so
 * that where several calls fit, as many count as were made. Knows the last calls of one block and nothing else.
 */

import { type CallSpan, LastCalls } from './last-calls.ts'

/** Two clocks of one process are apart by what they round. */
const SLACK_NS = 10e6

/** The block that the calls are rows of. */
export interface CallRows {
  /** Whether two rows are of one service, model and outcome, and of no two answers. */
  alike(row: number, other: number): boolean
  /** Whether a row says that its call failed. */
  failed(row: number): boolean
  /** Whether two rows are of two tools. */
  ofTwoTools(row: number, other: number): boolean
  /** Says whether a row counts as a call. */
  setCall(row: number, isCall: boolean): void
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
    const fits = (span: CallSpan, other: number) => isAround(span, call) && this.#rows.alike(other, row)
    const traced = this.#traced.pair(row, call, fits)
    this.#metered.add(row, call, traced)
    if (traced !== undefined) this.#rows.setCall(traced, false)
  }

  /** Takes a call that a tool traced. @returns whether another row counts for it */
  trace(row: number, call: CallSpan): boolean {
    const rows = this.#rows
    const inside = (span: CallSpan, other: number) => isAround(call, span) && rows.alike(row, other)
    if (this.#metered.pair(row, call, inside) !== undefined) return true
    const ofAnother = (span: CallSpan, other: number) =>
      (isAround(call, span) || isAround(span, call)) && rows.ofTwoTools(row, other) && rows.alike(row, other)
    if (rows.failed(row) && this.#traced.pair(row, call, ofAnother) !== undefined) return true
    this.#traced.add(row, call, undefined)
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
