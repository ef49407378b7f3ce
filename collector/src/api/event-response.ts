/**
 * Stored calls as usage events.
 *
 * Invariant: nothing that is unknown becomes a number: an empty text is null, and so is a cost without a value.
 */
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import type { EventRow } from '../query/usage-events.ts'
import { EVENT_BUCKETS, EVENT_TEXTS, type UsageEvent } from './event-schema.ts'

/** Shows one stored call. Pure. */
export function usageEvent(row: EventRow): UsageEvent {
  const input = Number(row.input_tokens)
  const output = Number(row.output_tokens)
  const cost = row.cost_text === null ? null : formatDecimal(parseDecimal(row.cost_text))
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
  }
}
