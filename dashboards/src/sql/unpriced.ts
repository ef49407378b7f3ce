/** Calls of the range that cost something nobody could rate, by model and reason. */
import { hourly, same } from './hourly.ts'
import { sql } from './text.ts'

/** Why a call has no cost, in words. */
const REASON = sql`
  transform(unpriced_reason,
    ['unknown_model', 'missing_usage', 'unpriced_usage'],
    ['unknown model', 'no usage reported', 'a kind of usage has no price'], unpriced_reason)`

/** A query: `model`, `provider`, `reason`, `tokens`, `time` (of the last call), `requests`; the `count` with the most. */
export function unpricedModels(count: number): string {
  const calls = hourly({
    rollup: 'rollup_unpriced_hour',
    condition: "is_call AND isNull(spans.cost) AND unpriced_reason != 'failed'",
    columns: {
      ...same(['provider', 'unpriced_reason']),
      n_model: { raw: 'model', rollup: 'model' },
      n_calls: { raw: 'toUInt64(1)', rollup: 'calls' },
      n_tokens: { raw: 'spans.input_tokens + spans.output_tokens', rollup: 'input_tokens + output_tokens' },
      n_last: { raw: 'start_time', rollup: 'last_call' },
    },
  })
  return sql`
    SELECT
      if(n_model = '', 'unknown', n_model) AS model, provider,
      ${REASON} AS reason,
      sum(n_tokens) AS tokens, max(n_last) AS time, sum(n_calls) AS requests
    FROM ${calls}
    GROUP BY model, provider, reason
    ORDER BY requests DESC, model, reason
    LIMIT ${count}`
}
