/**
 * One usage event, and a page of them, as schemas; the OpenAPI text is made from them.
 *
 * Invariant: a field has the name of its column and of its filter; null means "not known", never 0.
 */
import { z } from '@hono/zod-openapi'
import type { EventSync } from '../stripe/event-state.ts'
import { SYNC_STATES } from '../stripe/record.ts'
import { type PeriodBody, periodSchema } from './billing-schema.ts'

/** What is told as a text, and what it means. Null where nothing is known. */
const TEXTS = {
  parent_span_id: 'Span in which the call was made, 16 hex digits.',
  response_id: 'Id that the provider gave the answer.',
  request_id: "Id by which the provider's support finds the call.",
  service: 'Service that made the call.',
  environment: 'Deployment environment.',
  tenant_id: 'Tenant on whose behalf the call was made.',
  user_id: 'End user.',
  agent_id: 'Agent.',
  agent_name: 'Name of the agent.',
  conversation_id: 'Conversation.',
  conversation_title: 'Title of the conversation.',
  feature: 'Feature of the product.',
  run_id: 'Run.',
  run_name: 'Name of the run.',
  run_status: 'Status of the run.',
  provider: 'Provider of the paid API.',
  operation: 'What was asked for: chat, embeddings, …',
  request_model: 'Model that was asked for.',
  response_model: 'Model that answered, as the provider names it.',
  model: 'Model that answered, or the requested one where none is named.',
  server_address: 'Host that was called.',
  service_tier: 'Tier that the provider says it billed.',
  finish_reason: 'Why the output ended.',
  error_type: 'Class of the error.',
  usage_source: '`provider` as reported, `estimated` from sizes, `missing` when unknown.',
  cost_source:
    '`provider`: in the answer. `local`: rated where the call was made. `collector`: rated on arrival. `reported`: said by another tool, where the price book has no price.',
  unpriced_reason: 'Why the cost is not known; null when it is.',
  price_version: 'Version of the prices that rated the call.',
} as const
/** Disjoint buckets of tokens: their sum is `total_tokens`. */
const BUCKETS = {
  input_uncached_tokens: 'Input that was neither read from nor written to a cache.',
  cache_read_tokens: 'Input read from a cache.',
  cache_write_5m_tokens: 'Input written to a cache for 5 minutes.',
  cache_write_1h_tokens: 'Input written to a cache for 1 hour.',
  cache_write_other_tokens: 'Input written to a cache for another time.',
  input_audio_tokens: 'Audio input.',
  input_image_tokens: 'Image input.',
  output_text_tokens: 'Text output.',
  reasoning_tokens: 'Reasoning output.',
  output_audio_tokens: 'Audio output.',
  output_image_tokens: 'Image output.',
} as const

/** The text fields of an event. */
export const EVENT_TEXTS = Object.keys(TEXTS) as readonly (keyof typeof TEXTS)[]
/** The token buckets of an event. */
export const EVENT_BUCKETS = Object.keys(BUCKETS) as readonly (keyof typeof BUCKETS)[]

/** One call to a paid API. */
export type UsageEvent = { [name in keyof typeof TEXTS]: string | null } & {
  [name in keyof typeof BUCKETS]: number
} & {
  event_id: string
  trace_id: string
  span_id: string
  timestamp: string
  duration_seconds: number
  time_to_first_chunk_seconds: number | null
  stream: boolean
  status: 'unset' | 'ok' | 'error'
  http_status_code: number | null
  input_tokens: number
  output_tokens: number
  total_tokens: number
  cost: number | null
  cost_exact: string | null
  currency: 'USD'
  credits_ai: string | null
  credits_compute: string | null
  credits_storage: string | null
  /** Only where usage is sent to Stripe. */
  sync?: EventSync | null | undefined
}

/** A page of events. */
export interface UsageEventsResponse {
  period: PeriodBody
  events: UsageEvent[]
  has_more: boolean
  next_cursor: string | null
}

const count = (description: string): z.ZodInt => z.int().nonnegative().openapi({ description })
const each = <Name extends string, Field>(
  fields: Readonly<Record<Name, string>>,
  make: (description: string) => Field,
): Record<Name, Field> =>
  Object.fromEntries(
    Object.entries<string>(fields).map(([name, description]) => [name, make(description)]),
  ) as never

const credits = (what: string): z.ZodNullable<z.ZodString> =>
  z
    .string()
    .nullable()
    .openapi({ description: `Credits spent on ${what}: exact; null where the cost is not known.` })

const syncShape = {
  state: z.enum(SYNC_STATES).openapi({ description: 'As `/api/v1/billing/sync` has it.' }),
  provider_id: z.string().nullable().openapi({ description: 'Identifier of the event that Stripe took.' }),
  error: z.string().nullable().openapi({ description: 'What Stripe said against it.' }),
}

const fields = z.object({
  event_id: z.string().openapi({ description: 'Trace and span id: the same for ever, also after a replay.' }),
  trace_id: z.string().openapi({ description: '32 hex digits.' }),
  span_id: z.string().openapi({ description: '16 hex digits.' }),
  timestamp: z.string().openapi({ description: 'Start of the call, UTC, nanoseconds.', format: 'date-time' }),
  duration_seconds: z.number().openapi({ description: 'Until the last byte of the answer.' }),
  time_to_first_chunk_seconds: z.number().nullable().openapi({ description: 'Streams only.' }),
  stream: z.boolean().openapi({ description: 'Whether the answer was a stream.' }),
  status: z
    .enum(['unset', 'ok', 'error'])
    .openapi({ description: 'Status of the span; unset is a success.' }),
  http_status_code: z.int().nullable().openapi({ description: 'HTTP status of the answer.' }),
  ...each(TEXTS, (description) => z.string().nullable().openapi({ description })),
  input_tokens: count('Sum of the input buckets.'),
  output_tokens: count('Sum of the output buckets.'),
  total_tokens: count('Sum of all buckets.'),
  ...each(BUCKETS, count),
  cost: z.number().nullable().openapi({ description: 'Cost, USD: the nearest double; null when not known.' }),
  cost_exact: z
    .string()
    .nullable()
    .openapi({ description: 'Cost, USD: exact, at most 12 decimals; null when not known.' }),
  currency: z.literal('USD'),
  credits_ai: credits('models'),
  credits_compute: credits('other work'),
  credits_storage: credits('what is kept'),
  sync: z.object(syncShape).nullable().optional().openapi({
    description:
      'How far Stripe knows of the hour of the call; null where nothing of it is sent, absent where nothing is sent at all.',
  }),
})
/** One usage event. */
export const usageEventSchema: z.ZodType<UsageEvent> = fields.openapi('UsageEvent')
/** The fields of an event in their order, for files. @param synced usage is sent to Stripe */
export function eventFields(synced: boolean): readonly string[] {
  const inner = synced ? Object.keys(syncShape).map((name) => `sync_${name}`) : []
  return Object.keys(fields.shape).flatMap((name) => (name === 'sync' ? inner : [name]))
}

/** A page of usage events. */
export const usageEventsSchema: z.ZodType<UsageEventsResponse> = z
  .object({
    period: periodSchema,
    events: z.array(usageEventSchema),
    has_more: z.boolean().openapi({ description: 'Whether another page follows.' }),
    next_cursor: z
      .string()
      .nullable()
      .openapi({ description: '`cursor` of the next page; null at the end.' }),
  })
  .openapi('UsageEvents')
