/**
 * One instance's side of the leases: what it may spend, and the exchanges with the collector that renew it.
 *
 * Invariant: with a lease in hand nothing waits and nothing is sent; one exchange is under way at most, and an answer
 * that comes after its time is not heeded. Time and transport are handed in.
 */
import { Account, type Hold, settleHold } from './account.ts'
import { formatAmount, parseAmount } from './amount.ts'
import { type AccountOf, buildRequest } from './lease-request.ts'
import { createMatcher, type Match, type Matcher, subjectOf } from './matcher.ts'
import {
  type BudgetDefinition,
  type Decision,
  type LeaseRequest,
  type LeaseResponse,
  MAX_DECISIONS,
  type Scope,
} from './protocol.ts'

export interface LeaseClientOptions {
  /** Of this start of this process. */
  instance: string
  /** Sends a request. Rejects where no answer came. */
  exchange(request: LeaseRequest): Promise<LeaseResponse>
  /** Milliseconds that only go forward. */
  now(): number
  /**
   * Calls `work` after `ms`.
   *
   * @param keepAlive somebody waits for it: the process must not end before
   * @returns a function that prevents it
   */
  later(ms: number, work: () => void, keepAlive: boolean): () => void
  /** How long an answer is waited for, milliseconds. */
  waitMs: number
  /** Is told what went wrong. */
  report(place: string, error: unknown): void
}

/** Without anything else known: how long leases last, and how often they are renewed. */
const DEFAULT_TTL = 20_000
const FIRST_BACKOFF = 500
const MAX_BACKOFF = 10_000
/** Between exchanges that nobody waits for. */
const MIN_INTERVAL = 200
const MAX_ACCOUNTS = 20_000
/** Exchanges at most until nothing is left to hand back. */
const CLOSING_ROUNDS = 3

export class LeaseClient {
  readonly #options: LeaseClientOptions
  readonly #accounts = new Map<string, Account>()
  #matcher: Matcher | undefined
  #version = ''
  #ledger: string | undefined
  #seq = 0
  #inFlight = false
  #waiting: ((ok: boolean) => void)[] = []
  #decisions: Decision[] = []
  #ttl = DEFAULT_TTL
  #refresh = DEFAULT_TTL / 3
  #lastStart = Number.NEGATIVE_INFINITY
  #backoff = 0
  #downUntil = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined
  #due = Number.POSITIVE_INFINITY
  #keepsAlive = false
  #closing = false
  #closed = false

  constructor(options: LeaseClientOptions) {
    this.#options = options
  }

  /** Whether the collector has said which budgets there are. */
  get ready(): boolean {
    return this.#matcher !== undefined
  }

  /** Whether the last exchange failed, and the next try is not due. */
  get down(): boolean {
    return this.#backoff > 0
  }

  now(): number {
    return this.#options.now()
  }

  /** Budgets that somebody's call belongs to. */
  match(scope: Scope): Match[] {
    return this.#matcher?.(scope) ?? []
  }

