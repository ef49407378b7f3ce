/** Billing in Stripe with a clock of its own: a real store, a real journal, and a local end that answers as Stripe. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestClickhouse } from '@spanmeter/clickhouse/testing'
import { readConfig } from '../../src/config/read.ts'
import { StripeSync } from '../../src/stripe/stripe-sync.ts'
import { call, insertRows } from '../span-rows.ts'
import { KEY, StripeEnd } from './stripe-end.ts'

/** Configurations: cost and tokens; calls. */
export const METERS = `
customers: { acme: cus_acme, globex: cus_globex }
meters:
  - { eventName: ai_cost, of: cost, multiply: 1000000 }
  - { eventName: ai_tokens, of: tokens }
`
export const ONE_METER = `
customers: { acme: cus_acme, globex: cus_globex }
meters: [{ eventName: ai_calls, of: calls }]
`

export const HOUR = 3_600_000
/** Worlds share a store: each has days of its own. */
const APART = 100 * 24 * HOUR
let start = Date.UTC(2026, 2, 2, 8)

export interface World {
  readonly end: StripeEnd
  /** When it begins, a full hour. */
  readonly start: number
  readonly time: { now: number }
  sync: StripeSync
  /** `minutes` pass, and it is looked once. */
  look(minutes?: number): Promise<void>
  /** Calls of a tenant in an hour, counted from the start; each costs 0.000021 USD and has 110 tokens. */
  use(tenant: string, hour: number, calls?: number, fields?: object): Promise<void>
  /** A kill: what is in memory is gone. @param keeps the journal too, or not */
  restart(keeps?: boolean): Promise<void>
  close(): Promise<void>
}

/** @param yaml below `stripe:`, after the key and the address; `START` is the start */
export async function openWorld(engine: TestClickhouse, yaml: string): Promise<World> {
  start += APART
  const begins = start
  const time = { now: begins }
  const end = new StripeEnd(() => Math.floor(time.now / 1000))
  const url = await end.listen()
  const config = readConfig(
    { SPANMETER_STRIPE_SECRET_KEY: KEY },
    `stripe:\n  url: ${url}\n${yaml.replace('START', new Date(begins).toISOString()).replaceAll(/^/gm, '  ')}`,
  )
  const reported: unknown[] = []
  const open = () =>
    StripeSync.open({
      ...{ config, dataDir: engine.dataDir, client: engine.client, reader: engine.reader },
      now: () => time.now,
      random: () => 0,
      report: (error) => reported.push(error),
    })
  await rm(join(engine.dataDir, 'stripe.journal'), { force: true })
  const world: World = {
    ...{ end, time, start: begins, sync: await open() },
    async look(minutes = 60) {
      time.now += minutes * 60_000
      await world.sync.run()
    },
    async use(tenant_id, hour, calls = 1, fields = {}) {
      const at = new Date(begins + hour * HOUR + 60_000).toISOString()
      await insertRows(
        engine.client,
        Array.from({ length: calls }, () => call(at, { tenant_id, ...fields })),
      )
    },
    async restart(keeps = true) {
      await world.sync.stop()
      if (!keeps) await rm(join(engine.dataDir, 'stripe.journal'))
      world.sync = await open()
    },
    async close() {
      await world.sync.stop()
      await end.close()
    },
  }
  return world
}

/** A world whose Stripe has the usual meters and customers; it was looked at once. @param windows of the meters */
export async function openMeters(
  engine: TestClickhouse,
  yaml: string,
  windows: 'hour' | null = 'hour',
): Promise<World> {
  const world = await openWorld(engine, yaml)
  for (const name of ['ai_cost', 'ai_tokens', 'ai_calls', 'voice']) world.end.addMeter(name, windows)
  world.end.customers.add('cus_acme').add('cus_globex')
  await world.look(0)
  return world
}

/** The states of all hours, in the order of the alphabet. */
export function states({ sync }: World): string[] {
  return [...sync.book.records()].map(({ state }) => state).sort()
}
