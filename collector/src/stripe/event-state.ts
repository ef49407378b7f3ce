/**
 * How far the billing provider knows of a single call: by the hour that it is in.
 *
 * Invariant: pure; where several meters count a call, the one that needs attention most is told.
 */
import type { StripeConfig } from '../config/stripe.ts'
import { customerOf } from './plan.ts'
import { HOUR, type SyncRecord, type SyncState } from './record.ts'
import type { SyncBook } from './sync-book.ts'

/** What is told of a call. */
export interface EventSync {
  readonly state: SyncState
  /** Identifier of the event that has the hour of the call; null before it was taken. */
  readonly provider_id: string | null
  readonly error: string | null
}

/** Most urgent first. */
const URGENCY: readonly SyncState[] = [
  'rejected',
  'drift',
  'expired',
  'skipped',
  'pending',
  'sent',
  'confirmed',
]

/** Tells of a call; null where nothing of it is sent. `at` is when it began, milliseconds; `meter` is empty for models. */
export function eventSync(
  book: SyncBook,
  config: StripeConfig,
  call: { readonly tenant: string; readonly at: number; readonly meter: string },
  now: number,
): EventSync | null {
  const { tenant, at, meter } = call
  const hour = Math.floor(at / HOUR) * HOUR
  if (tenant === '' || hour < (config.since ?? book.began ?? Number.POSITIVE_INFINITY)) return null
  const isDue = now > hour + HOUR + (config.settleMinutes * 60 + 2 * config.everySeconds) * 1000
  const states = config.meters
    .filter(({ of }) => typeof of === 'string' || of.meter === meter)
    .flatMap(({ eventName }): EventSync[] => {
      const record = book.of(tenant, eventName, hour)
      if (record !== undefined) return [told(record)]
      // an hour that comes to nothing is never sent
      if (isDue) return []
      const state = customerOf(config, tenant) === undefined ? 'skipped' : 'pending'
      return [{ state, provider_id: null, error: null }]
    })
  const byUrgency = (one: EventSync, other: EventSync) =>
    URGENCY.indexOf(one.state) - URGENCY.indexOf(other.state)
  return states.sort(byUrgency)[0] ?? null
}

function told({ state, identifier, error }: SyncRecord): EventSync {
  return { state, provider_id: identifier ?? null, error: error ?? null }
}