  /** The account of a match. */
  account({ definition, key, each }: Match, scope: Scope): Account {
    const known = this.#accounts.get(key)
    if (known) return known
    const account = new Account(key, definition, subjectOf(each, scope), this.now())
    if (this.#accounts.size >= MAX_ACCOUNTS) this.#forgetOne()
    this.#accounts.set(key, account)
    return account
  }

  /** Sets `amount` aside where it fits. Renews in time, so that the next one fits too. */
  hold(account: Account, amount: bigint, now: number): Hold | undefined {
    const room = account.room(now)
    if (room < amount && !account.unlimited(now)) return undefined
    const hold = account.take(amount, now)
    if (Number(room - amount) < account.typical * 2) this.#schedule(MIN_INTERVAL)
    else if (this.#due === Number.POSITIVE_INFINITY) this.#schedule(this.#refresh)
    return hold
  }

  /** Sets `amount` aside, whether or not it fits. */
  overdraw(account: Account, amount: bigint): Hold {
    const hold = account.take(amount, this.now())
    // Nobody waits to be told how it stands, but soon it should be known.
    if (account.state === undefined) this.#schedule(MIN_INTERVAL)
    else if (this.#due === Number.POSITIVE_INFINITY) this.#schedule(this.#refresh)
    return hold
  }

  /** A hold has come to its end. */
  settle(hold: Hold, actual: bigint): void {
    settleHold(hold, actual)
    // Whatever is due is due before that.
    if (this.#due === Number.POSITIVE_INFINITY) this.#schedule(this.#refresh)
  }

  /** Resolves after the next exchange: `false` where the collector could not be reached. */
  wait(): Promise<boolean> {
    if (this.#closed || this.now() < this.#downUntil) return Promise.resolve(false)
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#schedule(0)
    })
  }

  /** Whether the next exchange has room for another decision. */
  get hasRoomToTell(): boolean {
    return this.#decisions.length < MAX_DECISIONS
  }

  /** Remembers a decision for those who ask for its reasons. */
  decided(decision: Decision): void {
    if (this.hasRoomToTell) this.#decisions.push(decision)
    else this.#untold(1)
    this.#schedule(MIN_INTERVAL)
  }

  /** Counts decisions whose reasons nobody will be told. */
  #untold(decisions: number): void {
    if (decisions === 0) return
    const error = new Error(`more than ${MAX_DECISIONS} wait to be told`)
    for (let i = 0; i < decisions; i++) this.#options.report('tell a decision', error)
  }

  /** Hands everything back that is not in use, and tells the rest. */
  async close(): Promise<void> {
    this.#closing = true
    for (let round = 0; round < CLOSING_ROUNDS && (round === 0 || this.#owes()); round++) {
      if (!this.#matcher || !(await this.wait())) break
      // Who waited for the same answer has taken, or given up, what it was granted.
      await new Promise<void>((resolve) => this.#options.later(0, resolve, true))
    }
    this.#closed = true
    this.#cancel?.()
    for (const done of this.#waiting.splice(0)) done(false)
  }

  /** Has something to tell, or in hand that nobody uses. */
  #owes(): boolean {
    for (const { lease } of this.#accounts.values()) {
      if (lease.dirty || lease.ceiling > lease.settled + lease.held) return true
    }
    return false
  }

  /** Asks at once, for whatever is due. */
  refresh(): void {
    this.#schedule(0)
  }

  #schedule(ms: number): void {
    if (this.#closed) return
    const now = this.now()
    let at = Math.max(now + ms, this.#downUntil)
    const waited = this.#waiting.length > 0
    if (!waited) at = Math.max(at, this.#lastStart + MIN_INTERVAL)
    if (at >= this.#due && (!waited || this.#keepsAlive)) return
    at = Math.min(at, this.#due)
    this.#cancel?.()
    this.#due = at
    this.#keepsAlive = waited
    const work = () => {
      this.#due = Number.POSITIVE_INFINITY
      this.#cancel = undefined
      if (!this.#inFlight) void this.#exchange()
    }
    this.#cancel = this.#options.later(Math.max(0, at - now), work, waited)
  }

  async #exchange(): Promise<void> {
    this.#inFlight = true
    const waiting = this.#waiting.splice(0)
    const decisions = this.#decisions.splice(0)
    const sentAt = this.now()
    this.#lastStart = sentAt
    const request = buildRequest(this.#accounts, {
      instance: this.#options.instance,
      seq: ++this.#seq,
      version: this.#version,
      ledger: this.#ledger,
      decisions,
      now: sentAt,
      ttl: this.#ttl,
      closing: this.#closing,
    })
    let ok = false
    try {
      const response = await this.#within(this.#options.exchange(request.body))
      this.#apply(response, request.of, sentAt)
      ok = true
      this.#backoff = 0
      this.#downUntil = Number.NEGATIVE_INFINITY
    } catch (error) {
      for (const { lease } of request.of.values()) lease.dirty = true
      this.#untold(Math.max(0, decisions.length + this.#decisions.length - MAX_DECISIONS))
      this.#decisions.unshift(...decisions.slice(0, MAX_DECISIONS - this.#decisions.length))
      this.#backoff = Math.min(MAX_BACKOFF, this.#backoff === 0 ? FIRST_BACKOFF : this.#backoff * 2)
      this.#downUntil = this.now() + this.#backoff
      this.#options.report('renew budget leases', error)
    }
    this.#inFlight = false
    for (const done of waiting) done(ok)
    if (ok && this.#waiting.length > 0) this.#schedule(0)
    else if (!ok) {
      for (const done of this.#waiting.splice(0)) done(false)
      this.#schedule(this.#backoff)
    } else if (this.#accounts.size > 0) this.#schedule(this.#refresh)
  }

  #within(answer: Promise<LeaseResponse>): Promise<LeaseResponse> {
    return new Promise((resolve, reject) => {
      const { waitMs } = this.#options
      const late = () => reject(new Error(`no answer within ${waitMs} ms`))
      const cancel = this.#options.later(waitMs, late, false)
      answer.then(resolve, reject).finally(cancel)
    })
  }

  #apply(response: LeaseResponse, of: Map<number, AccountOf>, sentAt: number): void {
    this.#ttl = response.ttlMs
    this.#refresh = response.refreshMs
    if (response.ledger !== this.#ledger) this.#answeredBy(response.ledger)
    if (response.definitions) this.#define(response)
    let recalled = false
    for (const state of response.accounts) {
      const sent = of.get(state.lease)
      if (!sent) continue
      const { account, lease } = sent
      if (state.closed) {
        if (account.lease === lease) account.roll()
        // What was settled since, or is still held, is told the next time.
        if (lease.held === 0n && formatAmount(lease.settled) === sent.settled) {
          account.older = account.older.filter((one) => one !== lease)
        }
        continue
      }
      if (account.lease !== lease) continue
      const now = this.now()
      const endsAt = now + state.endsInMs
      const until = Math.min(sentAt + response.ttlMs, sentAt + state.endsInMs)
      account.learn(state, parseAmount(sent.settled), until, endsAt, now)
      // Those who wait here are some of them.
      if (state.recall && account.giveBack(account.need)) recalled = true
    }
    if (recalled) this.#schedule(MIN_INTERVAL)
  }

  /** Another ledger has confirmed nothing yet. */
  #answeredBy(ledger: string | undefined): void {
    this.#ledger = ledger
    for (const { lease, older } of this.#accounts.values())
      for (const one of [lease, ...older]) one.acknowledged = 0n
  }

  /** Accounts of a budget that is gone, or counts something else now, are given up. */
  #define({ version, definitions = [] }: LeaseResponse): void {
    this.#version = version
    this.#matcher = createMatcher(definitions)
    const known = new Map(definitions.map((definition) => [definition.id, definition]))
    for (const [key, account] of this.#accounts) {
      const now = known.get(account.definition.id)
      if (now && countsTheSame(now, account.definition)) account.definition = now
      else this.#accounts.delete(key)
    }
  }

  #forgetOne(): void {
    for (const [key, { lease, older, need }] of this.#accounts) {
      if (lease.held > 0n || lease.dirty || older.length > 0 || need > 0n) continue
      this.#accounts.delete(key)
      return
    }
  }
}

function countsTheSame(a: BudgetDefinition, b: BudgetDefinition): boolean {
  return a.unit === b.unit && a.meter === b.meter && JSON.stringify(a.scope) === JSON.stringify(b.scope)
}
