/**
 * What a tenant's month is rated with: its plan with what is different for it, and when its months begin.
 *
 * Invariant: pure. Terms are complete: rated with them, a month comes to the same whatever is configured later.
 */
import { z } from 'zod'
import type { PlanMeter, PlansConfig } from '../config/plans.ts'
import { metersOf } from './plan-budgets.ts'

/** Terms of a month; amounts are decimal text. */
export interface Terms {
  /** Id of the plan; absent = none. */
  readonly plan?: string | undefined
  readonly name?: string | undefined
  /** USD a month. */
  readonly price: string
  readonly meters: Readonly<Record<string, PlanMeter>>
  readonly creditsPerUsd: string
  /** IANA zone in which months begin. */
  readonly timezone: string
  readonly anchorDay: number
  /** Since when plan and subscription hold, where somebody said so, milliseconds. */
  readonly since?: Readonly<Partial<Record<'plan' | 'subscription', number | undefined>>> | undefined
}

/** What terms are made of. */
export type TermsConfig = PlansConfig & { readonly creditsPerUsd: string }

/** The terms of a subscription's tenant; of one without a subscription where it is absent. */
export function termsOf(config: TermsConfig, subscription?: PlansConfig['subscriptions'][number]): Terms {
  const id = subscription?.plan ?? config.defaultPlan
  const plan = id === undefined ? undefined : config.plans[id]
  const since = {
    ...(plan?.since !== undefined && { plan: plan.since }),
    ...(subscription?.since !== undefined && { subscription: subscription.since }),
  }
  const meters = Object.entries(plan === undefined ? {} : metersOf(plan)).map(([meter, rule]) => {
    const { included, hardLimit } = subscription?.overrides[meter] ?? {}
    return [
      meter,
      { ...rule, ...(included !== undefined && { included }), ...(hardLimit !== undefined && { hardLimit }) },
    ]
  })
  return {
    ...(id !== undefined && { plan: id, name: plan?.name ?? id }),
    price: plan?.price ?? '0',
    meters: Object.fromEntries(meters),
    creditsPerUsd: config.creditsPerUsd,
    timezone: subscription?.timezone ?? 'UTC',
    anchorDay: subscription?.anchorDay ?? 1,
    ...(Object.keys(since).length > 0 && { since }),
  }
}

const text = z.string()
const stored: z.ZodType<Terms> = z.object({
  plan: text.optional(),
  name: text.optional(),
  price: text,
  meters: z.record(
    text,
    z.object({
      ...{ included: text, hardLimit: text.optional(), overageUnitPrice: text },
      ...{ countIf: z.literal('success').optional(), excludeKinds: z.array(text).optional() },
    }),
  ),
  creditsPerUsd: text,
  timezone: text,
  anchorDay: z.number(),
  since: z.object({ plan: z.number().optional(), subscription: z.number().optional() }).optional(),
})

/** Terms as text, the same for the same terms. */
export function writeTerms(terms: Terms): string {
  return JSON.stringify(terms)
}

/** Reads the text of `writeTerms`. Throws what zod throws where it is none. */
export function readTerms(written: string): Terms {
  return stored.parse(JSON.parse(written))
}
