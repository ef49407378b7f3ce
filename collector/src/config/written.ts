/**
 * A configuration as it would be written down.
 *
 * Invariant: pure; reading what it says gives the same configuration.
 */
import type { PeriodRule } from '../budgets/period.ts'
import { UNITS } from './amounts.ts'
import type { BudgetConfig } from './budgets.ts'
import type { CollectorConfig } from './schema.ts'

/** Durations, instants and periods as text. */
export type WrittenConfig = Omit<CollectorConfig, 'budgets' | 'leases' | 'stripe'> & {
  budgets: object[]
  leases: object
  stripe: object & { secretKey?: string | undefined }
}

/** Writes it. */
export function writtenConfig(config: CollectorConfig): WrittenConfig {
  const { ttl, longestRequest } = config.leases
  const { since, ...stripe } = config.stripe
  return {
    ...config,
    budgets: config.budgets.map(writtenBudget),
    leases: { ttl: durationText(ttl), longestRequest: durationText(longestRequest) },
    stripe: { ...stripe, ...(since !== undefined && { since: new Date(since).toISOString() }) },
  }
}

function writtenBudget({ period, increases, throttle, ...budget }: BudgetConfig): object {
  return {
    ...budget,
    period: periodText(period),
    increases: increases.map(({ from, until, ...increase }) => ({
      ...increase,
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
    })),
    ...(throttle !== undefined && { throttle: durationText(throttle) }),
  }
}

function periodText(period: PeriodRule): object {
  return period.every === 'rolling' ? { rolling: durationText(period.windowMs) } : period
}

/** The largest unit that says it exactly. */
function durationText(ms: number): string {
  const [unit = 's', length = 1_000] = Object.entries(UNITS).findLast(([, length]) => ms % length === 0) ?? []
  return `${ms / length}${unit}`
}
