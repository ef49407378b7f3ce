/**
 * What a query is expanded with, and the error for what cannot be expanded.
 *
 * Invariant: everything that a browser may choose is in here, and nothing of it is SQL.
 */

/** The values of one variable; `all` = the variable does not filter. */
export type VariableValue = 'all' | readonly string[]

/** Range, interval, zone and variables of one query. */
export interface ExpandContext {
  /** Milliseconds since the Unix epoch. */
  readonly from: number
  /** Milliseconds since the Unix epoch, inclusive. */
  readonly to: number
  /** Milliseconds since the Unix epoch: the moment of the question. */
  readonly now: number
  readonly intervalMs: number
  /** An IANA zone or `utc`; the caller has checked that it is one. */
  readonly timezone: string
  /** Every variable that the dashboard declares. */
  readonly variables: Readonly<Record<string, VariableValue>>
}

/** A query uses something that does not exist: a mistake of the dashboard's author, not of who looks at it. */
export class ExpandError extends Error {
  override name = 'ExpandError'
}
