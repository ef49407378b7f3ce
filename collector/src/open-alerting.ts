/**
 * Alerting of a collector, with its log and its metrics.
 *
 * Invariant: a rule that cannot be asked and a channel that does not answer are counted and named in the log.
 */
import { resolve } from 'node:path'
import type { Logger } from 'pino'
import { Alerting } from './alerts/alerting.ts'
import type { BudgetStanding } from './alerts/rules/budget.ts'
import type { Ledger } from './budgets/ledger.ts'
import type { OpenLedger } from './budgets/open-ledger.ts'
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
    budgets: () => standings(ledger, now()),
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

/** Every subject of every budget that has a limit. */
function* standings(ledger: Ledger, now: number): Generator<BudgetStanding> {
  for (const { definition, thresholds } of ledger.book.budgets()) {
    for (const account of ledger.book.open(definition.id, now)) {
      const limit = ledger.limitOf(account, now)?.limit
      if (limit === undefined || limit <= 0n) continue
      const subject = Object.entries(account.subject).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      )
      yield {
        ...{ budget: definition.id, unit: definition.unit, thresholds, limit },
        subject: Object.fromEntries(subject),
        period: account.period.key,
        committed: account.committed(now),
      }
    }
  }
}
