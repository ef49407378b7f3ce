/**
 * A store whose rollups are filled before it is used, after a release that added or widened one.
 *
 * Invariant: until they are filled nobody reads or writes the store, as if it were away: what is accepted meanwhile
 * waits in the spool. A run that was cut off is taken up by the next start.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { carryOver } from './carry-over.ts'
import { fillRollups } from './fill-rollups.ts'
import { gated } from './gated.ts'
import type { Store } from './store.ts'

const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 10_000
/** Progress is told so often. */
const TELL_MS = 10_000

/** The version that rollups have to be filled up to; undefined where they are. */
export async function fillDue(client: ClickHouseClient): Promise<number | undefined> {
  const result = await client.query({
    query: `SELECT max(version) AS last, (SELECT max(version) FROM rollup_fills) AS filled
      FROM schema_migrations WHERE name LIKE '%rollup%'`,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ last: number; filled: number }>()
  return row === undefined || Number(row.last) <= Number(row.filled) ? undefined : Number(row.last)
}

/** Says that rollups are filled up to `version`. */
export async function markFilled(client: ClickHouseClient, version: number): Promise<void> {
  await client.insert({
    table: 'rollup_fills',
    values: [{ version }],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

/**
 * Fills what `due` says once `store` is there; the clients of the result wait for it. Without `retry` the result's
 * `ready` rejects when it fails.
 */
export function fillFirst(
  store: Omit<Store, 'filling'>,
  due: () => number | undefined,
  { retry, log }: { retry: boolean; log: (line: string) => void },
): Store {
  let said = 'no hour is done yet'
  let closing = false
  let filled = false
  const filling = () => !filled && due() !== undefined
  const missing = () => store.missing() ?? (filling() ? `rollups are being filled: ${said}` : undefined)
  const fill = async () => {
    await store.ready
    const version = due()
    if (version === undefined) return
    log(`filling the rollups of this release from the raw rows; what is accepted waits in the spool`)
    let told = performance.now()
    const tell = (done: number, of: number) => {
      said = `${done} of ${of} hours`
      if (performance.now() - told < TELL_MS) return
      told = performance.now()
      log(`filling rollups: ${said}`)
    }
    for (let delayMs = FIRST_DELAY_MS; !closing; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        const buckets = await fillRollups(store.client, Math.floor(Date.now() / 1000), store.kept(), tell)
        const days = await carryOver(store.client)
        await markFilled(store.client, version)
        filled = true
        log(
          `filled ${buckets} buckets of rollups from the raw rows, and ${days} days whose spans are gone from other rollups`,
        )
        return
      } catch (error) {
        if (closing) break
        if (!retry) throw error
        log(
          `cannot fill the rollups: ${error instanceof Error ? error.message : String(error)}; trying again`,
        )
        await delay(delayMs, undefined, { ref: false })
      }
    }
    // nobody waits for a store that was closed
    await new Promise(() => {})
  }
  return {
    ...store,
    client: gated(store.client, missing),
    reader: gated(store.reader, missing),
    ready: fill(),
    missing,
    filling,
    answers: async () => missing() === undefined && (await store.answers()),
    async close() {
      closing = true
      await store.close()
    },
  }
}
