/** A ledger of a configuration, in memory, as the API reads it. */

import type { ApiOptions } from '../src/api/app.ts'
import { configuredBudgets } from '../src/budgets/configured.ts'
import type { StoredDecision } from '../src/budgets/decision-log.ts'
import { Ledger } from '../src/budgets/ledger.ts'
import { readConfig } from '../src/config/read.ts'

const DECISION: StoredDecision = {
  ...{
    id: 'acme',
    at: 0,
    outcome: 'blocked',
    code: 'budget-exceeded',
    budget: 'acme',
    subject: {},
    unit: 'usd',
  },
  ...{ requested: '1', scope: { tenant: 'acme' }, instance: 'i', heardAt: 0 },
}

/** @param clock a date, or milliseconds that a test moves */
export function limitsOf(yaml: string, clock: Date | { now: number }): NonNullable<ApiOptions['budgets']> {
  const config = readConfig({}, yaml)
  const journal = { append: async () => {}, bytes: 0, rewrite: async () => {}, close: async () => {} }
  const options = {
    journal,
    now: () => (clock instanceof Date ? clock.getTime() : clock.now),
    ttlMs: 20_000,
    maxRequestMs: 600_000,
  }
  return {
    ledger: new Ledger(configuredBudgets(config), options),
    decisions: { get: (id) => (id === 'acme' ? DECISION : undefined) },
    plans: () => config,
    creditsPerUsd: () => config.credits.perUsd,
    creditKinds: () => config.credits.kinds,
  }
}
