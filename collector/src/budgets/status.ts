/**
 * How an account stands, in one word.
 *
 * Invariant: `limit_reached` exactly where the numbers that are shown leave no room: everything is spent, or the
 * smallest call that was refused for it would not fit.
 */
import type { BudgetStatus } from '@spanmeter/middleware/quota'
import type { LedgerAccount } from './account.ts'
import type { Allowance } from './budget.ts'

export function statusOf(
  account: LedgerAccount,
  allowed: { limit: bigint; allowance: Allowance } | undefined,
  now: number,
): BudgetStatus {
  if (!allowed) return 'active'
  if (allowed.allowance.suspended) return 'suspended'
  const committed = account.committed(now)
  if (committed >= allowed.limit || committed + (account.refused ?? 0n) > allowed.limit)
    return 'limit_reached'
  const { warnAt } = account.budget.definition
  return committed * 100n >= allowed.limit * BigInt(warnAt) ? 'warning' : 'active'
}
