/**
 * Accounts as people see them.
 *
 * Invariant: the numbers are the ledger's own: what is shown is what blocks.
 */
import {
  type BudgetAction,
  type BudgetStatus,
  createMatcher,
  formatAmount,
  type Scope,
  subjectOf,
} from '@spanmeter/middleware/quota'
import type { LedgerAccount } from './account.ts'
import type { Budget } from './budget.ts'
import type { Ledger } from './ledger.ts'
import { statusOf } from './status.ts'

/** One account; amounts are decimal text in `unit`. */
export interface AccountView {
  budget: string
  name: string
  plan: string | null
  scope: Record<string, string>
  unit: string
  meter: string | null
  action: BudgetAction
  status: BudgetStatus
  period: string
  period_start: string
  /** null where the window rolls. */
  resets_at: string | null
  /** null without a limit for this subject. */
  limit: string | null
  committed: string
  held: string
  leased: string
  remaining: string | null
  /** Of the limit, spent. */
  percent: number | null
  carried_over: string
  /** Known from ClickHouse only, part of `committed`. */
  unreported: string
}

export function viewOf(ledger: Ledger, account: LedgerAccount, now: number): AccountView {
  const { budget, subject, period } = account
  const { id, unit, meter, action, scope } = budget.definition
  const allowed = ledger.limitOf(account, now)
  const committed = account.committed(now)
  const held = account.held()
  const left = allowed && allowed.limit - committed - held
  return {
    ...{ budget: id, name: budget.name, plan: budget.plan ?? null },
    scope: { ...plain(scope), ...plain(subject) },
    ...{ unit, meter: meter ?? null, action, status: statusOf(account, allowed, now), period: period.key },
    period_start: new Date(period.start).toISOString(),
    resets_at: Number.isFinite(period.end) ? new Date(period.end).toISOString() : null,
    limit: allowed ? formatAmount(allowed.limit) : null,
    committed: formatAmount(committed),
    held: formatAmount(held),
    leased: formatAmount(account.leased()),
    remaining: left === undefined ? null : formatAmount(left > 0n ? left : 0n),
    percent: allowed ? percentOf(committed, allowed.limit) : null,
    carried_over: formatAmount(account.carried),
    unreported: formatAmount(account.adjustment),
  }
}

function percentOf(part: bigint, whole: bigint): number {
  return whole === 0n ? 100 : Number((part * 10_000n) / whole) / 100
}

/** All accounts that are in use, and those of budgets with one account that nobody has used yet. */
export function accountsOf(ledger: Ledger, budget: Budget, now: number): LedgerAccount[] {
  const open = [...ledger.book.open(budget.definition.id, now)]
  const single = !Object.values(budget.definition.scope).includes('*')
  return open.length === 0 && single ? [ledger.peek(budget, {})] : open
}

/** The accounts that a call of this scope would be counted in. */
export function accountsFor(ledger: Ledger, scope: Scope): LedgerAccount[] {
  return createMatcher(ledger.book.definitions)(scope).flatMap(({ definition, each }) => {
    const budget = ledger.book.budget(definition.id)
    return budget ? [ledger.peek(budget, subjectOf(each, scope))] : []
  })
}

function plain(scope: Scope): Record<string, string> {
  return Object.fromEntries(
    Object.entries(scope).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}
