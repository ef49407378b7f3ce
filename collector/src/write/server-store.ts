/**
 * A ClickHouse server as the store: opened when it is there, waited for while it cannot be reached.
 *
 * Invariant: until it is migrated nobody reads or writes it: clients that are asked before fail as if it were away.
 * What the server itself refuses at the start (a password, a migration) ends the start; later it is tried again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type ClickHouseClient, ClickHouseError } from '@clickhouse/client'
import { type ConnectOptions, openConnection } from '@spanmeter/clickhouse'
import { gated } from './gated.ts'
import type { Store } from './store.ts'

const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 10_000
/** The same reason is told again after so long, milliseconds. */
const TELL_AGAIN_MS = 60_000

export interface ServerStoreOptions {
  server: ConnectOptions
  /** Whether to wait for it. */
  wait: boolean
  /** Migrates it, and what else it needs before it is used. */
  prepare: (client: ClickHouseClient) => Promise<void>
  /** State changes, one line each. */
  log: (line: string) => void
}

/** Opens it. Throws one sentence when the server answers and refuses, or is away and nobody wants to wait. */
export async function openServerStore({
  server,
  wait,
  prepare,
  log,
}: ServerStoreOptions): Promise<Omit<Store, 'kept' | 'filling'>> {
  const connection = openConnection(server)
  const where = `ClickHouse at ${connection.url}`
  const closing = new AbortController()
  let missing: string | undefined
  const open = async () => {
    await connection.prepare()
    await prepare(connection.client)
    missing = undefined
  }
  const keepTrying = async () => {
    let told = { reason: missing, at: performance.now() }
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      await delay(delayMs, undefined, { signal: closing.signal, ref: false })
      try {
        await open()
        log(`${where} answers and is migrated; what waited in the spool is stored now`)
        return
      } catch (error) {
        missing = reasonOf(error)
        const again = performance.now() - told.at > TELL_AGAIN_MS
        if (missing !== told.reason || again) {
          told = { reason: missing, at: performance.now() }
          log(`${missing}; trying again`)
        }
      }
    }
  }
  let ready: Promise<void> = Promise.resolve()
  try {
    await open()
  } catch (error) {
    missing = reasonOf(error)
    if (!wait || !isAway(error)) {
      await connection.close()
      throw error
    }
    log(`${missing}; what is accepted waits in the spool until it answers`)
    // it ends when the store is closed before: then nobody waits for it either
    ready = keepTrying().catch(() => new Promise(() => {}))
  }
  return {
    description: where,
    client: gated(connection.client, () => missing),
    reader: gated(connection.reader, () => missing),
    ready,
    missing: () => missing,
    answers: async () => missing === undefined && (await connection.client.ping({ select: true })).success,
    async close() {
      closing.abort()
      await connection.close()
    },
  }
}

/** Whether nobody answered: what a server says, and a certificate that is wrong, do not get better by waiting. */
function isAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ClickHouseError) return false
    const { code = '' } = cause as NodeJS.ErrnoException
    if (/^(ERR_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HPE_)/.test(code)) return false
  }
  return true
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
