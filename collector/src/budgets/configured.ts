/**
 * Budgets of the configuration, as the ledger uses them: those that are written down, and those that plans come to.
 *
 * Invariant: pure.
 */
import { type BudgetDefinition, parseAmount, type Scope } from '@spanmeter/middleware/quota'
import type { BudgetConfig } from '../config/budgets.ts'
import type { CollectorConfig } from '../config/schema.ts'
import { accountKey, type Budget } from './budget.ts'
import { planBudgets } from './plan-budgets.ts'

/** Everything that limits somebody. */
export function configuredBudgets(
  config: Pick<CollectorConfig, 'budgets' | 'credits' | 'plans' | 'defaultPlan' | 'subscriptions'>,
): Budget[] {
  return [
    ...config.budgets.map((budget) => createBudget(budget, config.credits.perUsd)),
    ...planBudgets(config),
  ]
}

function createBudget(config: BudgetConfig, creditsPerUsd: string): Budget {
  const { id, limit, limits, period, rollOver } = config
  const own = new Map(limits.map((one) => [accountKey(id, one.for), parseAmount(one.limit)]))
  const all = limit === undefined ? undefined : parseAmount(limit)
  const most = parseAmount(rollOver)
  return {
    definition: definitionOf(config, creditsPerUsd),
    name: config.name ?? id,
    allowance(subject: Scope) {
      const amount = own.get(accountKey(id, subject)) ?? all
      return amount === undefined ? undefined : { amount }
    },
    rule: () => period,
    rollOver: () => most,
    increases: config.increases.map(({ amount, from, until, for: subject }) => ({
      ...{ amount: parseAmount(amount), from, until },
      ...(subject ? { subject } : {}),
    })),
    thresholds: config.alertAt,
  }
}

function definitionOf(config: BudgetConfig, creditsPerUsd: string): BudgetDefinition {
  const {
    id,
    unit,
    meter,
    scope,
    action,
    onUnreachable,
    warnAt,
    countIf,
    excludeKinds,
    downgrade,
    throttle,
  } = config
  return {
    ...{ id, unit, scope, action, onUnreachable, warnAt },
    ...(meter === undefined ? {} : { meter }),
    ...(unit === 'credits' ? { creditsPerUsd } : {}),
    ...(countIf === undefined ? {} : { countIf }),
    ...(excludeKinds === undefined ? {} : { excludeKinds }),
    ...(downgrade === undefined ? {} : { downgrade }),
    ...(throttle === undefined ? {} : { throttleMs: throttle }),
  }
}
