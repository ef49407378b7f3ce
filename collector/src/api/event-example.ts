/**
 * The example of a page of events in the OpenAPI text.
 *
 * Invariant: no number in it is typed by hand that another one follows from; it is what the code answers for
 * one stored call.
 */
import { encodeCursor } from '../query/cursor.ts'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { type Period, resolvePeriod } from '../query/period.ts'
import type { EventRow } from '../query/usage-events.ts'
import { periodOf } from './billing-response.ts'
import { usageEvent } from './event-response.ts'
import { EVENT_BUCKETS, EVENT_TEXTS, type UsageEventsResponse } from './event-schema.ts'

const [UNCACHED, CACHED, OUTPUT] = [400, 800, 350] as const
const COST =
  BigInt(UNCACHED) * parseDecimal('0.00000015') +
  BigInt(CACHED) * parseDecimal('0.000000075') +
  BigInt(OUTPUT) * parseDecimal('0.0000006')

/** Computes the example. */
export function eventsExample(): UsageEventsResponse {
  const period = resolvePeriod(
    { period: 'custom', startDate: '2026-03-01', endDate: '2026-03-03' },
    0,
  ) as Period
  const row = exampleCall()
  const cursor = { start: period.start, end: period.end, of: 'example', value: row.start_time_text }
  return {
    period: periodOf(period),
    events: [usageEvent(row)],
    has_more: true,
    next_cursor: encodeCursor({
      ...cursor,
      start_time: row.start_time_text,
      trace_id: row.trace_id,
      span_id: row.span_id,
    }),
  }
}

/** The stored call of the examples. */
export function exampleCall(): EventRow {
  const empty = Object.fromEntries([
    ...EVENT_TEXTS.map((name) => [name, '']),
    ...EVENT_BUCKETS.map((name) => [name, 0]),
  ]) as Pick<EventRow, (typeof EVENT_BUCKETS)[number]> & { [name in (typeof EVENT_TEXTS)[number]]: string }
  return {
    ...empty,
    name: 'chat gpt-4o-mini',
    trace_id: '5b8efff798038103d269b633813fc60c',
    span_id: 'eee19b7ec3c1b174',
    start_time_text: '2026-03-02 09:30:00.123456789',
    duration_text: '1840000000',
    first_chunk_text: '310000000',
    is_stream: true,
    status: 'unset',
    http_status_code: 200,
    service_name: 'chat-api',
    tenant_id: 'acme',
    agent_id: 'support',
    agent_name: 'Support agent',
    conversation_id: 'c-1042',
    provider: 'openai',
    operation: 'chat',
    request_model: 'gpt-4o-mini',
    response_model: 'gpt-4o-mini-2024-07-18',
    model: 'gpt-4o-mini-2024-07-18',
    usage_source: 'provider',
    input_tokens: UNCACHED + CACHED,
    output_tokens: OUTPUT,
    input_uncached_tokens: UNCACHED,
    cache_read_tokens: CACHED,
    output_text_tokens: OUTPUT,
    cost_text: formatDecimal(COST),
    cost_source: 'local',
    meter_name: '',
    sort_value: '',
  }
}
