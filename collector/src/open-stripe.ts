/**
 * Billing in Stripe of a collector, with its log and its metrics.
 *
 * Invariant: an outage is in the log once; how much waits or failed is always in the metrics.
 */
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import type { CollectorConfig } from './config/schema.ts'
import type { Metrics } from './metrics.ts'
import { SYNC_STATES } from './stripe/record.ts'
import { StripeSync } from './stripe/stripe-sync.ts'
import type { Store } from './write/store.ts'

/** Opens it; it does not send anything yet. */
export function openStripe(
  config: CollectorConfig,
  store: Store,
  metrics: Metrics,
  log: Logger,
  now: () => number,
): Promise<StripeSync> {
  return StripeSync.open({
    ...{ config, dataDir: resolve(config.dataDir), client: store.client, reader: store.reader, now },
    onLooked(counts) {
      for (const state of SYNC_STATES) metrics.billingHours.set({ state }, counts[state] ?? 0)
    },
    report: (error) => log.error({ err: error }, 'cannot bring Stripe up to date; trying again'),
  })
}
