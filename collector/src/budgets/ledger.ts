/**
 * The ledger of budgets: what was spent, and what instances may still spend.
 *
 * Invariant: for every account that has a limit, committed + leased ≤ limit after each grant; a grant leaves only after
 * it is on disk. Requests are answered by their numbers: one that was overtaken changes nothing.
 */
import { randomUUID } from 'node:crypto'
import {
  type AccountReport,
  type AccountState,
  formatAmount,
  type LeaseRequest,
  type LeaseResponse,
  parseAmount,
  type Scope,
} from '@spanmeter/middleware/quota'
import type { Journal } from '../journal/journal.ts'
import type { LedgerAccount } from './account.ts'
import { AccountBook } from './account-book.ts'
import { type Allowance, type Budget, increaseAt } from './budget.ts'
import { carriedEntry, type Entry, leaseEntry, refOf } from './entry.ts'
import { grant } from './grant.ts'
import { statusOf } from './status.ts'

/** A threshold was crossed: told once for each account and period. */
export interface Crossing {
  readonly budget: string
  readonly name: string
  readonly subject: Scope
  readonly period: string
  readonly percent: number
  readonly committed: string
  readonly limit: string
  readonly unit: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export interface LedgerOptions {
  readonly journal: Journal
  readonly now: () => number
  /** How long a lease is good for. */
  readonly ttlMs: number
  /** How long a call may last that was admitted with the end of a lease. */
  readonly maxRequestMs: number
  /** Until then nothing is granted, because leases may be out that nobody knows of. */
  readonly learnUntil?: number
  /** Lines of the journal are lost: what was confirmed before may not be in it. */
  readonly incomplete?: boolean
  readonly onCrossed?: (crossing: Crossing) => void
}

/** Where less than this part of a limit is left, instances are asked to come back soon. */
const NEAR_EDGE = 5n
const NEAR_EDGE_MS = 1_500

export class Ledger {
  readonly book: AccountBook
  readonly #options: LedgerOptions
  readonly #seqs = new Map<string, { seq: number; at: number }>()
  #learnUntil: number
  /** Which ledger this is; instances know by it what they may say was confirmed. */
  #name: string = randomUUID()

  constructor(budgets: readonly Budget[], options: LedgerOptions) {
    this.#options = options
    this.#learnUntil = options.learnUntil ?? 0
    this.book = new AccountBook(budgets)
  }

  /** Whether nothing is granted yet. */
  get learning(): boolean {
    return this.#options.now() < this.#learnUntil
  }

  /** Takes in a line of the journal, as it was read. */
  recall(line: string): void {
    const entries = JSON.parse(line) as Entry[]
    // What an account has begun with says what its leases add up to.
    for (const entry of [
      ...entries.filter((one) => !('begun' in one)),
      ...entries.filter((one) => 'begun' in one),
    ]) {
      if ('named' in entry) this.#name = this.#options.incomplete === true ? this.#name : entry.named
      else if ('seen' in entry) this.#seqs.set(entry.seen[0], { seq: entry.seen[1], at: entry.seen[2] })
      else this.book.recall(entry)
    }
  }

  /** Frees nothing until then: while nobody could report, leases ran out that may be used up. */
  keepUntil(at: number): void {
    for (const account of this.book.all()) account.keepUntil(at)
  }

