/**
 * What plans and subscriptions come to as budgets: one for each meter, with an account for each tenant.
 *
 * Invariant: pure. A hard limit blocks; where there is none, what is included is only counted, and what is beyond it
 * is for the invoice.
 */
import { type BudgetDefinition, type BudgetUnit, parseAmount, type Scope } from '@spanmeter/middleware/quota'
import type { PlanMeter, PlansConfig, SubscriptionConfig } from '../config/plans.ts'
import type { Allowance, Budget } from './budget.ts'
import { monthsOf, type PeriodRule } from './period.ts'

/** Names of meters that are units of their own. */
const UNITS: Readonly<Record<string, BudgetUnit>> = {
  ...{ run: 'runs', runs: 'runs', call: 'calls', calls: 'calls', api_call: 'calls', ai_query: 'calls' },
  ...{ tokens: 'tokens', credits: 'credits', usd: 'usd' },
}

/** What a meter of a plan counts. */
export function unitOf(meter: string): BudgetUnit {
  return Object.hasOwn(UNITS, meter) ? (UNITS[meter] as BudgetUnit) : 'meter'
}

/** The plan's meters, with its credits as one of them. */
export function metersOf({ credits, meters }: PlansConfig['plans'][string]): Record<string, PlanMeter> {
  if (credits === undefined) return meters
  return { credits: { included: credits, hardLimit: credits, overageUnitPrice: '0' }, ...meters }
}

/** Whether one of the meters counts runs. */
export function countsRuns(meters: Readonly<Record<string, PlanMeter>>): boolean {
  return Object.keys(meters).some((meter) => unitOf(meter) === 'runs')
}

export function planBudgets(config: PlansConfig & { credits: { perUsd: string } }): Budget[] {
  const subscriptions = new Map(config.subscriptions.map((one) => [one.tenant, one]))
  const budgets = new Map<string, Budget>()
  const taken = new Map<string, number>()
  for (const plan of Object.values(config.plans)) {
    for (const [meter, rule] of Object.entries(metersOf(plan))) {
      const signature = signatureOf(meter, rule)
      if (budgets.has(signature)) continue
      const count = (taken.get(meter) ?? 0) + 1
      taken.set(meter, count)
      const id = count === 1 ? `plan.${meter}` : `plan.${meter}.${count}`
      const definition = definitionOf(id, meter, rule, config.credits.perUsd)
      budgets.set(signature, {
        ...shared(subscriptions),
        definition,
        name: `${meter} of the plan`,
        plan: meter,
        allowance: ({ tenant = '' }) => allowanceOf(config, subscriptions.get(tenant), meter, signature),
      })
    }
  }
  return [...budgets.values(), ...userBudgets(config, subscriptions)]
}

/** Limits of single users within their tenant's. */
function userBudgets(
  config: PlansConfig & { credits: { perUsd: string } },
  subscriptions: Map<string, SubscriptionConfig>,
): Budget[] {
  const meters = new Set(
    config.subscriptions.flatMap(({ users }) => Object.values(users).flatMap((user) => Object.keys(user))),
  )
  return [...meters].map((meter) => {
    const plans = Object.values(config.plans).map((plan) => metersOf(plan)[meter])
    const rule = plans.find((one) => one !== undefined) ?? { included: '0', overageUnitPrice: '0' }
    const definition = definitionOf(
      `plan.${meter}.user`,
      meter,
      { ...rule, hardLimit: '0' },
      config.credits.perUsd,
    )
    return {
      ...shared(subscriptions),
      definition: { ...definition, scope: { tenant: '*', user: '*' } },
      name: `${meter} of a user`,
      plan: meter,
      allowance({ tenant = '', user = '' }: Scope): Allowance | undefined {
        const limit = subscriptions.get(tenant)?.users[user]?.[meter]?.hardLimit
        return limit === undefined ? undefined : { amount: parseAmount(limit) }
      },
    }
  })
}

function shared(
  subscriptions: Map<string, SubscriptionConfig>,
): Pick<Budget, 'rule' | 'rollOver' | 'increases' | 'thresholds'> {
  return {
    rule: ({ tenant = '' }) => ruleOf(subscriptions.get(tenant)),
    rollOver: () => 0n,
    increases: [],
    thresholds: [50, 80, 100],
  }
}

/** Months from the subscription's own day on, in its zone. */
function ruleOf({ timezone, anchorDay }: Partial<SubscriptionConfig> = {}): PeriodRule {
  return monthsOf({ timezone: timezone ?? 'UTC', anchorDay: anchorDay ?? 1 })
}

function allowanceOf(
  config: PlansConfig,
  subscription: SubscriptionConfig | undefined,
  meter: string,
  signature: string,
): Allowance | undefined {
  const plan = config.plans[subscription?.plan ?? config.defaultPlan ?? '']
  const rule = plan && metersOf(plan)[meter]
  if (!rule || signatureOf(meter, rule) !== signature) return undefined
  if (subscription?.suspended) return { amount: 0n, suspended: true }
  const own = subscription?.overrides[meter]
  const amount =
    rule.hardLimit === undefined ? (own?.included ?? rule.included) : (own?.hardLimit ?? rule.hardLimit)
  return { amount: parseAmount(amount) }
}

/** Meters that differ in more than their numbers are budgets of their own. */
function signatureOf(meter: string, { hardLimit, countIf, excludeKinds }: PlanMeter): string {
  return JSON.stringify([meter, hardLimit !== undefined, countIf ?? '', excludeKinds ?? []])
}

function definitionOf(id: string, meter: string, rule: PlanMeter, creditsPerUsd: string): BudgetDefinition {
  const unit = unitOf(meter)
  return {
    ...{ id, unit, scope: { tenant: '*' }, onUnreachable: 'lease', warnAt: 80 },
    action: rule.hardLimit === undefined ? 'warn' : 'block',
    ...(unit === 'meter' ? { meter } : {}),
    ...(unit === 'credits' ? { creditsPerUsd } : {}),
    ...(rule.countIf === undefined ? {} : { countIf: rule.countIf }),
    ...(rule.excludeKinds === undefined ? {} : { excludeKinds: rule.excludeKinds }),
  }
}
