/**
 * The ledger of budgets of a collector, as its configuration wants it.
 *
 * Invariant: what the ledger reports becomes a metric or a line of the log; it never stops a request.
 */
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { configuredBudgets } from './budgets/configured.ts'
import { type OpenLedger, openLedger } from './budgets/open-ledger.ts'
import type { CollectorConfig } from './config/schema.ts'
import type { Metrics } from './metrics.ts'
import type { Store } from './write/store.ts'

/** Opens it. */
export function openBudgets(
  config: CollectorConfig,
  store: Store,
  { ledgerDrift }: Metrics,
  usedBefore: boolean,
  log: Logger,
  now: () => number,
): Promise<OpenLedger> {
  return openLedger({
    dataDir: resolve(config.dataDir),
    budgets: configuredBudgets(config),
    ttlMs: config.leases.ttl,
    maxRequestMs: config.leases.longestRequest,
    ...{ usedBefore, now },
    onCrossed: (crossing) => log.info({ ...crossing }, 'a budget has come to a threshold'),
    telemetry: {
      context: { reader: store.reader },
      onDrift(drift) {
        ledgerDrift.reset()
        for (const [budget, usd] of drift) ledgerDrift.set({ budget }, usd)
      },
    },
    report: (error) => log.error({ err: error }, 'cannot keep the ledger of budgets'),
  })
}
