/**
 * Delivers what was decided, until it is delivered or given up, whatever happens to this process meanwhile.
 *
 * Invariant: a delivery is in the book before it is tried, and every attempt is in the book before the next; so a
 * kill between an attempt and its record repeats it with the same id, and nothing is lost. Two deliveries that tell
 * of the same alert go out in their order. Only this file decides when to try again.
 */
import type { AlertBook } from './alert-book.ts'
import type { Channel } from './channel.ts'
import type { Change, Delivery } from './records.ts'
import type { Verdict } from './verdict.ts'

export interface OutboxOptions {
  readonly book: AlertBook
  readonly channels: () => ReadonlyMap<string, Channel>
  readonly now: () => number
  /** Spreads retries: from 0 to 1. */
  readonly random?: () => number
  readonly onAttempt?: (channel: string, outcome: Verdict['outcome']) => void
  /** What could not be written down. */
  readonly report: (error: unknown) => void
}

/** A retry comes up to so much later than its schedule says, as a part of it. */
const JITTER = 0.1
/** The longest wait that a receiver may ask for. */
const MOST_WAIT_MS = 24 * 3_600_000
const IDLE_MS = 60_000

export class Outbox {
  readonly #options: OutboxOptions
  /** Channel → its attempt that is under way. */
  readonly #busy = new Map<string, Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #stopped = true

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  start(): void {
    this.#stopped = false
    this.wake()
  }

  /** Looks at once for what is due. */
  wake(): void {
    if (this.#stopped) return
    clearTimeout(this.#timer)
    this.runDue()
    const wait = Math.min(IDLE_MS, Math.max(50, this.#nextDue() - this.#options.now()))
    this.#timer = setTimeout(() => this.wake(), wait)
    this.#timer.unref()
  }

  /** Ends; what is under way is finished. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await Promise.all(this.#busy.values())
  }

  /** Begins every attempt that is due now. @returns when those and what follows from them at once are done */
  async runDue(): Promise<void> {
    const begun: Promise<void>[] = []
    const { book, channels, now } = this.#options
    for (const [name, channel] of channels()) {
      if (this.#busy.has(name) || book.disabled(name) !== undefined) continue
      const delivery = nextOf(book, name, now())
      if (delivery === undefined) continue
      const attempt = this.#attempt(channel, delivery).finally(() => {
        this.#busy.delete(name)
        if (!this.#stopped) this.wake()
      })
      this.#busy.set(name, attempt)
      begun.push(attempt)
    }
    await Promise.all(begun)
  }

  async #attempt(channel: Channel, delivery: Delivery): Promise<void> {
    const { now, onAttempt, report } = this.#options
    const verdict = await channel.send(delivery.notice, now())
    onAttempt?.(channel.name, verdict.outcome)
    try {
      await this.#options.book.record(this.#changesOf(channel, delivery, verdict, now()))
    } catch (error) {
      // it stays due and is tried again: the receiver knows it by its id
      report(error)
      await new Promise((done) => setTimeout(done, 1_000).unref())
    }
  }

  #changesOf(channel: Channel, before: Delivery, verdict: Verdict, at: number): Change[] {
    const { nextAt: _, reason: __, ...rest } = before
    const delivery = { ...rest, attempts: before.attempts + 1, lastAt: at }
    if (verdict.outcome === 'delivered') return [{ delivery: { ...delivery, status: 'delivered' } }]
    const { reason } = verdict
    if (verdict.outcome === 'failed') return [{ delivery: { ...delivery, status: 'failed', reason } }]
    if (verdict.outcome === 'disable') {
      return [
        { delivery: { ...delivery, status: 'held', reason } },
        { channel: channel.name, disabled: { at, reason } },
      ]
    }
    const planned = channel.schedule[before.attempts]
    if (planned === undefined) {
      const given = `${reason}; given up after ${delivery.attempts} attempts`
      return [
        { delivery: { ...delivery, status: 'failed', reason: given } },
        { channel: channel.name, disabled: { at, reason: given } },
      ]
    }
    const wait = Math.min(MOST_WAIT_MS, Math.max(planned, verdict.afterMs ?? 0))
    const jitter = 1 + JITTER * (this.#options.random ?? Math.random)()
    return [{ delivery: { ...delivery, status: 'pending', reason, nextAt: at + Math.round(wait * jitter) } }]
  }

  #nextDue(): number {
    const { book, channels } = this.#options
    let next = Number.POSITIVE_INFINITY
    for (const { channel, status, nextAt } of book.deliveries()) {
      if (status !== 'pending' || this.#busy.has(channel)) continue
      if (!channels().has(channel) || book.disabled(channel) !== undefined) continue
      next = Math.min(next, nextAt ?? 0)
    }
    return next
  }
}

/** The oldest delivery of a channel that is due and waits for no earlier one about the same alert. */
function nextOf(book: AlertBook, channel: string, now: number): Delivery | undefined {
  const waiting = new Set<string>()
  for (const delivery of book.deliveries()) {
    if (delivery.channel !== channel || delivery.status !== 'pending') continue
    const alerts = delivery.notice.events.map(({ alertId }) => alertId)
    if ((delivery.nextAt ?? 0) <= now && !alerts.some((id) => waiting.has(id))) return delivery
    for (const id of alerts) waiting.add(id)
  }
  return undefined
}
