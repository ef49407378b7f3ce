/**
 * Compares the ledger with what telemetry says, and takes in what nobody has reported.
 *
 * Invariant: only what ended long enough ago that every living service has reported it counts as unreported; what is
 * reported later takes its place. Rolling windows are left alone.
 */
import { parseAmount } from '@spanmeter/middleware/quota'
import { budgetUsage } from '../query/budget-usage.ts'
import type { QueryContext } from '../query/execute.ts'
import type { LedgerAccount } from './account.ts'
import { accountKey, type Budget } from './budget.ts'
import type { Ledger } from './ledger.ts'
import { periodAt } from './period.ts'

const ONE = 10n ** 12n
/** So many different beginnings of periods of one budget are compared. */
const MAX_STARTS = 24

/** Budget → USD that the ledger has beyond telemetry; negative = telemetry has more. */
export type Drift = ReadonlyMap<string, number>

export class Reconciler {
  readonly #ledger: Ledger
  readonly #context: QueryContext
  readonly #now: () => number
  /** When the last comparison was made, and what each account had reported then. */
  #last: { at: number; reported: Map<LedgerAccount, bigint> } | undefined

  constructor(ledger: Ledger, context: QueryContext, now: () => number) {
    this.#ledger = ledger
    this.#context = context
    this.#now = now
  }

  /** Compares once. What ended after the last comparison is not looked at. */
  async compare(): Promise<Drift> {
    const now = this.#now()
    const last = this.#last
    const drift = new Map<string, number>()
    if (last) {
      for (const budget of this.#ledger.book.budgets()) {
        const off = await this.#budget(budget, now, last)
        if (budget.definition.unit === 'usd') drift.set(budget.definition.id, Number(off) / Number(ONE))
      }
    }
    const reported = new Map<LedgerAccount, bigint>()
    for (const account of this.#ledger.book.all()) reported.set(account, reportedOf(account, now))
    this.#last = { at: now, reported }
    return drift
  }

  async #budget(
    budget: Budget,
    now: number,
    last: { at: number; reported: Map<LedgerAccount, bigint> },
  ): Promise<bigint> {
    const { id } = budget.definition
    if (budget.rule({}).every === 'rolling') return 0n
    const starts = new Set([periodAt(budget.rule({}), now).start])
    for (const { period } of this.#ledger.book.open(id, now)) starts.add(period.start)
    let off = 0n
    for (const start of [...starts].slice(0, MAX_STARTS)) {
      if (start >= last.at) continue
      const rows = await budgetUsage(this.#context, budget.definition, { start, ended: last.at })
      const seen = new Map(rows.map((row) => [accountKey(id, row.subject), row]))
      for (const account of this.#ledger.book.open(id, now)) {
        if (account.period.start !== start) continue
        const row = seen.get(account.key)
        seen.delete(account.key)
        off += await this.#account(account, amountOf(budget, row?.amount ?? '0'), now, last.reported)
      }
      // Subjects that no service has asked for.
      for (const { subject, amount } of seen.values()) {
        const known = amountOf(budget, amount)
        if (known === 0n || periodAt(budget.rule(subject), now).start !== start) continue
        if (budget.allowance(subject) === undefined) continue
        const account = this.#ledger.book.current(budget, subject, now, true)
        off += await this.#account(account, known, now, last.reported)
      }
    }
    return off
  }

  async #account(
    account: LedgerAccount,
    known: bigint,
    now: number,
    before: Map<LedgerAccount, bigint>,
  ): Promise<bigint> {
    const unreported = known - reportedOf(account, now)
    await this.#ledger.adjust(account, unreported > 0n ? unreported : 0n)
    return (before.get(account) ?? 0n) - known
  }
}

function reportedOf(account: LedgerAccount, now: number): bigint {
  return account.committed(now) - account.adjustment
}

function amountOf({ definition }: Budget, text: string): bigint {
  const amount = parseAmount(text)
  return definition.unit === 'credits'
    ? (amount * parseAmount(definition.creditsPerUsd ?? '0')) / ONE
    : amount
}
