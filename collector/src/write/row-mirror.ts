/**
 * Things of the collector as rows of the store, for dashboards.
 *
 * Invariant: a row replaces the older one of the same id, so writing again changes nothing; the store may be away,
 * then the newest state is written when it is back.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { timeText } from '../query/raw-range.ts'

const WAIT_MS = 2_000
const MOST_ROWS = 5_000

/** A table, and the row of a thing. */
export interface MirrorTable<Thing> {
  readonly table: string
  readonly rowOf: (thing: Thing, version: number) => object
}

export class RowMirror<Thing extends { readonly id: string }> {
  readonly #client: ClickHouseClient
  readonly #report: (error: unknown) => void
  readonly #table: MirrorTable<Thing>
  readonly #waiting = new Map<string, Thing>()
  #version = Date.now()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #failed = false

  constructor(client: ClickHouseClient, table: MirrorTable<Thing>, report: (error: unknown) => void) {
    this.#client = client
    this.#table = table
    this.#report = report
  }

  /** Takes note of things; they are written soon. */
  add(things: Iterable<Thing>): void {
    for (const thing of things) this.#waiting.set(thing.id, thing)
    if (this.#waiting.size === 0) return
    this.#timer ??= setTimeout(() => void this.flush(), WAIT_MS).unref()
  }

  /** Writes what is waiting. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #write(): Promise<void> {
    const version = ++this.#version
    const things = [...this.#waiting.values()].slice(0, MOST_ROWS)
    const { table, rowOf } = this.#table
    try {
      if (things.length > 0)
        await this.#client.insert({
          table,
          values: things.map((thing) => rowOf(thing, version)),
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0, insert_deduplicate: 0 },
        })
      this.#failed = false
      for (const thing of things) if (this.#waiting.get(thing.id) === thing) this.#waiting.delete(thing.id)
    } catch (error) {
      // told once for each outage, not every two seconds
      if (!this.#failed) this.#report(error)
      this.#failed = true
    }
    this.add([])
  }
}

/** An instant as the store reads it. */
export function timeOf(instant: number | undefined): string | null {
  return instant === undefined ? null : timeText(instant)
}
