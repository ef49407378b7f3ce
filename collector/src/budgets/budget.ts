/**
 * A budget as the ledger uses it: what a service is told of it, and what each subject may spend in which periods.
 *
 * Invariant: pure; time is a parameter.
 */
import type { BudgetDefinition, Scope } from '@spanmeter/middleware/quota'
import type { PeriodRule } from './period.ts'

/** What a subject may spend. */
export interface Allowance {
  /** Units of 1e-12. */
  readonly amount: bigint
  /** Nothing is let through, whatever is left. */
  readonly suspended?: boolean
}

/** A limit that holds for some time only. */
export interface Increase {
  readonly amount: bigint
  /** `[from, until)`, milliseconds. */
  readonly from: number
  readonly until: number
  /** Absent = for all subjects. */
  readonly subject?: Scope | undefined
}

export interface Budget {
  readonly definition: BudgetDefinition
  /** For people. */
  readonly name: string
  /** The plan that it comes from. */
  readonly plan?: string
  /** What a subject may spend; `undefined` = as much as it likes. */
  allowance(subject: Scope): Allowance | undefined
  rule(subject: Scope): PeriodRule
  /** How much of what a period left over the next one gets at most; 0 = nothing. */
  rollOver(subject: Scope): bigint
  readonly increases: readonly Increase[]
  /** Percent of the limit at which somebody is told. */
  readonly thresholds: readonly number[]
}

/** What temporary increases add at `now`. */
export function increaseAt(budget: Budget, subject: Scope, now: number): bigint {
  let sum = 0n
  for (const { amount, from, until, subject: only } of budget.increases) {
    if (now < from || now >= until) continue
    const meant =
      !only || Object.entries(only).every(([name, value]) => subject[name as keyof Scope] === value)
    if (meant) sum += amount
  }
  return sum
}

/** Identifies a subject of a budget. */
export function accountKey(budget: string, subject: Scope): string {
  return JSON.stringify([budget, Object.entries(subject).sort(([a], [b]) => (a < b ? -1 : 1))])
}
