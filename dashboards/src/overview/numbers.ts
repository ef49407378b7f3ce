/**
 * What the numbers and charts of the overview are made of.
 *
 * Invariant: a failed call that the provider did not bill is not "unpriced"; a call without a price is.
 */
import { percentile } from '../sql/latency.ts'
import { numbersOfCalls, numbersOfLatency, numbersOverTime, type Pick } from '../sql/numbers.ts'
import { PICKED } from '../sql/time.ts'

const ANSWERED = 'sum(n_calls) - sum(n_failed_calls)'

/** Of all calls of the range. */
export const total: Pick = numbersOfCalls({
  spend: 'sum(n_cost)',
  change:
    'if(sumIf(n_cost, earlier) = 0, NULL, toFloat64(sum(n_cost)) / toFloat64(sumIf(n_cost, earlier)) - 1)',
  requests: 'sum(n_calls)',
  per_minute: `sum(n_calls) / greatest((${PICKED.to} - ${PICKED.from}) / 60000, 1 / 60)`,
  error_rate: 'if(sum(n_calls) = 0, NULL, sum(n_errors) / sum(n_calls))',
  errors: 'sum(n_errors)',
  tokens: 'sum(n_input_tokens) + sum(n_output_tokens)',
  cached: 'if(sum(n_input_tokens) = 0, NULL, sum(n_cache_read_tokens) / sum(n_input_tokens))',
  unpriced: `if(${ANSWERED} = 0, NULL, sum(n_unpriced_calls) / (${ANSWERED}))`,
  uncertain: `if(${ANSWERED} = 0, NULL,
    greatest(toInt64(sum(n_estimated_calls) + sum(n_missing_calls)) - sum(n_failed_calls), 0) / (${ANSWERED}))`,
})

/** How long they took, all of them and in each interval. */
export const duration: { total: Pick; overTime: Pick } = numbersOfLatency({
  latency_p95: percentile('latency', 1),
  latency_p50: percentile('latency', 0),
  first_token_p95: percentile('ttfc', 1),
  first_token_p50: percentile('ttfc', 0),
})

/** Of the calls that began in each interval. */
export const overTime: Pick = numbersOverTime({
  succeeded: 'sum(n_calls) - sum(n_errors)',
  failed: 'sum(n_errors)',
  input: 'sum(n_input_tokens) - sum(n_cache_read_tokens) - sum(n_cache_write_tokens)',
  cache_read: 'sum(n_cache_read_tokens)',
  cache_write: 'sum(n_cache_write_tokens)',
  output: 'sum(n_output_tokens)',
})
