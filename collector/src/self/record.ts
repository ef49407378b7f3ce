/**
 * Stores, every half minute, what the collector counts, and what else is to be known of it.
 *
 * Invariant: it never holds up receiving or storing spans, and a store that is down costs nothing but a later row.
 */
import { hostname } from 'node:os'
import type { ClickHouseClient } from '@clickhouse/client'
import type { Registry } from 'prom-client'
import { createSampler } from './samples.ts'

/** What is stored, and where. */
export interface SelfRecorderOptions {
  readonly client: ClickHouseClient
  readonly registry: Registry
  /** Names the collector among others of its host. */
  readonly port: number
  /** ms since the Unix epoch. */
  readonly now: () => number
  /** Is told when something could not be stored; it is tried again. */
  readonly failed: (error: unknown) => void
  /** What else is done each time, after the collector's own counts; `at` is in ms since the Unix epoch. */
  readonly steps?: readonly ((at: number) => Promise<unknown>)[]
  readonly periodMs?: number
}

/** Starts at once; `stop` ends it and stores what is left, unless the store does not answer. */
export function recordSelf(options: SelfRecorderOptions): { stop(): Promise<void> } {
  const { client, registry, port, now, failed, steps = [], periodMs = 30_000 } = options
  const instance = `${hostname()}:${port}`
  const read = createSampler(registry)
  const store = async () => {
    const reading = await read()
    const at = now()
    const time = new Date(at).toISOString().slice(0, -1).replace('T', ' ')
    await client.insert({
      table: 'collector_samples',
      values: reading.samples.map((sample) => ({ ...sample, at: time, instance })),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
    reading.accept()
    for (const step of steps) await step(at)
  }
  let open: Promise<void> | undefined
  const tick = () => {
    open ??= store()
      .catch(failed)
      .finally(() => {
        open = undefined
      })
    return open
  }
  void tick()
  const timer = setInterval(tick, periodMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await open
      await tick()
    },
  }
}
