/**
 * Billing by usage in Stripe, wired: store → totals of hours → book → Stripe → its sums, and rows in the store.
 *
 * Invariant: what a tenant used in an hour is counted by Stripe once, through a kill, a lost answer and calls that
 * come late; whatever does not work is kept, with its reason. The configuration can be exchanged while it runs.
 */
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'
import type { StripeConfig } from '../config/stripe.ts'
import { openJournal } from '../journal/journal.ts'
import { RowMirror, timeOf } from '../write/row-mirror.ts'
import { addingOf, KeyRefused, StripeClient, type StripeMeter } from './client.ts'
import { deliver } from './deliver.ts'
import { plan } from './plan.ts'
import { retried, type SyncRecord } from './record.ts'
import { SyncBook } from './sync-book.ts'

export interface StripeSyncOptions {
  readonly config: { readonly stripe: StripeConfig; readonly credits: { readonly perUsd: string } }
  readonly dataDir: string
  readonly client: ClickHouseClient
  readonly reader: ClickHouseClient
  readonly now: () => number
  readonly random?: () => number
  /** Is told after each look how many hours of each state there are. */
  readonly onLooked?: (counts: ReturnType<SyncBook['counts']>) => void
  /** Is told once for each outage. */
  readonly report: (error: unknown) => void
}

/** How the last look went. */
export interface SyncStanding {
  /** Milliseconds. */
  readonly at: number
  /** Why it ended early, in a sentence. */
  readonly error?: string
  /** Event name → why nothing of it is sent. */
  readonly faults: Readonly<Record<string, string>>
}

export class StripeSync {
  readonly book: SyncBook
  readonly #options: StripeSyncOptions
  readonly #mirror: RowMirror<SyncRecord>
  readonly #stopping = new AbortController()
  #config: StripeSyncOptions['config']
  #standing: SyncStanding | undefined
  #farAt: number | undefined
  #running: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined

  /** Opens the journal. Throws where it cannot be read. */
  static async open(options: StripeSyncOptions): Promise<StripeSync> {
    const { journal, lines } = await openJournal(
      join(options.dataDir, 'stripe.journal'),
      'the journal of what was sent to Stripe',
    )
    return new StripeSync(options, new SyncBook(journal, lines))
  }

  private constructor(options: StripeSyncOptions, book: SyncBook) {
    this.#options = options
    this.#config = options.config
    this.book = book
    this.#mirror = new RowMirror(options.client, { table: 'billing_outbox', rowOf }, options.report)
    book.onRecorded = (records) => this.#mirror.add(records)
  }

  /** Whether anything is sent. */
  get isOn(): boolean {
    const { secretKey, meters } = this.#config.stripe
    return secretKey !== undefined && meters.length > 0
  }

  /** As configured. */
  get config(): StripeConfig {
    return this.#config.stripe
  }

  /** How the last look went; undefined before the first. */
  get standing(): SyncStanding | undefined {
    return this.#standing
  }

  /** Takes another configuration; it holds from the next look on. */
  configure(config: StripeSyncOptions['config']): void {
    this.#config = config
    this.#farAt = undefined
  }

  start(): void {
    this.#mirror.add(this.book.records())
    const next = () => {
      if (this.#stopping.signal.aborted) return
      this.#timer = setTimeout(() => void this.run().then(next), this.config.everySeconds * 1000).unref()
    }
    void this.run().then(next)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    clearTimeout(this.#timer)
    await this.#running
    await this.#mirror.flush()
    await this.book.close()
  }

  /** Looks and sends now. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  /** Another attempt, by hand; undefined where there is no such record, null where it needs none. */
  async retry(id: string): Promise<SyncRecord | null | undefined> {
    const record = this.book.get(id)
    if (record === undefined) return undefined
    const again = retried(record, this.#options.now())
    if (again === undefined) return null
    await this.book.record([again])
    void this.run()
    return again
  }

  async #run(): Promise<void> {
    const { reader, now, random = Math.random, report } = this.#options
    const { stripe, credits } = this.#config
    const { secretKey, url, meters: wanted } = stripe
    if (!this.isOn || secretKey === undefined || this.#stopping.signal.aborted) return
    const at = now()
    let faults: Record<string, string> = {}
    try {
      const { book } = this
      this.#farAt = await plan({
        ...{ book, context: { reader }, config: stripe, creditsPerUsd: credits.perUsd, now: at },
        farAt: this.#farAt,
      })
      const client = new StripeClient(url, secretKey, this.#stopping.signal)
      const found = usable(
        await client.meters(),
        wanted.map(({ eventName }) => eventName),
      )
      faults = found.faults
      await deliver({ book, client, meters: found.meters, now, random, signal: this.#stopping.signal })
      await book.tidy(now())
      this.#standing = { at, faults }
    } catch (error) {
      const before = this.#standing?.error
      this.#standing = { at, error: wordsOf(error), faults }
      if (before === undefined) report(error)
    }
    this.#options.onLooked?.(this.book.counts())
  }
}

function wordsOf(error: unknown): string {
  const { message } = error as Error
  return error instanceof KeyRefused ? `${message}; set stripe.secretKey anew` : message
}

/** The meters that can be told hours, and why the others cannot. */
function usable(
  all: readonly StripeMeter[],
  wanted: readonly string[],
): { meters: Map<string, StripeMeter>; faults: Record<string, string> } {
  const meters = new Map<string, StripeMeter>()
  const faults: Record<string, string> = {}
  for (const name of wanted) {
    const meter = all.find(({ event_name }) => event_name === name)
    if (meter === undefined) {
      faults[name] = `Stripe has no active meter with the event name ${name}; create one`
      continue
    }
    try {
      addingOf(meter)
      meters.set(name, meter)
    } catch (error) {
      faults[name] = (error as Error).message
    }
  }
  return { meters, faults }
}

function rowOf(record: SyncRecord, version: number): object {
  const { id, tenant, eventName, hour, customer = '', state, total, sent = '0', events, error = '' } = record
  return {
    ...{
      id,
      version,
      tenant_id: tenant,
      meter: eventName,
      hour: timeOf(hour)?.slice(0, 19),
      customer,
      state,
    },
    ...{ total, sent, events, provider_id: record.identifier ?? '', error },
    changed_at: timeOf(record.changedAt),
  }
}
