/**
 * Alerting of a collector, with its log and its metrics.
 *
 * Invariant: a rule that cannot be asked and a channel that does not answer are counted and named in the log.
 */
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { Alerting } from './alerts/alerting.ts'
import type { OpenLedger } from './budgets/open-ledger.ts'
import { standings } from './budgets/standings.ts'
import type { CollectorConfig } from './config/schema.ts'
import type { Metrics } from './metrics.ts'
import type { Store } from './write/store.ts'

/** Opens it; it does not look at anything yet. */
export function openAlerting(
  config: CollectorConfig,
  store: Store,
  { ledger }: OpenLedger,
  metrics: Metrics,
  log: Logger,
  now: () => number,
): Promise<Alerting> {
  return Alerting.open({
    ...{ config, dataDir: resolve(config.dataDir), client: store.client, reader: store.reader, now },
    budgets: () => [...standings(ledger, now())].filter(({ limit }) => limit > 0n),
    onEvaluated: (rule, seconds, error) => {
      metrics.alertSeconds.observe(seconds)
      metrics.alertEvaluations.inc({ result: error === undefined ? 'ok' : 'failed' })
      if (error !== undefined) log.warn({ err: error, rule }, 'cannot look at an alert rule; trying again')
    },
    onAttempt: (channel, outcome) => {
      metrics.alertAttempts.inc({ outcome })
      if (outcome !== 'delivered') log.warn({ channel, outcome }, 'a channel did not take a message')
    },
    report: (error) => log.error({ err: error }, 'cannot keep alerts'),
  })
}
