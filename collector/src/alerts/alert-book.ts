/**
 * Everything that is known of alerts: in memory, and in a journal from which it is rebuilt.
 *
 * Invariant: a change is on disk before it is believed; changes that belong together (an alert and its messages)
 * are on disk together. Memory is bounded: what has ended is forgotten, oldest first.
 */
import type { Journal } from '../journal/journal.ts'
import type { Instance } from './alert-state.ts'
import type { Alert, Change, Delivery, Silence } from './records.ts'

/** How much is kept that is over. */
export interface Keep {
  readonly alerts: number
  readonly deliveries: number
}

const KEEP: Keep = { alerts: 5_000, deliveries: 10_000 }
/** A journal that has grown by so much since it was last written anew is written anew. */
const COMPACT_BYTES = 8 * 1024 * 1024

export class AlertBook {
  /** Is told of every change once it is on disk. */
  onRecorded: ((changes: readonly Change[]) => void) | undefined
  readonly #journal: Journal
  readonly #keep: Keep
  readonly #instances = new Map<string, { rule: string; is: Instance }>()
  readonly #alerts = new Map<string, Alert>()
  readonly #deliveries = new Map<string, Delivery>()
  readonly #silences = new Map<string, Silence>()
  readonly #disabled = new Map<string, { at: number; reason: string }>()

  /** @param lines what the journal held */
  constructor(journal: Journal, lines: readonly string[], keep: Keep = KEEP) {
    this.#journal = journal
    this.#keep = keep
    for (const line of lines) for (const change of JSON.parse(line) as Change[]) this.#apply(change)
    this.#forget()
  }

  /** Instances of a rule by their key. */
  instances(rule: string): Map<string, Instance> {
    const found = new Map<string, Instance>()
    for (const [key, entry] of this.#instances) if (entry.rule === rule) found.set(key, entry.is)
    return found
  }

  /** Rules of which instances are remembered. */
  rules(): Set<string> {
    return new Set([...this.#instances.values()].map(({ rule }) => rule))
  }

  /** Oldest first. */
  alerts(): Alert[] {
    return [...this.#alerts.values()]
  }

  alert(id: string): Alert | undefined {
    return this.#alerts.get(id)
  }

  /** Oldest first. */
  deliveries(): Delivery[] {
    return [...this.#deliveries.values()]
  }

  delivery(id: string): Delivery | undefined {
    return this.#deliveries.get(id)
  }

  silences(): Silence[] {
    return [...this.#silences.values()]
  }

  /** Since when and why a channel is switched off. */
  disabled(channel: string): { readonly at: number; readonly reason: string } | undefined {
    return this.#disabled.get(channel)
  }

  /** Writes changes down and then believes them. Throws where they could not be written. */
  async record(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return
    await this.#journal.append(JSON.stringify(changes))
    for (const change of changes) this.#apply(change)
    this.#forget()
    this.onRecorded?.(changes)
    if (this.#journal.bytes > COMPACT_BYTES) await this.compact()
  }

  /** Writes the journal anew, with what is still known. */
  async compact(): Promise<void> {
    await this.#journal.rewrite(this.#everything().map((change) => JSON.stringify([change])))
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  #everything(): Change[] {
    return [
      ...[...this.#instances].map(([instance, { rule, is }]): Change => ({ instance, rule, is })),
      ...[...this.#alerts.values()].map((alert): Change => ({ alert })),
      ...[...this.#deliveries.values()].map((delivery): Change => ({ delivery })),
      ...[...this.#silences.values()].map((silence): Change => ({ silence })),
      ...[...this.#disabled].map(([channel, disabled]): Change => ({ channel, disabled })),
    ]
  }

  #apply(change: Change): void {
    if ('instance' in change) {
      if (change.is === null) this.#instances.delete(change.instance)
      else this.#instances.set(change.instance, { rule: change.rule, is: change.is })
    } else if ('alert' in change) this.#alerts.set(change.alert.id, change.alert)
    else if ('delivery' in change) this.#deliveries.set(change.delivery.id, change.delivery)
    else if ('silence' in change) this.#silences.set(change.silence.id, change.silence)
    else if (change.disabled === null) this.#disabled.delete(change.channel)
    else this.#disabled.set(change.channel, change.disabled)
  }

  #forget(): void {
    forgetOldest(this.#alerts, this.#keep.alerts, (alert) => alert.endsAt !== undefined)
    forgetOldest(
      this.#deliveries,
      this.#keep.deliveries,
      ({ status }) => status === 'delivered' || status === 'failed',
    )
  }
}

/** Deletes the oldest entries that are over, until no more than `most` are left. */
function forgetOldest<Entry>(map: Map<string, Entry>, most: number, isOver: (entry: Entry) => boolean): void {
  if (map.size <= most) return
  for (const [key, entry] of map) {
    if (map.size <= most) return
    if (isOver(entry)) map.delete(key)
  }
}
