/**
 * Whether something may go ahead: budget by budget, all of them or none.
 *
 * Invariant: with leases in hand the answer comes at once and nothing is sent. What is refused holds nothing.
 */
import type { Account, Hold } from './account.ts'
import { formatAmount } from './amount.ts'
import type { LeaseClient } from './lease-client.ts'
import type { Match } from './matcher.ts'
import type { BudgetDefinition, Decision, Scope } from './protocol.ts'
import { BudgetExceededError, type RefusalCode } from './refusal.ts'
import { Ticket } from './ticket.ts'

/** What asks for admission. */
export interface Ask {
  /** For whom, and what. */
  scope: Scope
  /** How much to set aside in a budget; `undefined` = it does not concern the budget. */
  amount(definition: BudgetDefinition): bigint | undefined
  /** A no is not the last word: nobody is told of it. */
  tentative?: boolean
  /** Whether another model can be written into the request; absent = it cannot. */
  replaceable?: (() => boolean) | undefined
  /** Which prices the amounts in USD are by, once they were asked for. */
  priceVersion?(): string | undefined
}

export type Verdict = Ticket | BudgetExceededError

interface Part {
  account: Account
  amount: bigint
}

/** How often the collector is asked before the answer is no: a period may end, others may be faster. */
const MAX_ROUNDS = 4
/** A no is believed for so long, milliseconds. */
const BELIEVED_MS = 1_000
const HELD_RETRY_S = 2

export class Admission {
  readonly #client: LeaseClient
  readonly #openAtStart: boolean

  /** @param openAtStart what happens while it is not known which budgets there are */
  constructor(client: LeaseClient, openAtStart: boolean) {
    this.#client = client
    this.#openAtStart = openAtStart
  }

