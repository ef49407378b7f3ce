/**
 * The parts of Stripe's API that billing by usage needs.
 *
 * Invariant: what was asked ends within its time limit with an answer or `Unanswered`; whether an event was taken is
 * never guessed. A repeated event has a new idempotency key, because Stripe keeps the answer to a key, also a failure;
 * that it counts once is its identifier's doing.
 * Source: docs.stripe.com/api/billing (meters, meter events, meter event summaries), error codes, idempotent
 * requests; the header `stripe-should-retry` as Stripe's own client takes it.
 */
import { randomUUID } from 'node:crypto'
import type { Adding } from './record.ts'

/** A meter as Stripe has it, as much of it as matters. */
export interface StripeMeter {
  readonly id: string
  readonly event_name: string
  readonly status: 'active' | 'inactive'
  readonly default_aggregation: { readonly formula: 'sum' | 'count' | 'last' }
  readonly event_time_window: 'hour' | 'day' | null
  readonly customer_mapping: { readonly event_payload_key: string }
  readonly value_settings: { readonly event_payload_key: string }
}

/** A sum of Stripe. */
export interface StripeSummary {
  readonly id: string
  /** Seconds since the Unix epoch. */
  readonly start_time: number
  readonly aggregated_value: number
}

export interface MeterEvent {
  readonly customer: string
  readonly value: string
  readonly identifier: string
  /** Milliseconds since the Unix epoch. */
  readonly at: number
}

/** Stripe took nothing, or nobody knows: ask again. */
export class Unanswered extends Error {
  override name = 'Unanswered'
  readonly afterMs: number | undefined
  constructor(message: string, afterMs?: number, options?: ErrorOptions) {
    super(message, options)
    this.afterMs = afterMs
  }
}

/** Stripe will never take it. */
export class Refused extends Error {
  override name = 'Refused'
}

/** Stripe takes nothing with this key. */
export class KeyRefused extends Error {
  override name = 'KeyRefused'
}

/** What ends by itself: too slow, another request at the same time, something that Stripe needs, too many. */
const PASSING: ReadonlySet<number> = new Set([408, 409, 424, 429])
const TIMEOUT_MS = 30_000
const VERSION = '2025-03-31.basil'

/** How Stripe adds events of a meter up. Throws `Refused` where the meter cannot be told hours. */
export function addingOf(meter: StripeMeter): Adding {
  const { formula } = meter.default_aggregation
  if (formula !== 'sum' || meter.event_time_window === 'day')
    throw new Refused(
      `cannot bill by meter ${meter.event_name}: it has the formula ${formula} and the window ${meter.event_time_window ?? 'none'}; create one with the formula sum and the window hour`,
    )
  return meter.event_time_window === 'hour' ? 'newest' : 'every'
}

/** Asks Stripe with one secret key. */
export class StripeClient {
  readonly #url: string
  readonly #key: string
  readonly #signal: AbortSignal

  /** @param signal ends what is under way */
  constructor(url: string, key: string, signal: AbortSignal) {
    this.#url = url
    this.#key = key
    this.#signal = signal
  }

  /** The active meters. */
  meters(): Promise<StripeMeter[]> {
    return this.#list<StripeMeter>('/v1/billing/meters', { status: 'active' })
  }

  /** What Stripe counts for a customer, by hours that had events; the range is in milliseconds. */
  summaries(meter: StripeMeter, customer: string, start: number, end: number): Promise<StripeSummary[]> {
    const seconds = (instant: number) => String(Math.floor(instant / 1000))
    return this.#list<StripeSummary>(`/v1/billing/meters/${meter.id}/event_summaries`, {
      customer,
      start_time: seconds(start),
      end_time: seconds(end),
      value_grouping_window: 'hour',
    })
  }

  /** Sends one event. Resolves when Stripe has it, also from an earlier attempt. */
  async send(meter: StripeMeter, event: MeterEvent): Promise<void> {
    const { identifier } = event
    const body = new URLSearchParams({
      event_name: meter.event_name,
      identifier,
      timestamp: String(Math.floor(event.at / 1000)),
      [`payload[${meter.customer_mapping.event_payload_key}]`]: event.customer,
      [`payload[${meter.value_settings.event_payload_key}]`]: event.value,
    })
    try {
      await this.#ask('/v1/billing/meter_events', body, randomUUID())
    } catch (error) {
      if (error instanceof Refused && isKnown(error.message, identifier)) return
      throw error
    }
  }

  async #list<Row extends { readonly id: string }>(
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<Row[]> {
    const rows: Row[] = []
    for (;;) {
      const last = rows.at(-1)
      const asked = new URLSearchParams({ ...query, limit: '100', ...(last && { starting_after: last.id }) })
      const page = (await this.#ask(`${path}?${asked}`)) as { data: Row[]; has_more: boolean }
      rows.push(...page.data)
      if (!page.has_more || page.data.length === 0) return rows
    }
  }

  async #ask(path: string, body?: URLSearchParams, key?: string): Promise<unknown> {
    let response: Response
    let text: string
    try {
      response = await fetch(new URL(path, this.#url), {
        ...(body !== undefined && { method: 'POST', body }),
        headers: {
          authorization: `Bearer ${this.#key}`,
          'stripe-version': VERSION,
          'user-agent': 'spanmeter',
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        redirect: 'error',
        signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
      })
      text = await response.text()
    } catch (cause) {
      const { message } = ((cause as Error).cause ?? cause) as Error
      throw new Unanswered(`cannot reach Stripe at ${new URL(this.#url).origin}: ${message}`, undefined, {
        cause,
      })
    }
    if (response.ok) return parsed(text)
    throw errorOf(response, text)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Unanswered('cannot read the answer of Stripe: it is no JSON', undefined, { cause })
  }
}

interface ErrorBody {
  error?: { type?: string; code?: string; message?: string }
}

function errorOf({ status, headers }: Response, text: string): Error {
  let error: ErrorBody['error']
  try {
    error = (JSON.parse(text) as ErrorBody).error
  } catch {
    // a gateway between answers in its own way
  }
  const said = `${error?.code ?? error?.type ?? status}: ${error?.message ?? `status ${status}`}`.slice(
    0,
    500,
  )
  if (status === 401 || status === 403) return new KeyRefused(`Stripe refuses the key: ${said}`)
  if (!PASSING.has(status) && status < 500 && headers.get('stripe-should-retry') !== 'true')
    return new Refused(said)
  const seconds = Number(headers.get('retry-after'))
  return new Unanswered(`Stripe says ${said}`, seconds > 0 ? seconds * 1000 : undefined)
}

/** Stripe refuses what it has already; in words, for it has no code of its own. */
function isKnown(message: string, identifier: string): boolean {
  return message.includes(identifier) && /already exists/i.test(message)
}
