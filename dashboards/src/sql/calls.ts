/**
 * Calls of the range as one relation, from the hourly rollups and the spans.
 *
 * Invariant: only leaf calls to paid APIs count.
 */
import { type HourlyOptions, hourly, same } from './hourly.ts'
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
} as const

/** A number of a call. */
export type Measure = keyof typeof MEASURES

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
  /** The hourly rollup that knows the dimensions. */
  readonly rollup?: 'rollup_cost_hour' | 'rollup_detail_hour'
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
  } = options
  return hourly({
    rollup,
    condition: 'is_call',
    columns: {
      ...same(dimensions),
      ...columns,
      ...Object.fromEntries(measures.map((name) => [`n_${name}`, MEASURES[name]])),
    },
    bucketed,
    range,
  })
}
