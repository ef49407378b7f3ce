/**
 * What one tenant used of one meter in one hour of UTC, and how far Stripe knows of it.
 *
 * Invariant: pure; amounts are whole numbers as text. An attempt keeps its identifier until Stripe has answered it, so
 * that Stripe can tell a repetition from a second event.
 */
import { createHash } from 'node:crypto'

/**
 * `pending`: to be sent. `sent`: Stripe took it. `confirmed`: Stripe's own sum is ours. `rejected`: Stripe refused it.
 * `skipped`: the tenant is no customer. `expired`: Stripe takes nothing that old. `drift`: Stripe's sum is another one.
 */
export const SYNC_STATES = [
  'pending',
  'sent',
  'confirmed',
  'rejected',
  'skipped',
  'expired',
  'drift',
] as const
export type SyncState = (typeof SYNC_STATES)[number]

/** An event on its way: everything that is sent, and since when. */
export interface Attempt {
  readonly identifier: string
  readonly value: string
  /** The total that Stripe has once it took the event. */
  readonly total: string
  readonly firstAt: number
}

export interface SyncRecord {
  /** The same for ever. */
  readonly id: string
  readonly tenant: string
  readonly eventName: string
  /** Start of the hour, milliseconds. */
  readonly hour: number
  readonly customer?: string | undefined
  readonly state: SyncState
  /** What the hour comes to. */
  readonly total: string
  /** What Stripe took of it; absent where that is to be asked first. */
  readonly sent?: string | undefined
  /** Events that Stripe took. */
  readonly events: number
  /** Of the event that Stripe took last. */
  readonly identifier?: string | undefined
  readonly sentAt?: number | undefined
  readonly attempt?: Attempt | undefined
  /** Attempts since Stripe last answered for good, and when the next one is due. */
  readonly tries: number
  readonly nextAt?: number | undefined
  readonly error?: string | undefined
  /** What Stripe's own sum was, where it is another one. */
  readonly actual?: string | undefined
  readonly changedAt: number
}

/** How Stripe adds events of a meter up: each one, or the newest one of an hour alone. */
export type Adding = 'every' | 'newest'

export const HOUR = 3_600_000
/** Stripe takes events of the last 35 days; some hours less, so that none is refused on its way. */
export const EXPIRES_MS = 35 * 24 * HOUR - 6 * HOUR
/** Stripe knows identifiers for at least 24 hours. */
const KNOWN_MS = 20 * HOUR

/** Names a record. */
export function recordId(tenant: string, eventName: string, hour: number): string {
  return digest([tenant, eventName, hour]).slice(0, 24)
}

/** What is known of an hour, brought to what it comes to now; undefined where nothing has changed. */
export function updated(
  before: SyncRecord | undefined,
  now: number,
  is: Pick<SyncRecord, 'tenant' | 'eventName' | 'hour' | 'customer' | 'total'>,
  isNew: boolean,
): SyncRecord | undefined {
  if (before === undefined) {
    if (is.total === '0') return undefined
    const id = recordId(is.tenant, is.eventName, is.hour)
    const state = is.customer === undefined ? 'skipped' : 'pending'
    return { ...is, id, state, events: 0, tries: 0, changedAt: now, ...(isNew && { sent: '0' }) }
  }
  if (before.total === is.total && before.customer === is.customer) return undefined
  if (before.state === 'expired') return { ...before, total: is.total, changedAt: now }
  const { nextAt: _, error: __, ...rest } = before
  const state = is.customer === undefined ? 'skipped' : before.sent === is.total ? before.state : 'pending'
  return { ...rest, ...is, state, tries: 0, changedAt: now }
}

/** The event that is to be sent for a pending record: the one under way, or a new one; undefined where none is. */
export function attemptOf(record: SyncRecord, adding: Adding, now: number): Attempt | undefined {
  const { attempt, sent = '0', total, events } = record
  if (attempt !== undefined) return attempt
  if (sent === total && events > 0) return undefined
  const value = adding === 'every' ? String(BigInt(total) - BigInt(sent)) : total
  if (value === '0' && events === 0) return undefined
  const identifier = `spanmeter_${digest([record.id, events, sent, total]).slice(0, 40)}`
  return { identifier, value, total, firstAt: now }
}

/** Whether Stripe may have forgotten the identifier of an attempt, so that its sum is to be read before a repetition. */
export function isForgotten(attempt: Attempt, now: number): boolean {
  return now - attempt.firstAt > KNOWN_MS
}

/** Stripe has the event. */
export function taken(record: SyncRecord, attempt: Attempt, now: number): SyncRecord {
  const { attempt: _, nextAt: __, error: ___, actual: ____, ...rest } = record
  return {
    ...rest,
    state: attempt.total === record.total ? 'sent' : 'pending',
    ...{ sent: attempt.total, events: record.events + 1, identifier: attempt.identifier },
    ...{ sentAt: now, tries: 0, changedAt: now },
  }
}

/** Stripe did not answer for good: later again. @param random from 0 to 1 */
export function later(
  record: SyncRecord,
  reason: string,
  now: number,
  afterMs: number | undefined,
  random: number,
): SyncRecord {
  const wait = Math.min(HOUR, 5_000 * 2 ** Math.min(record.tries, 12))
  const nextAt = now + Math.max(afterMs ?? 0, Math.round(wait * (1 + random / 4)))
  return { ...record, tries: record.tries + 1, nextAt, error: reason, changedAt: now }
}

/** It ended without success, until somebody asks for another attempt. */
export function ended(
  record: SyncRecord,
  state: 'rejected' | 'expired' | 'drift',
  error: string,
  now: number,
): SyncRecord {
  const { nextAt: _, attempt: __, ...rest } = record
  return { ...rest, state, error, changedAt: now }
}

/** Another attempt, by hand: from what Stripe really has, where that is known. Undefined where there is nothing to try. */
export function retried(record: SyncRecord, now: number): SyncRecord | undefined {
  if (!RETRIED.has(record.state)) return undefined
  const { nextAt: _, error: __, actual, ...rest } = record
  const again = { ...rest, state: 'pending' as const, tries: 0, changedAt: now }
  return actual === undefined ? again : { ...again, sent: actual, events: record.events + 1 }
}

const RETRIED: ReadonlySet<SyncState> = new Set(['pending', 'rejected', 'drift'])

function digest(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
