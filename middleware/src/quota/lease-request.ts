/**
 * What one exchange tells the collector, and what its answer is about.
 *
 * Invariant: what is not in use is handed back in the same request that says so; what nobody has used for the time of
 * a lease is told once more, and then no longer.
 */
import type { Account, Lease } from './account.ts'
import { formatAmount } from './amount.ts'
import type { AccountReport, Decision, LeaseRequest } from './protocol.ts'

/** What a part of the request was about, as it was when it was sent. */
export interface AccountOf {
  account: Account
  lease: Lease
  settled: string
}

interface RequestOptions {
  instance: string
  seq: number
  version: string
  ledger: string | undefined
  decisions: readonly Decision[]
  now: number
  ttl: number
  /** It is the last one: nothing is wanted. */
  closing: boolean
}

/** @param accounts those that are neither used nor have anything to tell are removed */
export function buildRequest(
  accounts: Map<string, Account>,
  { now, ttl, closing, decisions, ...head }: RequestOptions,
): { body: LeaseRequest; of: Map<number, AccountOf> } {
  const reports: AccountReport[] = []
  const of = new Map<number, AccountOf>()
  const tell = (account: Account, lease: Lease, need: bigint, want: bigint) => {
    const settled = formatAmount(lease.settled)
    const { definition, subject } = account
    reports.push({
      lease: lease.serial,
      budget: definition.id,
      subject,
      ...(lease.period === undefined ? {} : { period: lease.period }),
      settled,
      held: formatAmount(lease.held),
      ceiling: formatAmount(lease.ceiling),
      need: formatAmount(need),
      ...(need > 0n && account.least !== undefined ? { least: formatAmount(account.least) } : {}),
      want: formatAmount(want),
      ...(lease.acknowledged > 0n ? { acknowledged: formatAmount(lease.acknowledged) } : {}),
    })
    lease.dirty = false
    of.set(lease.serial, { account, lease, settled })
  }
  for (const [key, account] of accounts) {
    if (now >= account.lease.endsAt) account.roll()
    for (const old of account.older) {
      // Only what calls of that period still hold stays theirs.
      old.ceiling = old.settled + old.held
      tell(account, old, 0n, 0n)
    }
    const idle = now - account.usedAt > ttl
    const want = account.strict && !closing ? account.want(idle) : 0n
    account.giveBack(want)
    const { lease, need } = account
    if (idle && !lease.dirty && need === 0n && lease.held === 0n) {
      if (account.older.length === 0) accounts.delete(key)
      continue
    }
    tell(account, lease, need, want)
    account.recent /= 2
  }
  return { body: { ...head, accounts: reports, ...(decisions.length > 0 ? { decisions } : {}) }, of }
}
