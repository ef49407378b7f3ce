/**
 * Stored calls as usage events.
 *
 * Invariant: nothing that is unknown becomes a number: an empty text is null, and so is a cost without a value.
 */
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import type { EventRow } from '../query/usage-events.ts'
import { type CreditRates, creditsOf, USUAL_CREDITS } from '../rate/credits.ts'
import { type EventSync, eventSync } from '../stripe/event-state.ts'
import type { ApiOptions } from './app.ts'
import { EVENT_BUCKETS, EVENT_TEXTS, type UsageEvent } from './event-schema.ts'

/** What credits are worth here. */
export function creditRates({ budgets }: ApiOptions): CreditRates {
  return {
    perUsd: budgets?.creditsPerUsd() ?? USUAL_CREDITS.perUsd,
    kinds: budgets?.creditKinds?.() ?? USUAL_CREDITS.kinds,
  }
}

/** How far Stripe knows of a stored call. */
export function syncOf({ billing, now }: ApiOptions, row: EventRow): EventSync | null | undefined {
  if (billing?.isOn !== true) return undefined
  const call = {
    ...{ tenant: row.tenant_id, meter: row.meter_name },
    at: Date.parse(`${row.start_time_text.slice(0, 19).replace(' ', 'T')}Z`),
  }
  return eventSync(billing.book, billing.config, call, now().getTime())
}

/** Shows one stored call. Pure. */
export function usageEvent(
  row: EventRow,
  rates: CreditRates = USUAL_CREDITS,
  sync?: EventSync | null,
): UsageEvent {
  const input = Number(row.input_tokens)
  const output = Number(row.output_tokens)
  const cost = row.cost_text === null ? null : formatDecimal(parseDecimal(row.cost_text))
  const credits = creditsOf(cost, row.meter_name, rates)
  const texts = EVENT_TEXTS.map((name) => [name, (name === 'service' ? row.service_name : row[name]) || null])
  return {
    event_id: `${row.trace_id}-${row.span_id}`,
    trace_id: row.trace_id,
    span_id: row.span_id,
    timestamp: `${row.start_time_text.replace(' ', 'T')}Z`,
    duration_seconds: Number(row.duration_text) / 1e9,
    time_to_first_chunk_seconds: row.first_chunk_text === null ? null : Number(row.first_chunk_text) / 1e9,
    stream: row.is_stream,
    status: row.status as UsageEvent['status'],
    http_status_code: Number(row.http_status_code) || null,
    ...(Object.fromEntries(texts) as Pick<UsageEvent, (typeof EVENT_TEXTS)[number]>),
    input_tokens: input,
    output_tokens: output,
    total_tokens: input + output,
    ...(Object.fromEntries(EVENT_BUCKETS.map((name) => [name, Number(row[name])])) as Pick<
      UsageEvent,
      (typeof EVENT_BUCKETS)[number]
    >),
    cost: cost === null ? null : Number(cost),
    cost_exact: cost,
    currency: 'USD',
    credits_ai: credits.ai,
    credits_compute: credits.compute,
    credits_storage: credits.storage,
    ...(sync !== undefined && { sync }),
  }
}
