/**
 * The store: an embedded engine that is started again when it ends, or a server; the same clients for both.
 *
 * Invariant: clients stay valid for the life of the store, because a restarted engine keeps its port and
 * its passwords.
 */

import type { ClickHouseClient } from '@clickhouse/client'
import { type ConnectOptions, type EmbeddedClickhouse, migrate, startEmbedded } from '@spanmeter/clickhouse'
import type { Retention } from '../config/retention.ts'
import { fillRollups } from './fill-rollups.ts'
import { EVERYTHING, type Kept } from './kept.ts'
import { applyRetention } from './retention.ts'
import { openServerStore } from './server-store.ts'

/** A store that is migrated, or waited for. */
export interface Store {
  /** For people, without credentials. */
  description: string
  client: ClickHouseClient
  reader: ClickHouseClient
  /** Resolves when it is migrated: at once, unless the server could not be reached at the start. */
  ready: Promise<void>
  /** What it waits for until then, a sentence. */
  missing(): string | undefined
  /** How long spans and rollups are kept, as the configuration has it; everything until it is ready. */
  kept(): Kept
  /** Whether it answers now. */
  answers(): Promise<boolean>
  close(): Promise<void>
}

export interface StoreOptions {
  dataDir: string
  /** How long rows are kept; without it that is left as it is. */
  retention?: Retention
  /** Whether to wait for a server that cannot be reached. */
  wait?: boolean
  /** Absent: the embedded engine. */
  server?: ConnectOptions
  /** State changes, one line each. */
  log: (line: string) => void
}

/** Opens the store and migrates it, or waits for a server that cannot be reached. Throws one sentence when it cannot. */
export async function openStore({
  dataDir,
  server,
  retention,
  wait = false,
  log,
}: StoreOptions): Promise<Store> {
  let kept = EVERYTHING
  const prepare = async (client: ClickHouseClient) => {
    const now = Math.floor(Date.now() / 1000)
    const fill = await migrateTold(client, log)
    if (retention !== undefined) kept = await applyRetention(client, retention, now, log)
    if (fill) await fillTold(client, now, kept, log)
  }
  if (server !== undefined) {
    return { ...(await openServerStore({ server, wait, prepare, log })), kept: () => kept }
  }
  const first = await startEmbedded({ dataDir, log })
  const port = Number(new URL(first.url).port)
  let engine = first
  let closing = false
  let restarting: Promise<void> | undefined
  const watch = (running: EmbeddedClickhouse) => {
    void running.exited.then(({ code, signal, lastWords }) => {
      if (closing) return
      log(
        `embedded ClickHouse ended (code ${code}, signal ${signal})${lastWords === '' ? '' : `: ${lastWords.split('\n').at(-1)}`}; starting it again`,
      )
      restarting = restart()
    })
  }
  const restart = async () => {
    for (let delayMs = 200; !closing; delayMs = Math.min(delayMs * 2, 10_000)) {
      try {
        engine = await startEmbedded({ dataDir, port, log })
        if (closing) await engine.close()
        else watch(engine)
        return
      } catch (error) {
        log(error instanceof Error ? error.message : String(error))
        await new Promise((resolve) => setTimeout(resolve, delayMs))
      }
    }
  }
  watch(first)
  try {
    await prepare(first.client)
  } catch (error) {
    closing = true
    await first.close()
    throw error
  }
  return {
    description: `embedded ClickHouse in ${dataDir}`,
    client: first.client,
    reader: first.reader,
    ready: Promise.resolve(),
    missing: () => undefined,
    kept: () => kept,
    answers: () => answers(first.client),
    async close() {
      closing = true
      await restarting
      // its clients are the ones in use, and the engine waits for their connections when it stops
      await first.close()
      await engine.close()
    },
  }
}

const FIRST_MIGRATION = '0001_create_spans'

/** Whether rollups have to be filled: what was stored before one existed, or had a column, is not in it yet. */
async function migrateTold(client: ClickHouseClient, log: (line: string) => void): Promise<boolean> {
  const { applied, unknown } = await migrate(client)
  if (applied.length > 0) log(`migrated: ${applied.join(', ')}`)
  if (unknown.length > 0) log(`the database was migrated by a newer release: ${unknown.join(', ')}`)
  return applied.length > 0 && !applied.includes(FIRST_MIGRATION)
}

async function fillTold(
  client: ClickHouseClient,
  now: number,
  kept: Kept,
  log: (line: string) => void,
): Promise<void> {
  const buckets = await fillRollups(client, now, kept)
  if (buckets > 0) log(`filled ${buckets} buckets of rollups from the raw rows`)
}

async function answers(client: ClickHouseClient): Promise<boolean> {
  const { success } = await client.ping({ select: true })
  return success
}
