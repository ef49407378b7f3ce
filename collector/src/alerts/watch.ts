/**
 * Looks at every rule, again and again, and has what follows written down and delivered.
 *
 * Invariant: a rule that cannot be asked (the store is away) changes nothing and is asked again; an alert and its
 * messages are written down as one.
 */
import { type Addressing, address } from './address.ts'
import type { AlertBook } from './alert-book.ts'
import type { Channel } from './channel.ts'
import { type Decision, decide, retire } from './decide.ts'
import type { Outbox } from './outbox.ts'
import { type Alert, type Change, eventOf, silences } from './records.ts'
import type { Rule } from './rule.ts'
import type { RuleContext } from './rules/rule-kind.ts'

export interface WatchOptions {
  readonly book: AlertBook
  readonly outbox: Outbox
  readonly context: RuleContext
  readonly now: () => number
  readonly rules: () => readonly Rule[]
  readonly channels: () => ReadonlyMap<string, Channel>
  /** Address of the page, for messages. */
  readonly link: () => string | undefined
  readonly onEvaluated?: (rule: string, seconds: number, error?: unknown) => void
}

export class Watch {
  readonly #options: WatchOptions
  /** Channel → when it was last told again what still fires. */
  readonly #refreshed = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined
  #stopped = false
  #running: Promise<void> | undefined

  constructor(options: WatchOptions) {
    this.#options = options
  }

  /** Looks now, and then again `everyMs` after each beginning. */
  start(everyMs: () => number): void {
    this.#stopped = false
    const turn = () => {
      const began = performance.now()
      this.#running = this.evaluate().finally(() => {
        if (this.#stopped) return
        this.#timer = setTimeout(turn, Math.max(0, everyMs() - (performance.now() - began)))
        this.#timer.unref()
      })
    }
    turn()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
  }

  /** Looks at every rule once. Never rejects. */
  async evaluate(): Promise<void> {
    const { book, rules, outbox, now } = this.#options
    const configured = rules()
    for (const rule of configured) await this.#guard(rule.name, () => this.#evaluate(rule))
    const names = new Set(configured.map(({ name }) => name))
    for (const name of book.rules()) {
      if (names.has(name)) continue
      await this.#guard(name, () => {
        const known = { instances: book.instances(name), alert: (id: string) => book.alert(id) }
        return this.#settle(retire(name, known, now()), now())
      })
    }
    await this.#guard('silences', () => this.#unsilence(now()))
    outbox.wake()
    await this.#refresh(now())
  }

  /** Takes in alerts of another system, as if one of our rules had found them. */
  async accept(alerts: readonly Alert[]): Promise<void> {
    await this.#settle({ changes: [], alerts: [...alerts] }, this.#options.now())
    this.#options.outbox.wake()
  }

  async #evaluate(rule: Rule): Promise<void> {
    const { book, context, now } = this.#options
    const at = now()
    const findings = await rule.kind.read(context, rule.settings, at - rule.kind.lagMs)
    const known = { instances: book.instances(rule.name), alert: (id: string) => book.alert(id) }
    await this.#settle(decide(rule, findings, known, at), at)
  }

  async #settle({ changes, alerts }: Decision, now: number): Promise<void> {
    const { book } = this.#options
    const marked = alerts.map((alert) => {
      const silence = book.silences().find((one) => silences(one, alert, now))
      // an end is told where the beginning was, also during a silence that came later
      return silence === undefined || alert.endsAt !== undefined
        ? alert
        : { ...alert, silencedBy: silence.id }
    })
    const told: Change[] = marked.map((alert) => ({ alert }))
    await book.record([...changes, ...told, ...address(marked, this.#addressing(), now)])
  }

  /** What still fires after its silence has ended is told now. */
  async #unsilence(now: number): Promise<void> {
    const { book } = this.#options
    const active = new Set(
      book
        .silences()
        .filter(({ from, until }) => now >= from && now < until)
        .map(({ id }) => id),
    )
    const loud = book
      .alerts()
      .filter(
        ({ endsAt, silencedBy }) =>
          endsAt === undefined && silencedBy !== undefined && !active.has(silencedBy),
      )
      .map(({ silencedBy: _, ...alert }): Alert => alert)
    if (loud.length > 0) await this.#settle({ changes: [], alerts: loud }, now)
  }

  /** Tells receivers that forget what still fires; such a message is no delivery and is not tried again. */
  async #refresh(now: number): Promise<void> {
    const { book, channels } = this.#options
    const link = this.#options.link()
    for (const channel of channels().values()) {
      if (channel.refreshMs === undefined || book.disabled(channel.name) !== undefined) continue
      const last = this.#refreshed.get(channel.name) ?? 0
      if (now - last < channel.refreshMs * 0.9) continue
      this.#refreshed.set(channel.name, now)
      const told = new Set(
        book
          .deliveries()
          .filter((one) => one.channel === channel.name && one.status === 'delivered')
          .flatMap(({ notice }) => notice.events.map(({ alertId }) => alertId)),
      )
      const events = book
        .alerts()
        .filter((alert) => alert.endsAt === undefined && told.has(alert.id))
        .map(eventOf)
      for (let at = 0; at < events.length; at += channel.batch) {
        const part = events.slice(at, at + channel.batch)
        await channel.send(
          { id: `refresh-${now}-${at}`, createdAt: now, events: part, ...(link !== undefined && { link }) },
          now,
        )
      }
    }
  }

  #addressing(): Addressing {
    const { rules, channels } = this.#options
    const byName = new Map(rules().map((rule) => [rule.name, rule]))
    // what another system told us of it has told people of
    const wanted = ({ source, rule }: Alert) => (source === 'rule' ? byName.get(rule)?.channels : [])
    return { channels: channels(), wanted, link: this.#options.link() }
  }

  async #guard(rule: string, work: () => Promise<void>): Promise<void> {
    const { onEvaluated } = this.#options
    const began = performance.now()
    try {
      await work()
      onEvaluated?.(rule, (performance.now() - began) / 1000)
    } catch (error) {
      onEvaluated?.(rule, (performance.now() - began) / 1000, error)
    }
  }
}
