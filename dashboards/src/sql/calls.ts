/**
 * Calls of the range as one relation, from the rollups and the spans.
 *
 * Invariant: only leaf calls to paid APIs count.
 */
import { ALL_FILTERS } from './filters.ts'
import { type DailyRollup, type HourlyColumn, type HourlyOptions, hourly, same } from './hourly.ts'
import { sql } from './text.ts'
import { PICKED, type SqlRange } from './time.ts'

/** A number of a call, by what it is in the spans and in the rollups. */
const MEASURES = {
  calls: { raw: 'toUInt64(1)', rollup: 'calls' },
  errors: { raw: "toUInt64(status = 'error')", rollup: 'errors' },
  cost: { raw: 'ifNull(spans.cost, toDecimal128(0, 12))', rollup: 'cost' },
  input_tokens: { raw: 'spans.input_tokens', rollup: 'input_tokens' },
  output_tokens: { raw: 'spans.output_tokens', rollup: 'output_tokens' },
  cache_read_tokens: { raw: 'spans.cache_read_tokens', rollup: 'cache_read_tokens' },
  cache_write_tokens: {
    raw: 'cache_write_5m_tokens + cache_write_1h_tokens + cache_write_other_tokens',
    rollup: 'cache_write_tokens',
  },
  reasoning_tokens: { raw: 'spans.reasoning_tokens', rollup: 'reasoning_tokens' },
  unpriced_calls: {
    raw: "toUInt64(isNull(spans.cost) AND unpriced_reason != 'failed')",
    rollup: 'unpriced_calls',
  },
  failed_calls: { raw: "toUInt64(unpriced_reason = 'failed')", rollup: 'failed_calls' },
  estimated_calls: { raw: "toUInt64(usage_source = 'estimated')", rollup: 'estimated_calls' },
  missing_calls: { raw: "toUInt64(usage_source = 'missing')", rollup: 'missing_calls' },
  provider_billed_calls: { raw: "toUInt64(cost_source = 'provider')", rollup: 'provider_billed_calls' },
  service_rated_calls: {
    raw: "toUInt64(cost_source = 'local' AND isNotNull(spans.cost))",
    rollup: 'service_rated_calls',
  },
  collector_rated_calls: {
    raw: "toUInt64(cost_source = 'collector' AND isNotNull(spans.cost))",
    rollup: 'collector_rated_calls',
  },
  userless_calls: { raw: "toUInt64(user_id = '')", rollup: 'userless_calls' },
  userless_cost: {
    raw: "if(user_id = '', ifNull(spans.cost, toDecimal128(0, 12)), toDecimal128(0, 12))",
    rollup: 'userless_cost',
  },
  conversationless_calls: { raw: "toUInt64(conversation_id = '')", rollup: 'conversationless_calls' },
  conversationless_cost: {
    raw: "if(conversation_id = '', ifNull(spans.cost, toDecimal128(0, 12)), toDecimal128(0, 12))",
    rollup: 'conversationless_cost',
  },
} as const

/** A number of a call. */
export type Measure = keyof typeof MEASURES

/** The newest title that the calls of a conversation carry, and when; a column of `rollup_detail_hour`. */
export const CONVERSATION_TITLE: HourlyColumn = {
  raw: "if(conversation_title = '', (toDateTime64(0, 9, 'UTC'), ''), (start_time, conversation_title))",
  rollup: 'conversation_title',
}

/** How a conversation is called, of the column `title`; most have none, and only those that do are compared. */
export const NEWEST_TITLE: string = sql`
  if(countIf(title.2 != '') = 0, conversation_id, maxIf(title, title.2 != '').2)`

/** What the relation has. */
export interface CallsOptions {
  readonly measures: readonly Measure[]
  /** Dimensions that both sources have, for example `provider`. */
  readonly dimensions?: readonly string[]
  /** Further columns, by name. */
  readonly columns?: HourlyOptions['columns']
  /** With a column `at` (DateTime, UTC), which can be put into buckets; the query begins with `WITH_BUCKETS`. */
  readonly bucketed?: boolean
  readonly range?: SqlRange
  /** A range that ends where `range` begins: its calls are there too, and `earlier`. */
  readonly before?: SqlRange
  /** The hourly rollup that knows the dimensions. */
  readonly rollup?: 'rollup_cost_hour' | 'rollup_detail_hour'
}

/** The daily rollup of the same calls, if it has all that is asked for. */
function dailyOf(rollup: string, asked: readonly string[]): DailyRollup | undefined {
  if (rollup === 'rollup_cost_hour') return { table: 'rollup_cost_day', filters: ALL_FILTERS }
  const known = asked.every((name) => ['tenant_id', 'user_id', 'environment'].includes(name))
  return known ? { table: 'rollup_user_day', filters: ['tenant', 'environment'] } : undefined
}

/**
 * The relation, in parentheses, to be read from: the dimensions, and each measure as `n_{measure}`.
 * Sum the measures; a row is one call or one hour of them.
 */
export function calls(options: CallsOptions): string {
  const {
    measures,
    dimensions = [],
    rollup = 'rollup_cost_hour',
    columns = {},
    bucketed = false,
    range = PICKED,
    before,
  } = options
  return hourly({
    rollup,
    daily: dailyOf(rollup, [...dimensions, ...Object.keys(columns)]),
    condition: 'is_call',
    columns: {
      ...same(dimensions),
      ...columns,
      ...Object.fromEntries(measures.map((name) => [`n_${name}`, MEASURES[name]])),
    },
    bucketed,
    range,
    before,
  })
}

/** What calls in conversations cost, in parentheses, to be read from: `number` and `n_cost`. @param number of a conversation */
export function conversationCosts(number: string): string {
  const either = `if(conversation_id = '', 0, ${number})`
  return sql`
    (
      SELECT number, n_cost
      FROM ${hourly({
        rollup: 'rollup_detail_hour',
        daily: { table: 'rollup_conversation_day', filters: ['tenant', 'environment'] },
        condition: 'is_call',
        columns: {
          number: { raw: either, rollup: either, daily: 'conversation' },
          n_cost: MEASURES.cost,
        },
      })}
      WHERE number != 0
    )`
}
