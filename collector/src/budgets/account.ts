/**
 * One account of the ledger: what was spent of a budget by a subject in a period, and who may still spend how much.
 *
 * Invariant: what instances have reported only ever grows; what an instance may spend counts as spent until it says
 * otherwise, or its lease and the longest request have been over for long enough.
 */
import type { Scope } from '@spanmeter/middleware/quota'
import { accountKey, type Budget } from './budget.ts'
import type { BudgetPeriod } from './period.ts'
import { RollingSum } from './rolling-sum.ts'

/** One lease of one instance. */
export interface Holder {
  settled: bigint
  /** What it may spend in all. */
  ceiling: bigint
  /** What its calls under way may still spend; for people. */
  held: bigint
  /** When what it has not used is free again, milliseconds by the collector's clock. */
  freeAt: number
}

export class LedgerAccount {
  readonly key: string
  budget: Budget
  readonly subject: Scope
  readonly period: BudgetPeriod
  readonly holders = new Map<string, Holder>()
  /** Reported by leases that are forgotten by now. */
  base = 0n
  /** Spent without a report, by what ClickHouse says. */
  adjustment = 0n
  /** What the period before left over. */
  carried = 0n
  /** Thresholds that were crossed, percent. */
  readonly crossed = new Set<number>()
  /** Until when somebody waits for what others have in hand. */
  contendedUntil = 0
  /** The smallest call that was refused because everything is spent. */
  refused: bigint | undefined
  readonly #window: RollingSum | undefined

  constructor(budget: Budget, subject: Scope, period: BudgetPeriod) {
    this.key = accountKey(budget.definition.id, subject)
    this.budget = budget
    this.subject = subject
    this.period = period
    const rule = budget.rule(subject)
    if (rule.every === 'rolling') this.#window = new RollingSum(rule.windowMs)
  }

  /** Everything that is known to be spent. */
  committed(now: number): bigint {
    if (this.#window) return this.#window.sum(now) + this.adjustment
    let sum = this.base + this.adjustment
    for (const { settled } of this.holders.values()) sum += settled
    return sum
  }

  /** What instances may still spend. */
  leased(): bigint {
    let sum = 0n
    for (const { ceiling, settled } of this.holders.values()) if (ceiling > settled) sum += ceiling - settled
    return sum
  }

  /** What calls under way may still spend. */
  held(): bigint {
    let sum = 0n
    for (const { held } of this.holders.values()) sum += held
    return sum
  }

  /** Leases that are in use. */
  active(now: number): number {
    let count = 0
    for (const { freeAt, ceiling, settled } of this.holders.values()) {
      if (freeAt > now && ceiling > settled) count++
    }
    return count
  }

  /** Writes a lease down; what it has settled never shrinks. */
  put(id: string, next: Holder, at: number): Holder {
    const known = this.holders.get(id)
    const before = known?.settled ?? 0n
    const settled = next.settled > before ? next.settled : before
    this.#window?.add(at, settled - before)
    const ceiling = next.ceiling > settled ? next.ceiling : settled
    const holder: Holder = { ...next, settled, ceiling }
    this.holders.set(id, holder)
    return holder
  }

  /** Takes back a lease that was forgotten: what it had said by then is its own again. */
  remember(id: string, settled: bigint, now: number): void {
    if (this.holders.has(id)) return
    // a window has forgotten by itself what was said long ago
    if (this.#window === undefined && settled > this.base) return
    this.base -= this.#window === undefined ? settled : 0n
    this.holders.set(id, { settled, ceiling: settled, held: 0n, freeAt: now })
  }

  /** What instances have in hand stays theirs until then. */
  keepUntil(at: number): void {
    for (const holder of this.holders.values())
      if (holder.ceiling > holder.settled && holder.freeAt < at) holder.freeAt = at
  }

  /** Frees what instances hold that have not been heard of for long enough, and forgets who is silent for long. @returns how much */
  sweep(now: number, forgetAfterMs: number): bigint {
    let freed = 0n
    for (const [id, holder] of this.holders) {
      if (holder.freeAt > now) continue
      if (holder.ceiling > holder.settled) freed += holder.ceiling - holder.settled
      holder.ceiling = holder.settled
      holder.held = 0n
      if (holder.freeAt + forgetAfterMs > now) continue
      this.base += holder.settled
      this.holders.delete(id)
    }
    return freed
  }

  /** For a snapshot. */
  get slices(): readonly (readonly [number, bigint])[] {
    return this.#window?.slices ?? []
  }

  /** From a snapshot: the window as it was, whatever its leases have added by being read. */
  restoreSlices(slices: readonly (readonly [number, bigint])[]): void {
    this.#window?.restore(slices)
  }
}
