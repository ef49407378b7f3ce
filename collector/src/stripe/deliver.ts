/**
 * Sends what is pending, and reads back whether Stripe's own sums are ours.
 *
 * Invariant: at most one request at a time for a customer and meter, the oldest hour first; an event is in the book
 * before it is sent, and its answer before the next one.
 */
import { addingOf, Refused, type StripeClient, type StripeMeter, Unanswered } from './client.ts'
import {
  type Attempt,
  attemptOf,
  EXPIRES_MS,
  ended,
  HOUR,
  isForgotten,
  later,
  type SyncRecord,
  taken,
} from './record.ts'
import type { SyncBook } from './sync-book.ts'

export interface Delivery {
  readonly book: SyncBook
  readonly client: StripeClient
  /** Event name → the meter of Stripe. */
  readonly meters: ReadonlyMap<string, StripeMeter>
  readonly now: () => number
  /** From 0 to 1. */
  readonly random: () => number
  /** Ends everything early. */
  readonly signal: AbortSignal
}

const AT_ONCE = 8
/** Stripe adds events up a moment later. */
const SETTLES_MS = 60_000
/** Stripe's sums are another one for so long before that is a fault. */
const DRIFTS_MS = HOUR

/** Sends and confirms everything that is due. Throws `KeyRefused`, and where the book could not be written. */
export async function deliver(delivery: Delivery): Promise<void> {
  const groups = new Map<string, SyncRecord[]>()
  for (const record of delivery.book.records()) {
    const { state, customer, eventName } = record
    if ((state !== 'pending' && state !== 'sent') || customer === undefined) continue
    if (!delivery.meters.has(eventName)) continue
    const key = JSON.stringify([customer, eventName])
    groups.set(key, [...(groups.get(key) ?? []), record])
  }
  const waiting = [...groups.values()]
  const worker = async () => {
    for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
      if (delivery.signal.aborted) return
      const byHour = group.sort((one, other) => one.hour - other.hour)
      for (const { id } of byHour) await sendOne(delivery, id)
      await confirm(
        delivery,
        byHour.map(({ id }) => id),
      )
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

async function sendOne(delivery: Delivery, id: string): Promise<void> {
  const { book, meters, now, random, signal } = delivery
  const record = book.get(id)
  if (record?.state !== 'pending' || (record.nextAt ?? 0) > now() || signal.aborted) return
  const meter = meters.get(record.eventName)
  if (meter === undefined) return
  try {
    await book.record([await sent(delivery, record, meter)])
  } catch (error) {
    const latest = book.get(id) ?? record
    if (error instanceof Unanswered)
      await book.record([later(latest, error.message, now(), error.afterMs, random())])
    else if (error instanceof Refused) await book.record([ended(latest, 'rejected', error.message, now())])
    else throw error
  }
}

/** Sends the event of a record; returns the record as it is then. */
async function sent(delivery: Delivery, before: SyncRecord, meter: StripeMeter): Promise<SyncRecord> {
  const { book, client, now } = delivery
  if (before.hour < now() - EXPIRES_MS)
    return ended(before, 'expired', 'Stripe takes events of the last 35 days only', now())
  const adding = addingOf(meter)
  let record = before
  if (adding === 'every') {
    const known = await reconciled(delivery, before, meter)
    if (known.state !== 'pending') return known
    record = known
  }
  const attempt = attemptOf(record, adding, now())
  if (attempt === undefined) return { ...record, state: 'sent', sentAt: now(), changedAt: now() }
  record = { ...record, attempt }
  await book.record([record])
  await client.send(meter, {
    ...{ customer: record.customer ?? '', value: attempt.value, identifier: attempt.identifier },
    at: record.hour,
  })
  return taken(record, attempt, now())
}

/**
 * Where events add up: what Stripe has, before a repetition that it may no longer know as one, and before the first
 * event of an hour that an earlier journal may have told of.
 */
async function reconciled(
  { client, now }: Delivery,
  record: SyncRecord,
  meter: StripeMeter,
): Promise<SyncRecord> {
  const { attempt, sent } = record
  if (sent !== undefined && (attempt === undefined || !isForgotten(attempt, now()))) return record
  const actual = await sumOf(client, meter, record)
  const { attempt: _, ...rest } = record
  if (sent === undefined) return { ...rest, sent: actual, events: record.events + 1 }
  if (actual === (attempt as Attempt).total) return taken(record, attempt as Attempt, now())
  if (actual === sent) return { ...rest, events: record.events + 1 }
  return drifted(record, actual, now())
}

async function sumOf(client: StripeClient, meter: StripeMeter, record: SyncRecord): Promise<string> {
  const { customer = '', hour } = record
  const [summary] = await client.summaries(meter, customer, hour, hour + HOUR)
  return String(summary?.aggregated_value ?? 0)
}

function drifted(record: SyncRecord, actual: string, now: number): SyncRecord {
  return {
    ...ended(record, 'drift', `Stripe has ${actual} and not ${record.sent ?? record.total}`, now),
    actual,
  }
}

/** Reads Stripe's sums of one customer and meter, and compares. */
async function confirm(
  { book, client, meters, now, signal }: Delivery,
  ids: readonly string[],
): Promise<void> {
  const due = ids
    .map((id) => book.get(id))
    .filter((one) => one?.state === 'sent' && (one.sentAt ?? 0) + SETTLES_MS <= now()) as SyncRecord[]
  const [first] = due
  const last = due.at(-1)
  const meter = meters.get(first?.eventName ?? '')
  if (first === undefined || last === undefined || meter === undefined || signal.aborted) return
  try {
    const sums = await client.summaries(meter, first.customer ?? '', first.hour, last.hour + HOUR)
    const byHour = new Map(sums.map((sum) => [sum.start_time * 1000, String(sum.aggregated_value)]))
    const changes = due.flatMap((record): SyncRecord[] => {
      const actual = byHour.get(record.hour) ?? '0'
      if (actual === record.total) return [{ ...record, state: 'confirmed', changedAt: now() }]
      return now() - (record.sentAt ?? 0) < DRIFTS_MS ? [] : [drifted(record, actual, now())]
    })
    await book.record(changes)
  } catch (error) {
    // what cannot be read is read the next time
    if (!(error instanceof Unanswered) && !(error instanceof Refused)) throw error
  }
}
