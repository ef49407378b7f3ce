/**
 * Calls of the range as one relation, read from the hourly rollup where that is exact and from the spans
 * at the ragged ends.
 *
 * Invariant: the two halves tile the range (`from` and `to` both inclusive, as Grafana's filter has it), so no
 * call is missed and none is counted twice; only leaf calls to paid APIs count.
 */
import { filters } from './filters.ts'
import { sql } from './text.ts'
import { PICKED, type SqlRange, wholeHours, within } from './time.ts'

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
export function calls({
  measures,
  dimensions = [],
  bucketed = false,
  range = PICKED,
  rollup = 'rollup_cost_hour',
}: CallsOptions): string {
  const { first, last } = wholeHours(range)
  const columns = (at: string, source: 'raw' | 'rollup') =>
    [
      ...(bucketed ? [`${at} AS at`] : []),
      ...dimensions,
      ...measures.map((name) => `${MEASURES[name][source]} AS n_${name}`),
    ].join(', ')
  return sql`
    (
      SELECT ${columns('hour', 'rollup')}
      FROM ${rollup}
      WHERE hour >= ${first} AND hour < ${last}${bucketed ? ' AND hourly' : ''}
        AND ${filters()}
      UNION ALL
      SELECT ${columns("toDateTime(start_time, 'UTC')", 'raw')}
      FROM spans
      WHERE is_call AND ${within('start_time', range)}
        AND (start_time < ${first} OR start_time >= ${last}${bucketed ? ' OR NOT hourly' : ''})
        AND ${filters()}
    )`
}
