/**
 * What a month would cost on a plan.
 *
 * Invariant: pure and exact: nothing is rounded; what is included is not charged, and what is beyond a hard limit is
 * not charged either, because it would have been refused.
 */
import { formatAmount, parseAmount } from '@spanmeter/middleware/quota'
import type { PlanMeter } from '../config/plans.ts'
import { unitOf } from './plan-budgets.ts'
import type { Terms } from './terms.ts'

/** A month of a tenant, whatever it is counted in; amounts of 1e-12. */
export interface MonthUsage {
  readonly usd: bigint
  readonly tokens: bigint
  readonly calls: bigint
  readonly meters: ReadonlyMap<string, bigint>
  readonly runs: readonly { readonly status: string; readonly kind: string; readonly count: bigint }[]
}

/** One meter of a plan in a month; decimal text. */
export interface MeterCharge {
  meter: string
  quantity: string
  included: string
  overage: string
  overage_unit_price: string
  charge_exact: string
  /** What a hard limit would have refused. */
  refused: string
}

export interface PlanCharge {
  price_exact: string
  total_exact: string
  meters: MeterCharge[]
}

const ONE = 10n ** 12n

/** @param plan price and meters of a month, the plan's credits among them */
export function chargeOf(
  plan: Pick<Terms, 'price' | 'meters'>,
  usage: MonthUsage,
  creditsPerUsd: string,
): PlanCharge {
  let total = parseAmount(plan.price)
  const meters = Object.entries(plan.meters).map(([meter, rule]) => {
    const charge = meterCharge(meter, rule, quantityOf(meter, rule, usage, creditsPerUsd))
    total += parseAmount(charge.charge_exact)
    return charge
  })
  return { price_exact: formatAmount(parseAmount(plan.price)), total_exact: formatAmount(total), meters }
}

export function meterCharge(meter: string, rule: PlanMeter, quantity: bigint): MeterCharge {
  const included = parseAmount(rule.included)
  const limit = rule.hardLimit === undefined ? undefined : parseAmount(rule.hardLimit)
  const served = limit !== undefined && quantity > limit ? limit : quantity
  const overage = served > included ? served - included : 0n
  return {
    ...{
      meter,
      quantity: formatAmount(quantity),
      included: formatAmount(included),
      overage: formatAmount(overage),
    },
    overage_unit_price: formatAmount(parseAmount(rule.overageUnitPrice)),
    charge_exact: formatAmount((overage * parseAmount(rule.overageUnitPrice)) / ONE),
    refused: formatAmount(quantity - served),
  }
}

function quantityOf(meter: string, rule: PlanMeter, usage: MonthUsage, creditsPerUsd: string): bigint {
  switch (unitOf(meter)) {
    case 'usd':
      return usage.usd
    case 'tokens':
      return usage.tokens
    case 'calls':
      return usage.calls
    case 'credits':
      return (usage.usd * parseAmount(creditsPerUsd)) / ONE
    case 'runs': {
      let sum = 0n
      for (const { status, kind, count } of usage.runs) {
        const counts = rule.countIf === undefined || status === rule.countIf
        if (counts && !rule.excludeKinds?.includes(kind)) sum += count * ONE
      }
      return sum
    }
    default:
      return usage.meters.get(meter) ?? 0n
  }
}
