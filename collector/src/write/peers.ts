/**
 * Whether other collectors write to the same store.
 *
 * Invariant: a collector is registered before it accepts anything, and counts as a writer for an hour after it was
 * last seen: longer than senders repeat what they got no answer to.
 */
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { ClickHouseClient } from '@clickhouse/client'

const BEAT_MS = 60_000
/** Others are not looked for again so soon, milliseconds: once there are some, and while there are none. */
const SOME_FOR_MS = 60_000
const NONE_FOR_MS = 1000

export interface PeersOptions {
  client: ClickHouseClient
  /** Holds the collector's id, made when it is absent. */
  dataDir: string
  /** Milliseconds since 1970. */
  now: () => number
}

export class Peers {
  readonly #client: ClickHouseClient
  readonly #id: string
  readonly #now: () => number
  readonly #beat: NodeJS.Timeout
  #others = false
  #askedAt = Number.NEGATIVE_INFINITY

  private constructor({ client, now }: PeersOptions, id: string) {
    this.#client = client
    this.#id = id
    this.#now = now
    // while the store is away nobody stores anything either: the next beat says so again
    this.#beat = setInterval(() => void this.#register().catch(() => {}), BEAT_MS).unref()
  }

  /** Registers this collector. Where there are others it waits until they have noticed. */
  static async join(options: PeersOptions): Promise<Peers> {
    const peers = new Peers(options, `${hostname()}/${await ownId(options.dataDir)}`)
    await peers.#register()
    if (await peers.active()) await new Promise((resolve) => setTimeout(resolve, 2 * NONE_FOR_MS))
    return peers
  }

  /** Whether there are others now. */
  async active(): Promise<boolean> {
    const now = this.#now()
    if (now - this.#askedAt < (this.#others ? SOME_FOR_MS : NONE_FOR_MS)) return this.#others
    const result = await this.#client.query({
      query: `SELECT toUInt8(count() > 0) AS others FROM collectors
        WHERE id != {id:String} AND seen_at > now() - INTERVAL 1 HOUR`,
      query_params: { id: this.#id },
      format: 'JSONEachRow',
    })
    const [row] = await result.json<{ others: number }>()
    this.#others = row?.others === 1
    this.#askedAt = now
    return this.#others
  }

  /** Says no more that it is here. */
  close(): void {
    clearInterval(this.#beat)
  }

  async #register(): Promise<void> {
    await this.#client.insert({
      table: 'collectors',
      columns: ['id'],
      values: [{ id: this.#id }],
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
  }
}

async function ownId(dataDir: string): Promise<string> {
  const path = join(dataDir, 'collector.id')
  const known = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (known !== '') return known
  const made = randomUUID()
  await writeFile(path, `${made}\n`, { mode: 0o600 })
  return made
}
