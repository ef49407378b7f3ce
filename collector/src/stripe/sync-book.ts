/**
 * Everything that is known of what was sent to Stripe: in memory, and in a journal from which it is rebuilt.
 *
 * Invariant: a change is on disk before it is believed, so an attempt is known before Stripe hears of it. What is too
 * old to change is forgotten; the store keeps its rows.
 */
import type { Journal } from '../journal/journal.ts'
import { EXPIRES_MS, HOUR, recordId, type SyncRecord, type SyncState } from './record.ts'

/** A line of the journal. */
type Line = { readonly began: number } | { readonly records: readonly SyncRecord[] }

const COMPACT_BYTES = 16 * 1024 * 1024
/** How long a record is kept after nothing can be sent of it any more. */
const KEEP_MS = EXPIRES_MS + 24 * HOUR

export class SyncBook {
  /** Is told of every change once it is on disk. */
  onRecorded: ((records: readonly SyncRecord[]) => void) | undefined
  readonly #journal: Journal
  readonly #records = new Map<string, SyncRecord>()
  #began: number | undefined

  /** @param lines what the journal held */
  constructor(journal: Journal, lines: readonly string[]) {
    this.#journal = journal
    for (const text of lines) {
      const line = JSON.parse(text) as Line
      if ('began' in line) this.#began = line.began
      else for (const record of line.records) this.#records.set(record.id, record)
    }
  }

  /** The hour in which the journal begins, milliseconds: nothing of it and later was sent by anybody before. */
  get began(): number | undefined {
    return this.#began
  }

  async begin(hour: number): Promise<void> {
    await this.#append({ began: hour })
    this.#began = hour
  }

  get(id: string): SyncRecord | undefined {
    return this.#records.get(id)
  }

  of(tenant: string, eventName: string, hour: number): SyncRecord | undefined {
    return this.#records.get(recordId(tenant, eventName, hour))
  }

  /** In no order. */
  records(): IterableIterator<SyncRecord> {
    return this.#records.values()
  }

  /** How many there are of each state. */
  counts(): Partial<Record<SyncState, number>> {
    const counts: Partial<Record<SyncState, number>> = {}
    for (const { state } of this.#records.values()) counts[state] = (counts[state] ?? 0) + 1
    return counts
  }

  /** Writes changes down and then believes them. Throws where they could not be written. */
  async record(records: readonly SyncRecord[]): Promise<void> {
    if (records.length === 0) return
    await this.#append({ records })
    for (const record of records) this.#records.set(record.id, record)
    this.onRecorded?.(records)
  }

  /** Forgets what is over, and writes the journal anew where it has grown. */
  async tidy(now: number): Promise<void> {
    for (const [id, { hour }] of this.#records) if (hour < now - KEEP_MS) this.#records.delete(id)
    if (this.#journal.bytes < COMPACT_BYTES) return
    const lines: Line[] = [...this.#records.values()].map((record) => ({ records: [record] }))
    if (this.#began !== undefined) lines.unshift({ began: this.#began })
    await this.#journal.rewrite(lines.map((line) => JSON.stringify(line)))
  }

  close(): Promise<void> {
    return this.#journal.close()
  }

  #append(line: Line): Promise<void> {
    return this.#journal.append(JSON.stringify(line))
  }
}
