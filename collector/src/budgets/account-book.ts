/**
 * Every account that there is, by budget, subject and period.
 *
 * Invariant: an account that instances still report to is not forgotten while its period can matter.
 */
import { createHash } from 'node:crypto'
import type { BudgetDefinition, Scope } from '@spanmeter/middleware/quota'
import { LedgerAccount } from './account.ts'
import { accountKey, type Budget } from './budget.ts'
import { type AccountRef, accountEntries, type Entry } from './entry.ts'
import { type BudgetPeriod, periodAt } from './period.ts'

/** How long late reports of a period that is over are taken. */
const LATE_MS = 86_400_000

export class AccountBook {
  /** Accounts of a subject, the newest last. */
  readonly #accounts = new Map<string, LedgerAccount[]>()
  readonly #bound = new Map<string, LedgerAccount>()
  #budgets = new Map<string, Budget>()
  /** Changes with the definitions. */
  version = ''
  definitions: readonly BudgetDefinition[] = []

  constructor(budgets: readonly Budget[]) {
    this.configure(budgets)
  }

  /** Sets the budgets; accounts of those that are gone are forgotten. */
  configure(budgets: readonly Budget[]): void {
    this.#budgets = new Map(budgets.map((budget) => [budget.definition.id, budget]))
    this.definitions = budgets.map(({ definition }) => definition)
    this.version = createHash('sha256').update(JSON.stringify(this.definitions)).digest('hex').slice(0, 16)
    for (const [key, accounts] of this.#accounts) {
      const budget = this.#budgets.get(accounts[0]?.budget.definition.id ?? '')
      if (budget) for (const account of accounts) account.budget = budget
      else this.#accounts.delete(key)
    }
  }

  budget(id: string): Budget | undefined {
    return this.#budgets.get(id)
  }

  budgets(): readonly Budget[] {
    return [...this.#budgets.values()]
  }

  /** The account of the period that holds `now`. @param keep it is remembered where it is new */
  current(budget: Budget, subject: Scope, now: number, keep: boolean): LedgerAccount {
    const key = accountKey(budget.definition.id, subject)
    const last = this.#accounts.get(key)?.at(-1)
    if (last && now < last.period.end && now >= last.period.start) return last
    const period = periodAt(budget.rule(subject), now)
    const known = this.#accounts.get(key)?.find((account) => account.period.key === period.key)
    if (known) return known
    const account = new LedgerAccount(budget, subject, period)
    account.carried = last ? carriedOver(budget, subject, last, period, now) : 0n
    if (keep) this.#add(account)
    return account
  }

  /** The account of a period that may be over, as long as it is not forgotten. */
  known(budget: Budget, subject: Scope, period: string | undefined): LedgerAccount | undefined {
    const accounts = this.#accounts.get(accountKey(budget.definition.id, subject))
    return accounts?.find((account) => account.period.key === period)
  }

  /** The account that a lease belongs to. */
  holding(id: string): LedgerAccount | undefined {
    return this.#bound.get(id)
  }

  bind(id: string, account: LedgerAccount): void {
    this.#bound.set(id, account)
  }

  *all(): Generator<LedgerAccount> {
    for (const accounts of this.#accounts.values()) yield* accounts
  }

  /** Those of the periods that are now, of one budget. */
  *open(budget: string, now: number): Generator<LedgerAccount> {
    for (const accounts of this.#accounts.values()) {
      const last = accounts.at(-1)
      if (last?.budget.definition.id === budget && now < last.period.end) yield last
    }
  }

  /** Forgets periods that are over for so long that nobody reports to them; the last one of a subject stays. */
  prune(now: number): void {
    for (const [key, accounts] of this.#accounts) {
      const kept = accounts.filter(
        (account, i) => i === accounts.length - 1 || account.period.end + LATE_MS > now,
      )
      if (kept.length < accounts.length) this.#accounts.set(key, kept)
      const last = kept.at(-1)
      // A subject that has come to nothing: unused, or of a period before the one that counts.
      const idle = last !== undefined && last.holders.size === 0 && last.committed(now) === 0n
      if (idle && last.adjustment === 0n && last.carried === 0n) this.#accounts.delete(key)
    }
    const alive = new Set(this.all())
    for (const [id, account] of this.#bound) {
      if (!alive.has(account) || !account.holders.has(id)) this.#bound.delete(id)
    }
  }

  recall(entry: Exclude<Entry, { seen: unknown } | { named: unknown }>): void {
    if ('lease' in entry) {
      const [ref, at, id, settled, ceiling, held, freeAt] = entry.lease
      const account = this.#refer(ref)
      account?.put(id, { settled: BigInt(settled), ceiling: BigInt(ceiling), held: BigInt(held), freeAt }, at)
      if (account) this.bind(id, account)
    } else if ('remembered' in entry) {
      const [ref, id, settled, at] = entry.remembered
      this.#refer(ref)?.remember(id, BigInt(settled), at)
    } else if ('crossed' in entry) this.#refer(entry.crossed[0])?.crossed.add(entry.crossed[1])
    else if ('adjusted' in entry) {
      const account = this.#refer(entry.adjusted[0])
      if (account) account.adjustment = BigInt(entry.adjusted[1])
    } else if ('carried' in entry) {
      const account = this.#refer(entry.carried[0])
      if (account) account.carried = BigInt(entry.carried[1])
    } else {
      const [ref, carried, base, slices] = entry.begun
      const account = this.#refer(ref)
      if (!account) return
      account.carried = BigInt(carried)
      account.base = BigInt(base)
      account.restoreSlices(slices.map(([at, amount]) => [at, BigInt(amount)]))
    }
  }

  /** How everything stands, one list for each account. */
  entries(now: number): Entry[][] {
    return [...this.all()].map((account) => accountEntries(account, now))
  }

  #refer([id, subject, key, start, end]: AccountRef): LedgerAccount | undefined {
    const budget = this.#budgets.get(id)
    if (!budget) return undefined
    const known = this.#accounts.get(accountKey(id, subject))?.find(({ period }) => period.key === key)
    if (known) return known
    const account = new LedgerAccount(budget, subject, { key, start, end: end ?? Number.POSITIVE_INFINITY })
    this.#add(account)
    return account
  }

  #add(account: LedgerAccount): void {
    const accounts = this.#accounts.get(account.key)
    if (accounts) accounts.push(account)
    else this.#accounts.set(account.key, [account])
  }
}

/** What a period left over; a period in which nothing happened left everything. */
function carriedOver(
  budget: Budget,
  subject: Scope,
  last: LedgerAccount,
  period: BudgetPeriod,
  now: number,
): bigint {
  const most = budget.rollOver(subject)
  const allowance = budget.allowance(subject)
  if (most <= 0n || !allowance) return 0n
  const spent = last.period.end === period.start ? last.committed(now) : 0n
  const left = allowance.amount - spent
  return left <= 0n ? 0n : left < most ? left : most
}
