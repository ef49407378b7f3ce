/**
 * Alerting, wired: rules → decisions → book → outbox → channels, and rows of them in the store.
 *
 * Invariant: rules and channels can be exchanged while it runs; what is under way is finished with the old ones.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import type { CollectorConfig } from '../config/schema.ts'
import { openJournal } from '../journal/journal.ts'
import { AlertBook } from './alert-book.ts'
import { type Channel, type ChannelConfig, createChannel } from './channel.ts'
import { Mirror } from './mirror.ts'
import { NOTIFIERS } from './notifiers/built-in.ts'
import { Outbox } from './outbox.ts'
import type { Alert, Change, Delivery, Silence } from './records.ts'
import { createRule, type Rule, type RuleConfig } from './rule.ts'
import type { BudgetStanding } from './rules/budget.ts'
import { RULE_KINDS } from './rules/built-in.ts'
import { Watch } from './watch.ts'

type AlertConfig = Pick<CollectorConfig, 'alerts' | 'channels'>

export interface AlertingOptions {
  readonly config: AlertConfig
  readonly dataDir: string
  readonly client: ClickHouseClient
  readonly reader: ClickHouseClient
  readonly now: () => number
  /** How the budgets of the ledger stand; absent = there are none. */
  readonly budgets?: (() => Iterable<BudgetStanding>) | undefined
  readonly onEvaluated?: (rule: string, seconds: number, error?: unknown) => void
  readonly onAttempt?: (channel: string, outcome: string) => void
  readonly report: (error: unknown) => void
}

/** Running alerting. */
export class Alerting {
  readonly book: AlertBook
  readonly #options: AlertingOptions
  readonly #mirror: Mirror
  readonly #outbox: Outbox
  readonly #watch: Watch
  #config: AlertConfig
  #rules: readonly Rule[] = []
  #channels: ReadonlyMap<string, Channel> = new Map()

  /** Opens the journal. Throws where it cannot be read, or a channel cannot be set up. */
  static async open(options: AlertingOptions): Promise<Alerting> {
    const { journal, lines } = await openJournal(
      join(options.dataDir, 'alerts.journal'),
      'the journal of alerts',
    )
    return new Alerting(options, new AlertBook(journal, lines))
  }

  private constructor(options: AlertingOptions, book: AlertBook) {
    const { client, reader, now, report, onAttempt, onEvaluated } = options
    this.#options = options
    this.book = book
    this.#config = options.config
    this.#mirror = new Mirror(client, report)
    book.onRecorded = (changes) => this.#mirror.add(changes)
    const channels = () => this.#channels
    this.#outbox = new Outbox({ book, channels, now, report, ...(onAttempt && { onAttempt }) })
    this.#watch = new Watch({
      ...{
        book,
        outbox: this.#outbox,
        context: { reader, budgets: options.budgets },
        now,
        channels,
        rules: () => this.#rules,
      },
      link: () => this.#config.alerts.link,
      ...(onEvaluated && { onEvaluated }),
    })
    this.configure(options.config)
  }

  get rules(): readonly Rule[] {
    return this.#rules
  }

  get channels(): ReadonlyMap<string, Channel> {
    return this.#channels
  }

  /** How often rules are looked at, milliseconds. */
  get everyMs(): number {
    return this.#config.alerts.everySeconds * 1000
  }

  /** Takes other rules and channels; they hold from the next look on. */
  configure(config: AlertConfig): void {
    const { allowPrivateAddresses, rules } = config.alerts
    this.#channels = new Map(
      Object.entries(config.channels).map(([name, channel]) => [
        name,
        createChannel(name, channel as ChannelConfig, NOTIFIERS, allowPrivateAddresses),
      ]),
    )
    this.#rules = rules.map((rule) => createRule(rule as unknown as RuleConfig, RULE_KINDS))
    this.#config = config
  }

  start(): void {
    this.#mirror.add([
      ...this.book.alerts().map((alert) => ({ alert })),
      ...this.book.deliveries().map((delivery) => ({ delivery })),
    ])
    this.#outbox.start()
    if (this.#config.alerts.enabled) this.#watch.start(() => this.everyMs)
  }

  async stop(): Promise<void> {
    await this.#watch.stop()
    await this.#outbox.stop()
    await this.#mirror.flush()
    await this.book.close()
  }

  /** Looks at every rule now. Never rejects. */
  evaluate(): Promise<void> {
    return this.#watch.evaluate()
  }

  /** Takes in alerts of another system. Throws where they could not be written down. */
  accept(alerts: readonly Alert[]): Promise<void> {
    return this.#watch.accept(alerts)
  }

  /** Changes what people know of an alert: that it was read, or that somebody sees to it. */
  async mark(
    id: string,
    what: Partial<Pick<Alert, 'readAt' | 'ackedAt' | 'ackedBy'>>,
  ): Promise<Alert | undefined> {
    const alert = this.book.alert(id)
    if (alert === undefined) return undefined
    const marked = { ...alert, ...what }
    await this.book.record([{ alert: marked }])
    return marked
  }

  /** Keeps alerts quiet. */
  async silence(silence: Omit<Silence, 'id'>): Promise<Silence> {
    const made = { id: randomUUID(), ...silence }
    await this.book.record([{ silence: made }])
    return made
  }

  /** Ends a silence now. */
  async unsilence(id: string): Promise<Silence | undefined> {
    const silence = this.book.silences().find((one) => one.id === id)
    if (silence === undefined) return undefined
    const over = { ...silence, until: Math.min(silence.until, this.#options.now()) }
    await this.book.record([{ silence: over }])
    return over
  }

  /** Sends a delivery again, from its first attempt on. */
  async replay(id: string): Promise<Delivery | undefined> {
    const delivery = this.book.delivery(id)
    if (delivery === undefined) return undefined
    const again: Delivery = { ...delivery, status: 'pending', attempts: 0, nextAt: this.#options.now() }
    await this.book.record([{ delivery: again }])
    this.#outbox.wake()
    return again
  }

  /** Switches a channel on again; what it holds back goes out. */
  async enable(name: string): Promise<boolean> {
    if (!this.#channels.has(name)) return false
    const held = this.book.deliveries().filter((one) => one.channel === name && one.status === 'held')
    const changes: Change[] = held.map((delivery) => ({
      delivery: { ...delivery, status: 'pending', nextAt: this.#options.now() },
    }))
    await this.book.record([{ channel: name, disabled: null }, ...changes])
    this.#outbox.wake()
    return true
  }

  /** Sends a test alert to a channel, once, and says what became of it. A channel that takes it is switched on. */
  async test(name: string): Promise<{ outcome: string; reason?: string } | undefined> {
    const channel = this.#channels.get(name)
    if (channel === undefined) return undefined
    const now = this.#options.now()
    const verdict = await channel.send(
      {
        id: `test-${randomUUID()}`,
        createdAt: now,
        test: true,
        events: [
          {
            ...{ alertId: `test-${now}`, status: 'firing', rule: 'test', severity: 'info' },
            title: 'this channel works',
            summary: 'Somebody asked for this message; nothing is wrong.',
            ...{ subject: {}, value: '1', threshold: '1', startsAt: now },
          },
        ],
        ...(this.#config.alerts.link !== undefined && { link: this.#config.alerts.link }),
      },
      now,
    )
    if (verdict.outcome === 'delivered' && this.book.disabled(name) !== undefined) await this.enable(name)
    return verdict
  }
}
