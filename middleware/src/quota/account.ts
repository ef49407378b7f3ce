/**
 * One account of a budget, as one instance sees it: what it may spend, has spent, and has under way.
 *
 * Invariant: `settled + held` of a lease grows past its ceiling only by what calls cost beyond their holds, or where
 * somebody decided to let a call through; a period's figures never move into another period.
 */
import { least, most, parseAmount } from './amount.ts'
import type { AccountState, BudgetDefinition, Scope } from './protocol.ts'

/** An instance's part in one period. */
export interface Lease {
  readonly serial: number
  period: string | undefined
  ceiling: bigint
  settled: bigint
  held: bigint
  /** By the clock of the client; after it nothing is admitted. */
  expiresAt: number
  /** When the period ends, by the clock of the client. */
  endsAt: number
  /** Something is to be told. */
  dirty: boolean
  /** What of `settled` the collector's ledger has confirmed. */
  acknowledged: bigint
  /** Decisions that were told of the first calls in the period that are only counted: the spans of later ones name them too. */
  warned: string | undefined
  shadow: string | undefined
}

/** What is set aside for one call. */
export interface Hold {
  readonly account: Account
  readonly lease: Lease
  amount: bigint
}

export class Account {
  readonly key: string
  definition: BudgetDefinition
  readonly subject: Scope
  lease: Lease = emptyLease()
  /** Of periods that are over, with calls under way or something to tell. */
  older: Lease[] = []
  /** As the collector told it last. */
  state: AccountState | undefined
  /** `state.limit` and `state.committed`, read. */
  limit: bigint | undefined
  committed: bigint = 0n
  /** Of all instances, as the collector told it last. */
  heldByAll: bigint = 0n
  /** What calls wait for, and the smallest of them. */
  need: bigint = 0n
  least: bigint | undefined
  /** When the state was told, by the clock of the client. */
  learnedAt: number = Number.NEGATIVE_INFINITY
  /** Typical hold, and what was set aside lately: rough, they only say how much to ask for. */
  typical: number = 0
  recent: number = 0
  usedAt: number
  /** When the next call of a throttled account may go. */
  nextSlot: number = 0

  constructor(key: string, definition: BudgetDefinition, subject: Scope, now: number) {
    this.key = key
    this.definition = definition
    this.subject = subject
    this.usedAt = now
  }

  /** Whether a call has to fit: otherwise it is only counted. */
  get strict(): boolean {
    const { action } = this.definition
    return action !== 'warn' && action !== 'shadow'
  }

  /** What can be set aside now. */
  room(now: number): bigint {
    const { ceiling, settled, held, expiresAt } = this.lease
    return now < expiresAt ? ceiling - settled - held : 0n
  }

  /** Known to have no limit for its subject. */
  unlimited(now: number): boolean {
    return this.state !== undefined && this.limit === undefined && now < this.lease.expiresAt
  }

  /** Sets an amount aside, whether or not it fits. */
  take(amount: bigint, now: number): Hold {
    if (now >= this.lease.endsAt) this.roll()
    const { lease } = this
    lease.held += amount
    const rough = Number(amount)
    this.recent += rough
    this.typical = this.typical === 0 ? rough : (this.typical * 7 + rough) / 8
    this.usedAt = now
    return { account: this, lease, amount }
  }

  /** A call waits for so much. */
  needs(amount: bigint): void {
    this.need += amount
    if (this.least === undefined || amount < this.least) this.least = amount
  }

  /** It waits no longer. */
  needsNot(amount: bigint, now: number): void {
    this.need -= amount
    if (this.need <= 0n) this.least = undefined
    this.usedAt = now
  }

  /** Begins a period. */
  roll(): void {
    this.older.push(this.lease)
    this.lease = emptyLease()
    this.committed = 0n
    this.reported = 0n
    this.heldByAll = 0n
  }

  /** Percent of the limit that is spent, as far as this instance knows; `undefined` without a limit. */
  percent(): number | undefined {
    if (this.limit === undefined || this.state === undefined) return undefined
    if (this.limit === 0n) return 100
    return Number((this.spent() * 1000n) / this.limit) / 10
  }

  /** Spent by all as reported, and by this instance since. */
  spent(): bigint {
    return this.committed + most(0n, this.lease.settled - this.reported)
  }

  /** What of `lease.settled` the collector has counted in `committed`. */
  reported: bigint = 0n

  /** What to have in hand beyond what is set aside: about what the next `ttlMs` will use. */
  want(idle: boolean): bigint {
    if (idle) return 0n
    return BigInt(Math.ceil(Math.max(this.recent * 3, this.typical * 8)))
  }

  /** Hands back what is not in use. @returns whether there was any */
  giveBack(keep: bigint): boolean {
    const { lease } = this
    const lowest = lease.settled + lease.held + keep
    if (lease.ceiling <= lowest) return false
    lease.ceiling = most(lowest, 0n)
    lease.dirty = true
    return true
  }

  /** Takes in what the collector says of the period that is now. */
  learn(state: AccountState, reported: bigint, until: number, endsAt: number, now: number): void {
    const { lease } = this
    this.state = state
    this.limit = state.limit === undefined ? undefined : parseAmount(state.limit)
    this.committed = parseAmount(state.committed)
    this.heldByAll = parseAmount(state.held)
    this.reported = reported
    this.learnedAt = now
    lease.acknowledged = reported
    lease.period = state.period
    lease.ceiling = parseAmount(state.ceiling)
    lease.expiresAt = until
    lease.endsAt = endsAt
  }
}

/** What a hold comes to. */
export function settleHold(hold: Hold, actual: bigint): void {
  const { lease } = hold
  lease.held -= least(hold.amount, lease.held)
  lease.settled += actual
  lease.dirty = true
  hold.amount = 0n
}

let serials = 0

function emptyLease(): Lease {
  return {
    serial: ++serials,
    period: undefined,
    ceiling: 0n,
    settled: 0n,
    held: 0n,
    expiresAt: 0,
    endsAt: Number.POSITIVE_INFINITY,
    dirty: false,
    acknowledged: 0n,
    warned: undefined,
    shadow: undefined,
  }
}