  /** Answers one exchange. Rejects where it could not be written down. */
  async exchange(request: LeaseRequest): Promise<LeaseResponse> {
    const now = this.#options.now()
    const { instance, seq } = request
    const fresh = seq > (this.#seqs.get(instance)?.seq ?? 0)
    const entries: Entry[] = []
    const states: AccountState[] = []
    if (fresh) {
      this.#seqs.set(instance, { seq, at: now })
      for (const report of request.accounts) {
        // what another ledger confirmed, this one may never have heard of
        const known = request.ledger === this.#name ? report : { ...report, acknowledged: undefined }
        const state = this.#answer(instance, known, now, entries)
        if (state) states.push(state)
      }
    }
    if (entries.length > 0) {
      entries.push({ seen: [instance, seq, now] })
      await this.#options.journal.append(JSON.stringify(entries))
    }
    const near = states.some((state) => state.recall === true || this.#nearEdge(state))
    const { version, definitions } = this.book
    return {
      seq,
      ledger: this.#name,
      version,
      ...(request.version === version ? {} : { definitions }),
      ttlMs: this.#options.ttlMs,
      refreshMs: near ? NEAR_EDGE_MS : Math.floor(this.#options.ttlMs / 3),
      accounts: states,
    }
  }

  /** How an account stands that nobody may have used yet. */
  peek(budget: Budget, subject: Scope): LedgerAccount {
    return this.book.current(budget, subject, this.#options.now(), false)
  }

  /** What may be spent of an account in all. */
  limitOf(account: LedgerAccount, now: number): { limit: bigint; allowance: Allowance } | undefined {
    const allowance = account.budget.allowance(account.subject)
    if (!allowance) return undefined
    if (allowance.suspended) return { limit: 0n, allowance }
    const limit = allowance.amount + account.carried + increaseAt(account.budget, account.subject, now)
    return { limit, allowance }
  }

  /** Frees what nobody will use any more. @returns how much, in all */
  sweep(): bigint {
    const now = this.#options.now()
    for (const [instance, { at }] of this.#seqs) if (at + DAY_MS < now) this.#seqs.delete(instance)
    let freed = 0n
    for (const account of this.book.all()) freed += account.sweep(now, DAY_MS)
    this.book.prune(now)
    return freed
  }

  /** What ClickHouse knows to be spent without a report. */
  async adjust(account: LedgerAccount, amount: bigint): Promise<void> {
    if (account.adjustment === amount) return
    account.adjustment = amount
    const entries: Entry[] = [{ adjusted: [refOf(account), `${amount}`] }]
    if (account.carried > 0n) entries.push(carriedEntry(account))
    this.#cross(account, this.#options.now(), entries)
    await this.#options.journal.append(JSON.stringify(entries))
  }

  /** Replaces the journal by how everything stands. */
  async compact(): Promise<void> {
    const now = this.#options.now()
    const seen = [...this.#seqs].map(([instance, { seq, at }]): Entry => ({ seen: [instance, seq, at] }))
    const lines = this.book.entries(now).map((entries) => JSON.stringify(entries))
    await this.#options.journal.rewrite([JSON.stringify([{ named: this.#name }, ...seen]), ...lines])
  }

  #answer(instance: string, report: AccountReport, now: number, entries: Entry[]): AccountState | undefined {
    const budget = this.book.budget(report.budget)
    if (!budget) return undefined
    const id = `${instance}#${report.lease}`
    const current = this.book.current(budget, report.subject, now, true)
    const account =
      this.book.holding(id) ??
      (differs(report, current) ? this.book.known(budget, report.subject, report.period) : current)
    if (!account) return closed(report, report.period ?? '')
    if (report.acknowledged !== undefined && !account.holders.has(id)) {
      const before = parseAmount(report.acknowledged)
      account.remember(id, before, now)
      entries.push({ remembered: [refOf(account), id, `${before}`, now] })
    }
    if (account !== current) {
      this.#settle(account, id, report, now, entries)
      return closed(report, account.period.key)
    }
    return this.#renew(account, id, report, now, entries)
  }

  #settle(account: LedgerAccount, id: string, report: AccountReport, now: number, entries: Entry[]): void {
    const held = parseAmount(report.held)
    const settled = parseAmount(report.settled)
    account.put(id, { settled, held, ceiling: settled + held, freeAt: this.#freeAt(now) }, now)
    entries.push(leaseEntry(account, id, now))
  }

  #renew(
    account: LedgerAccount,
    id: string,
    report: AccountReport,
    now: number,
    entries: Entry[],
  ): AccountState {
    const { ttlMs } = this.#options
    account.sweep(now, DAY_MS)
    const known = account.holders.get(id)
    const said = { settled: parseAmount(report.settled), held: parseAmount(report.held) }
    const used = said.settled + said.held
    // What an unknown lease claims was granted before the ledger was lost.
    const claimed = parseAmount(report.ceiling)
    if (account.holders.size === 0 && account.carried > 0n) entries.push(carriedEntry(account))
    const upTo = known ? smaller(claimed, known.ceiling) : this.learning ? claimed : used
    const holder = account.put(id, { ...said, ceiling: larger(upTo, used), freeAt: this.#freeAt(now) }, now)
    this.book.bind(id, account)
    const allowed = this.limitOf(account, now)
    if (allowed && strict(account.budget)) {
      const granted = this.#grant(account, id, report, allowed.limit, now)
      holder.ceiling += granted
    }
    entries.push(leaseEntry(account, id, now))
    if (allowed) this.#cross(account, now, entries)
    const { key, end } = account.period
    return {
      lease: report.lease,
      budget: report.budget,
      subject: report.subject,
      period: key,
      endsInMs: Number.isFinite(end) ? end - now : ttlMs,
      ...(Number.isFinite(end) ? { resetsAt: end } : {}),
      ...(allowed ? { limit: formatAmount(allowed.limit) } : {}),
      committed: formatAmount(account.committed(now)),
      held: formatAmount(account.held()),
      ceiling: formatAmount(holder.ceiling),
      status: statusOf(account, allowed, now),
      ...(account.contendedUntil > now ? { recall: true } : {}),
    }
  }

  #grant(account: LedgerAccount, id: string, report: AccountReport, limit: bigint, now: number): bigint {
    const holder = account.holders.get(id)
    if (!holder || this.learning) return 0n
    const committed = account.committed(now)
    const need = parseAmount(report.need)
    const { amount, enough } = grant({
      limit,
      committed,
      leased: account.leased(),
      active: account.active(now),
      inHand: holder.ceiling - holder.settled,
      held: holder.held,
      need,
      // Who hands back because others wait does not get it back.
      want: account.contendedUntil > now ? 0n : parseAmount(report.want),
    })
    const smallest = report.least === undefined ? need : parseAmount(report.least)
    if (smallest > 0n && committed + smallest > limit) {
      if (account.refused === undefined || smallest < account.refused) account.refused = smallest
    } else if (!enough) account.contendedUntil = now + NEAR_EDGE_MS * 2
    return amount
  }

  #cross(account: LedgerAccount, now: number, entries: Entry[]): void {
    const limit = this.limitOf(account, now)?.limit ?? 0n
    if (limit <= 0n) return
    const committed = account.committed(now)
    for (const percent of account.budget.thresholds) {
      if (account.crossed.has(percent) || committed * 100n < limit * BigInt(percent)) continue
      account.crossed.add(percent)
      entries.push({ crossed: [refOf(account), percent] })
      const { definition, name } = account.budget
      this.#options.onCrossed?.({
        ...{ budget: definition.id, name, subject: account.subject, period: account.period.key, percent },
        ...{ committed: formatAmount(committed), limit: formatAmount(limit), unit: definition.unit, at: now },
      })
    }
  }

  #freeAt(now: number): number {
    return now + this.#options.ttlMs + this.#options.maxRequestMs
  }

  #nearEdge({ limit, committed, held }: AccountState): boolean {
    if (limit === undefined) return false
    const all = parseAmount(limit)
    return (all - parseAmount(committed) - parseAmount(held)) * NEAR_EDGE < all
  }
}

const DAY_MS = 86_400_000

function strict({ definition: { action } }: Budget): boolean {
  return action !== 'warn' && action !== 'shadow'
}

function differs(report: AccountReport, account: LedgerAccount): boolean {
  return report.period !== undefined && report.period !== account.period.key
}

function closed(report: AccountReport, period: string): AccountState {
  const { lease, budget, subject, settled, held } = report
  return {
    ...{ lease, budget, subject, period, closed: true, endsInMs: 0, committed: settled, held },
    ...{ ceiling: settled, status: 'active' },
  }
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
