/**
 * Brings what is known to what the store says now.
 *
 * Invariant: hours that are not over, or before the beginning, are not looked at; an hour of which the store has
 * nothing any more keeps what was known of it.
 */
import type { StripeConfig } from '../config/stripe.ts'
import type { QueryContext } from '../query/execute.ts'
import { tenantHours } from '../query/tenant-hours.ts'
import { totalsOf } from './amounts.ts'
import { EXPIRES_MS, HOUR, type SyncRecord, updated } from './record.ts'
import type { SyncBook } from './sync-book.ts'

/** How far back is usually looked, and how far now and then, for calls that came late or were rated anew. */
const NEAR_MS = 3 * 24 * HOUR
const FAR_EVERY_MS = 6 * HOUR

export interface PlanOptions {
  readonly book: SyncBook
  readonly context: QueryContext
  readonly config: StripeConfig
  readonly creditsPerUsd: string
  readonly now: number
  /** When everything was looked at last, milliseconds. */
  readonly farAt: number | undefined
}

/** Looks, and writes down what has changed. @returns when everything was looked at last */
export async function plan(options: PlanOptions): Promise<number | undefined> {
  const { book, context, config, creditsPerUsd, now, farAt } = options
  const floor = (instant: number) => Math.floor(instant / HOUR) * HOUR
  if (book.began === undefined) await book.begin(floor(now))
  const began = book.began ?? 0
  const isFar = farAt === undefined || now - farAt >= FAR_EVERY_MS
  const since = config.since === undefined ? began : Math.ceil(config.since / HOUR) * HOUR
  const start = Math.max(since, floor(now - (isFar ? EXPIRES_MS : NEAR_MS)))
  const end = floor(now - config.settleMinutes * 60_000)
  if (start < end) {
    const named = config.meters.flatMap(({ of }) => (typeof of === 'string' ? [] : [of.meter]))
    const usage = await tenantHours(context, { start, end }, named)
    const changes: SyncRecord[] = []
    for (const total of totalsOf(config.meters, usage, creditsPerUsd)) {
      const { tenant, eventName, hour } = total
      const customer = customerOf(config, tenant)
      const next = updated(book.of(tenant, eventName, hour), now, { ...total, customer }, hour >= began)
      if (next !== undefined) changes.push(next)
    }
    await book.record(changes)
  }
  return isFar ? now : farAt
}

/** The customer that a tenant is in Stripe. */
export function customerOf({ customers }: StripeConfig, tenant: string): string | undefined {
  if (Object.hasOwn(customers, tenant)) return customers[tenant]
  return tenant.startsWith('cus_') ? tenant : undefined
}
