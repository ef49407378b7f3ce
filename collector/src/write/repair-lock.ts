/**
 * One repair of the rollups at a time, over all collectors of a store.
 *
 * Invariant: the lock is a query that runs: ClickHouse runs one query of an id at a time, and ends it when its
 * connection does, so whoever is killed gives the lock back.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'

const LOCK_ID = 'spanmeter-rollup-repair'
/** No repair takes longer; afterwards another one may begin. Seconds. */
const HELD_FOR = 300
/** How long one waits for the others, milliseconds. */
const PATIENCE_MS = 60_000

/** The next one finds out for itself whether the lock is free, so it need not be waited for longer. */
const NOTICED_MS = 2_000

/** Runs `work` when nobody else is in here, on this store. */
export async function withRepairLock<T>(client: ClickHouseClient, work: () => Promise<T>): Promise<T> {
  const release = await acquire(client)
  try {
    return await work()
  } finally {
    await release()
  }
}

async function acquire(client: ClickHouseClient): Promise<() => Promise<void>> {
  const deadline = performance.now() + PATIENCE_MS
  for (let delayMs = 20; ; delayMs = Math.min(delayMs * 2, 500)) {
    const release = await attempt(client)
    if (release !== undefined) return release
    if (performance.now() > deadline)
      throw new Error('cannot repair the rollups: another collector does so for too long; it is tried again')
    await delay(delayMs * (0.5 + Math.random()))
  }
}

/** Starts the query that is the lock, and looks whether it is ours that runs. */
async function attempt(client: ClickHouseClient): Promise<(() => Promise<void>) | undefined> {
  const owner = randomUUID()
  const ended = new AbortController()
  let over = false
  let failure: unknown
  const running = client
    .query({
      // a query ends within one step of its connection
      query: `SELECT sum(sleepEachRow(0.02)) FROM numbers(${HELD_FOR * 50}) /* ${owner} */
        SETTINGS max_block_size = 1, max_threads = 1`,
      query_id: LOCK_ID,
      abort_signal: ended.signal,
      format: 'JSONEachRow',
      clickhouse_settings: { readonly: '2', cancel_http_readonly_queries_on_client_close: 1 },
    })
    .catch((error: unknown) => {
      failure = error
    })
    .finally(() => {
      over = true
    })
  while (!over) {
    if (await runs(client, owner)) {
      return async () => {
        ended.abort()
        await running
        await gone(client, owner)
      }
    }
    await delay(5)
  }
  if (failure !== undefined && (failure as { code?: string }).code !== '216') throw failure
  return undefined
}

async function runs(client: ClickHouseClient, owner: string): Promise<boolean> {
  const result = await client.query({
    query: `SELECT count() > 0 AS held FROM system.processes
      WHERE query_id = '${LOCK_ID}' AND query LIKE '%${owner}%'`,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ held: boolean | number }>()
  return Boolean(row?.held)
}

/**
 * Waits until ClickHouse has noticed that the query's connection is gone. It is not killed: ClickHouse does that by
 * id, and the next owner's query, which has the same, may have begun by then.
 */
async function gone(client: ClickHouseClient, owner: string): Promise<void> {
  const deadline = performance.now() + NOTICED_MS
  while (performance.now() < deadline && (await runs(client, owner))) await delay(10)
}
