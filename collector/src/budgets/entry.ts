/**
 * Lines of the ledger's journal.
 *
 * Invariant: every line says how something stands, not by how much it has changed: applying one twice is applying it
 * once. Amounts are whole numbers of 1e-12 as text.
 */
import type { Scope } from '@spanmeter/middleware/quota'
import type { LedgerAccount } from './account.ts'

/** Budget, subject, key of the period, its start and its end (null = never). */
export type AccountRef = readonly [string, Scope, string, number, number | null]

export type Entry =
  /** A lease: when, its id, settled, ceiling, held, and when what it has not used is free. */
  | { readonly lease: readonly [AccountRef, number, string, string, string, string, number] }
  /** A lease that was forgotten is back: its id, what it had settled by then, and when it came. */
  | { readonly remembered: readonly [AccountRef, string, string, number] }
  /** Which ledger it is: drawn when its file was new. */
  | { readonly named: string }
  /** The last request of an instance. */
  | { readonly seen: readonly [string, number, number] }
  | { readonly crossed: readonly [AccountRef, number] }
  | { readonly adjusted: readonly [AccountRef, string] }
  /** What a new period has of the one before. */
  | { readonly carried: readonly [AccountRef, string] }
  /** First in a snapshot's line, read last: what was carried over, what forgotten leases had spent, slices of a window. */
  | { readonly begun: readonly [AccountRef, string, string, readonly (readonly [number, string])[]] }

/** How an account is named in the journal. */
export function refOf({ budget, subject, period }: LedgerAccount): AccountRef {
  const end = Number.isFinite(period.end) ? period.end : null
  return [budget.definition.id, subject, period.key, period.start, end]
}

export function leaseEntry(account: LedgerAccount, id: string, at: number): Entry {
  const holder = account.holders.get(id)
  if (!holder) throw new Error(`cannot write lease ${id} down: there is none`)
  const { settled, ceiling, held, freeAt } = holder
  return { lease: [refOf(account), at, id, `${settled}`, `${ceiling}`, `${held}`, freeAt] }
}

export function carriedEntry(account: LedgerAccount): Entry {
  return { carried: [refOf(account), `${account.carried}`] }
}

function begunEntry(account: LedgerAccount): Entry {
  const slices = account.slices.map(([at, amount]) => [at, `${amount}`] as const)
  return { begun: [refOf(account), `${account.carried}`, `${account.base}`, slices] }
}

/** Everything that has to be said of an account. */
export function accountEntries(account: LedgerAccount, now: number): Entry[] {
  const ref = refOf(account)
  return [
    begunEntry(account),
    ...[...account.holders.keys()].map((id) => leaseEntry(account, id, now)),
    ...[...account.crossed].map((percent): Entry => ({ crossed: [ref, percent] })),
    ...(account.adjustment === 0n ? [] : [{ adjusted: [ref, `${account.adjustment}`] } satisfies Entry]),
  ]
}
