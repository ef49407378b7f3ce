/**
 * Single calls with everything that is known about them, a page at a time, from the raw spans.
 *
 * Invariant: paging by keyset: while calls come in, no event that was there at the first page is repeated or
 * left out.
 */
import { type EventSort, orderSql, positionParams, type SortPosition } from './event-sort.ts'
import { execute, type QueryContext } from './execute.ts'
import { type Filters, filterCondition } from './filters.ts'
import { type Range, rawRange } from './raw-range.ts'
import { UNPRICED } from './usage-sums.ts'

/** What is asked. */
export interface EventsQuestion {
  /** Range of start times, milliseconds since the Unix epoch, half-open. */
  readonly start: number
  readonly end: number
  readonly filters: Filters
  readonly status?: readonly string[] | undefined
  readonly usageSource?: readonly string[] | undefined
  readonly unpriced?: boolean | undefined
  /** Decimal string, USD; events without a cost are left out. */
  readonly minCost?: string | undefined
  readonly sort: EventSort
  readonly limit: number
  /** The last event of the page before. */
  readonly after?: SortPosition | undefined
  /** How many events to pass over first. */
  readonly offset?: number | undefined
}

const STRINGS = [
  ...['trace_id', 'span_id', 'parent_span_id', 'name', 'response_id', 'request_id'],
  ...['service_name', 'environment', 'tenant_id', 'user_id', 'agent_id', 'agent_name', 'conversation_id'],
  ...['conversation_title', 'feature', 'run_id', 'run_name', 'run_status'],
  ...['provider', 'operation', 'request_model', 'response_model', 'model', 'server_address', 'service_tier'],
  ...[
    'finish_reason',
    'status',
    'error_type',
    'usage_source',
    'cost_source',
    'unpriced_reason',
    'price_version',
    'meter_name',
  ],
] as const
const NUMBERS = [
  ...['http_status_code', 'input_tokens', 'output_tokens', 'input_uncached_tokens', 'cache_read_tokens'],
  ...['cache_write_5m_tokens', 'cache_write_1h_tokens', 'cache_write_other_tokens', 'input_audio_tokens'],
  ...[
    'input_image_tokens',
    'output_text_tokens',
    'reasoning_tokens',
    'output_audio_tokens',
    'output_image_tokens',
  ],
] as const

/** The columns of an `EventRow`, without `sort_value`. */
export const EVENT_COLUMNS: string = `${[...STRINGS, ...NUMBERS].join(', ')}, is_stream,
       toString(start_time) AS start_time_text, toString(duration_ns) AS duration_text,
       toString(time_to_first_chunk_ns) AS first_chunk_text, toString(cost) AS cost_text`

/** One call as it is stored; texts are empty where nothing is known. */
export type EventRow = { readonly [name in (typeof STRINGS)[number]]: string } & {
  readonly [name in (typeof NUMBERS)[number]]: number
} & {
  readonly is_stream: boolean
  /** UTC with 9 decimals, `2026-03-01 09:30:00.123456789`. */
  readonly start_time_text: string
  /** Nanoseconds, as text: 64 bits. */
  readonly duration_text: string
  readonly first_chunk_text: string | null
  /** Decimal string in USD, null when unknown. */
  readonly cost_text: string | null
  readonly sort_value: string
}

/** A page and whether another one follows. */
export interface EventsPage {
  readonly rows: readonly EventRow[]
  readonly more: boolean
}

/** Asks for one page of events. */
export async function usageEvents(context: QueryContext, question: EventsQuestion): Promise<EventsPage> {
  const wanted = question.limit + 1
  for (const window of windows(question)) {
    const rows = await eventsOf(context, { ...question, ...window })
    if (rows.length >= wanted) return { rows: rows.slice(0, question.limit), more: true }
    if (window.whole) return { rows, more: false }
  }
  throw new Error('cannot read events: no window is the whole range')
}

const HOUR = 3_600_000

/**
 * Where to look for a page in the order of time: in the next hour, the next day, and everywhere, so that what is asked
 * most does not read all. Other orders know of no such place.
 */
function windows({ start, end, sort, after }: EventsQuestion): (Range & { whole: boolean })[] {
  const ascending = sort === 'timestamp'
  if (!ascending && sort !== '-timestamp') return [{ start, end, whole: true }]
  const last = after && Date.parse(`${after.start_time.slice(0, 23).replace(' ', 'T')}Z`)
  const range = {
    start: ascending && last !== undefined ? Math.max(start, last) : start,
    end: ascending || last === undefined ? end : Math.min(end, last + 1),
  }
  const near = [HOUR, 24 * HOUR].filter((length) => length < range.end - range.start)
  return [
    ...near.map((length) => ({
      start: ascending ? range.start : range.end - length,
      end: ascending ? range.start + length : range.end,
      whole: false,
    })),
    { ...range, whole: true },
  ]
}

async function eventsOf(context: QueryContext, question: EventsQuestion): Promise<EventRow[]> {
  const { filters, status, usageSource, unpriced, minCost, after, limit } = question
  const range = rawRange(question)
  const filter = filterCondition(filters)
  const order = orderSql(question.sort)
  const conditions = [
    range.sql + filter.sql,
    ...(status ? ['status IN {status:Array(String)}'] : []),
    ...(usageSource ? ['usage_source IN {usage_source:Array(String)}'] : []),
    ...(unpriced === undefined ? [] : [unpriced ? UNPRICED : `NOT ${UNPRICED}`]),
    ...(minCost === undefined ? [] : ['cost >= {min_cost:Decimal(38, 12)}']),
    ...(after ? [order.after] : []),
  ]
  return await execute<EventRow>(
    context,
    'usage events',
    `SELECT ${EVENT_COLUMNS}, ${order.value} AS sort_value
     FROM spans
     WHERE ${conditions.join(' AND ')}
     ORDER BY ${order.orderBy}
     LIMIT {limit:UInt32} OFFSET {offset:UInt32}`,
    {
      ...range.params,
      ...filter.params,
      ...(status ? { status } : {}),
      ...(usageSource ? { usage_source: usageSource } : {}),
      ...(minCost === undefined ? {} : { min_cost: minCost }),
      ...(after ? positionParams(after) : {}),
      limit: limit + 1,
      offset: question.offset ?? 0,
    },
  )
}
