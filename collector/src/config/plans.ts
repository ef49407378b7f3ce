/** Plans, and which tenant is on which. */
import { z } from 'zod'
import { decimal, instant, timezone } from './amounts.ts'
import { defineSection } from './section.ts'

const name = z.string().min(1).max(256)
/** Keys of mappings; those that JavaScript's own objects have are none. */
const id = z.string().regex(/^(?!__proto__$)[A-Za-z0-9][\w.-]{0,63}$/)

/** Since when something holds that was agreed on before it was configured; absent = since it is. */
const since = instant
  .refine((at) => at <= Date.now(), 'lies in the future; configure it when it begins')
  .optional()

const meter = z.strictObject({
  /** Not billed. */
  included: decimal.default('0'),
  /** Never exceeded. */
  hardLimit: decimal.optional(),
  /** USD for one beyond what is included. */
  overageUnitPrice: decimal.default('0'),
  countIf: z.literal('success').optional(),
  excludeKinds: z.array(name).max(50).optional(),
})

const plan = z.strictObject({
  name: name.optional(),
  /** USD a month. */
  price: decimal.default('0'),
  /** Credits in the price; the account of `credits` ends there. */
  credits: decimal.optional(),
  meters: z.record(id, meter).default({}),
  /** Statements of months that end later are rated with it as it stands here. */
  since,
})

const override = z.strictObject({ included: decimal.optional(), hardLimit: decimal.optional() })

const subscription = z.strictObject({
  tenant: name,
  plan: id,
  /** The same, for this tenant. */
  since,
  timezone: timezone.default('UTC'),
  /** Day of the month on which its periods begin. */
  anchorDay: z.number().int().min(1).max(31).default(1),
  suspended: z.boolean().default(false),
  /** Meter → what is different for this tenant. */
  overrides: z.record(id, override).default({}),
  /** User → meter → their own limit within the tenant's. */
  users: z.record(name, z.record(id, z.strictObject({ hardLimit: decimal }))).default({}),
})

const shape = {
  plans: z.record(id, plan).default({}),
  defaultPlan: id.optional(),
  subscriptions: z.array(subscription).max(100_000).default([]),
}

export type PlanConfig = z.infer<typeof plan>
export type PlanMeter = z.infer<typeof meter>
export type SubscriptionConfig = z.infer<typeof subscription>

/** What the three sections have to agree on. */
export interface PlansConfig {
  plans: Record<string, PlanConfig>
  defaultPlan?: string | undefined
  subscriptions: SubscriptionConfig[]
}

/** Says which names lead nowhere: path and message. */
export function planFaults(config: PlansConfig): { path: (string | number)[]; message: string }[] {
  const faults: { path: (string | number)[]; message: string }[] = []
  const known = (plan: string) => Object.hasOwn(config.plans, plan)
  if (config.defaultPlan !== undefined && !known(config.defaultPlan))
    faults.push({ path: ['defaultPlan'], message: 'is no plan of `plans`' })
  const tenants = new Set<string>()
  for (const [index, { tenant, plan, overrides, users }] of config.subscriptions.entries()) {
    const at = ['subscriptions', index]
    if (tenants.has(tenant)) faults.push({ path: [...at, 'tenant'], message: 'has a subscription already' })
    tenants.add(tenant)
    if (!known(plan)) {
      faults.push({ path: [...at, 'plan'], message: 'is no plan of `plans`' })
      continue
    }
    const meters = config.plans[plan]?.meters ?? {}
    const changed = [...Object.keys(overrides), ...Object.values(users).flatMap((user) => Object.keys(user))]
    for (const meter of changed) {
      if (!Object.hasOwn(meters, meter))
        faults.push({ path: [...at, 'overrides', meter], message: `is no meter of plan ${plan}` })
    }
  }
  return faults
}

/** `plans`, `defaultPlan`, `subscriptions`. */
export const plansSection = defineSection(shape)
