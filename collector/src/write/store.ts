/**
 * The store: an embedded engine that is started again when it ends, or a server; the same clients for both.
 *
 * Invariant: clients stay valid for the life of the store, because a restarted engine keeps its port and
 * its passwords.
 */

import type { ClickHouseClient } from '@clickhouse/client'
import { type ConnectOptions, type EmbeddedClickhouse, migrate, startEmbedded } from '@spanmeter/clickhouse'
import type { Retention } from '../config/retention.ts'
import { fillDue, fillFirst, markFilled } from './fill-first.ts'
import { EVERYTHING, type Kept } from './kept.ts'
import { applyRetention } from './retention.ts'
import { openServerStore } from './server-store.ts'

/** A store that is migrated, or waited for. */
export interface Store {
  /** For people, without credentials. */
  description: string
  client: ClickHouseClient
  reader: ClickHouseClient
  /** Resolves when it is migrated and filled: at once, unless that takes long or the server could not be reached. */
  ready: Promise<void>
  /** Whether it waits for its rollups to be filled. */
  filling(): boolean
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
  /** Whether to return before a server can be reached, and before rollups are filled. */
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
  let due: number | undefined
  const prepare = async (client: ClickHouseClient) => {
    due = await migrateTold(client, log)
    if (retention !== undefined)
      kept = await applyRetention(client, retention, Math.floor(Date.now() / 1000), log)
  }
  const opened =
    server === undefined
      ? await openEmbedded(dataDir, prepare, log)
      : await openServerStore({ server, wait, prepare, log })
  const store = fillFirst({ ...opened, kept: () => kept }, () => due, { retry: wait, log })
  if (!wait) await store.ready
  return store
}

async function openEmbedded(
  dataDir: string,
  prepare: (client: ClickHouseClient) => Promise<void>,
  log: (line: string) => void,
): Promise<Omit<Store, 'kept' | 'filling'>> {
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

/** Up to which version rollups have to be filled: what was stored before one existed, or had a column, is not in it. */
async function migrateTold(
  client: ClickHouseClient,
  log: (line: string) => void,
): Promise<number | undefined> {
  const { applied, unknown } = await migrate(client)
  if (applied.length > 0) log(`migrated: ${applied.join(', ')}`)
  if (unknown.length > 0) log(`the database was migrated by a newer release: ${unknown.join(', ')}`)
  const due = await fillDue(client)
  if (due === undefined || !applied.includes(FIRST_MIGRATION)) return due
  // nothing was stored before
  await markFilled(client, due)
  return undefined
}

async function answers(client: ClickHouseClient): Promise<boolean> {
  const { success } = await client.ping({ select: true })
  return success
}