  admit(ask: Ask): Verdict | Promise<Verdict> {
    if (!this.#client.ready) return this.#first(ask)
    const parts = this.#parts(this.#client.match(ask.scope), ask)
    return this.#take(parts, ask) ?? this.#knownNo(parts, ask) ?? this.#wait(parts, ask)
  }

  /** Counts what is used without having been asked for. */
  charge(ask: Ask): Ticket {
    const parts = this.#parts(this.#client.match(ask.scope), ask)
    return new Ticket(
      this.#client,
      parts.map(({ account, amount }) => this.#client.overdraw(account, amount)),
    )
  }

  #parts(matches: readonly Match[], ask: Ask): Part[] {
    const parts: Part[] = []
    for (const match of matches) {
      const amount = ask.amount(match.definition)
      if (amount !== undefined) parts.push({ account: this.#client.account(match, ask.scope), amount })
    }
    return parts
  }

  /** Sets everything aside, or nothing. */
  #take(parts: readonly Part[], ask: Ask): Ticket | undefined {
    const holds: Hold[] = []
    const now = this.#client.now()
    for (const { account, amount } of parts) {
      const hold = account.strict
        ? this.#client.hold(account, amount, now)
        : this.#client.overdraw(account, amount)
      if (!hold) {
        for (const one of holds) this.#giveBack(one)
        return undefined
      }
      holds.push(hold)
    }
    const ticket = new Ticket(this.#client, holds)
    for (const part of parts) if (!part.account.strict) this.#noteSoft(ticket, part, ask)
    return ticket
  }

  #giveBack(hold: Hold): void {
    hold.lease.held -= hold.amount
    hold.amount = 0n
  }

  async #first(ask: Ask): Promise<Verdict> {
    await this.#client.wait()
    if (this.#client.ready) return this.admit(ask)
    if (!this.#openAtStart) {
      const decisionId = crypto.randomUUID()
      return new BudgetExceededError({
        ...{ code: 'enforcement-unavailable', budget: '', subject: {}, unit: 'usd', requested: '0' },
        ...{ retryAfter: HELD_RETRY_S, decisionId },
      })
    }
    const ticket = new Ticket(this.#client, [])
    ticket.note = { outcome: 'degraded', budget: '' }
    return ticket
  }

  /** What was said a moment ago is not asked again. */
  #knownNo(parts: readonly Part[], ask: Ask): Verdict | undefined {
    const now = this.#client.now()
    const lacking = parts.filter((part) => this.#lacks(part))
    const believed = lacking.every(
      ({ account: { state, learnedAt, lease } }) =>
        (state?.status === 'limit_reached' || state?.status === 'suspended') &&
        now < learnedAt + BELIEVED_MS &&
        now < lease.endsAt,
    )
    return believed && lacking.length > 0 ? this.#limited(parts, lacking, ask) : undefined
  }

  async #wait(parts: readonly Part[], ask: Ask): Promise<Verdict> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const lacking = parts.filter((part) => this.#lacks(part))
      for (const { account, amount } of lacking) account.needs(amount)
      const ok = await this.#client.wait()
      for (const { account, amount } of lacking) account.needsNot(amount, this.#client.now())
      const ticket = this.#take(parts, ask)
      if (ticket) return ticket
      if (!ok) return this.#unreachable(parts, ask)
      const still = parts.filter((part) => this.#lacks(part))
      const told = still.every(({ account: { lease, state } }) => state && lease.period !== undefined)
      if (told && still.length > 0) return this.#limited(parts, still, ask)
    }
    return this.#unreachable(parts, ask)
  }

  #lacks({ account, amount }: Part): boolean {
    const now = this.#client.now()
    return account.strict && account.room(now) < amount && !account.unlimited(now)
  }

  /** At the limit: the strictest budget has the say. */
  #limited(parts: readonly Part[], lacking: readonly Part[], ask: Ask): Verdict {
    const model = ask.scope.model ?? ''
    for (const part of lacking) {
      const { action, downgrade } = part.account.definition
      const named = action === 'downgrade' && Object.hasOwn(downgrade ?? {}, model)
      const instead = named && ask.replaceable?.() === true
      if (action === 'block' || (action === 'downgrade' && !instead))
        return this.#refuse(part, codeOf(part), ask)
    }
    const ticket = this.#overdraw(parts)
    for (const part of lacking) {
      const { account } = part
      const { id, action, downgrade, throttleMs = 0 } = account.definition
      if (action === 'downgrade') ticket.model = downgrade?.[model]
      else {
        const now = this.#client.now()
        account.nextSlot = Math.max(account.nextSlot, now) + throttleMs
        ticket.delayMs = Math.max(ticket.delayMs, account.nextSlot - now)
      }
      const outcome = action === 'downgrade' ? 'downgraded' : 'throttled'
      ticket.note = { outcome, budget: id, decisionId: this.#decide(part, outcome, codeOf(part), ask) }
    }
    return ticket
  }

  /** Nobody can say; each budget says what then. */
  #unreachable(parts: readonly Part[], ask: Ask): Verdict {
    const lacking = parts.filter((part) => this.#lacks(part))
    for (const part of lacking) {
      const { onUnreachable, action } = part.account.definition
      const closed = onUnreachable === 'closed' || (onUnreachable === 'lease' && action === 'block')
      if (closed) return this.#refuse(part, 'enforcement-unavailable', ask)
    }
    const ticket = this.#overdraw(parts)
    for (const part of lacking) {
      const decisionId = this.#decide(part, 'degraded', 'enforcement-unavailable', ask)
      ticket.note = { outcome: 'degraded', budget: part.account.definition.id, decisionId }
    }
    return ticket
  }

  /** Who is only counted is told where it would have ended: once in a period, so that telling it costs nothing later. */
  #noteSoft(ticket: Ticket, part: Part, ask: Ask): void {
    const { lease, definition } = part.account
    const percent = part.account.percent()
    if (percent === undefined) return
    const outcome = percent >= 100 && definition.action === 'shadow' ? 'shadow' : 'warned'
    if (outcome === 'warned' && (percent < definition.warnAt || ticket.note)) return
    if (!ask.tentative && this.#client.hasRoomToTell)
      lease[outcome] ??= this.#decide(
        part,
        outcome,
        percent < 100 ? 'budget-warning' : 'budget-exceeded',
        ask,
      )
    ticket.note = { outcome, budget: definition.id, decisionId: lease[outcome] }
  }

  #overdraw(parts: readonly Part[]): Ticket {
    return new Ticket(
      this.#client,
      parts.map(({ account, amount }) => this.#client.overdraw(account, amount)),
    )
  }

  #refuse(part: Part, code: RefusalCode, ask: Ask): BudgetExceededError {
    const { account, amount } = part
    const decisionId = this.#decide(part, 'blocked', code, ask)
    const wait = code === 'budget-held' || code === 'enforcement-unavailable'
    const { state } = account
    return new BudgetExceededError({
      ...{ code, budget: account.definition.id, subject: account.subject },
      ...{ unit: account.definition.unit, meter: account.definition.meter },
      ...{ limit: state?.limit, committed: formatAmount(account.spent()), held: state?.held },
      ...{ requested: formatAmount(amount), resetsAt: state?.resetsAt, decisionId },
      ...(wait ? { retryAfter: HELD_RETRY_S } : {}),
    })
  }

  #decide({ account, amount }: Part, outcome: Decision['outcome'], code: string, ask: Ask): string {
    const id = crypto.randomUUID()
    const { definition, subject, lease, state } = account
    const priceVersion = ask.priceVersion?.()
    if (ask.tentative) return id
    this.#client.decided({
      ...{ id, at: Date.now(), outcome, code, budget: definition.id, subject, period: lease.period },
      ...{ unit: definition.unit, requested: formatAmount(amount), limit: state?.limit },
      ...{ committed: formatAmount(account.spent()), held: state?.held, scope: ask.scope },
      lease: {
        ceiling: formatAmount(lease.ceiling),
        settled: formatAmount(lease.settled),
        held: formatAmount(lease.held),
      },
      ...(priceVersion === undefined ? {} : { priceVersion }),
    })
    return id
  }
}

function codeOf({ account, amount }: Part): RefusalCode {
  if (account.state?.status === 'suspended') return 'budget-suspended'
  const limit = account.limit ?? 0n
  if (amount > limit && account.spent() < limit) return 'request-exceeds-budget'
  return account.spent() + amount > limit ? 'budget-exceeded' : 'budget-held'
}
