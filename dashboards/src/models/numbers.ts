/** What the numbers and charts about kinds of tokens are made of. */
import { numbersOfCalls, numbersOverTime, type Pick } from '../sql/numbers.ts'

/** Of all calls of the range. */
export const total: Pick = numbersOfCalls({
  hit_ratio: 'if(sum(n_input_tokens) = 0, NULL, sum(n_cache_read_tokens) / sum(n_input_tokens))',
  cached_tokens: 'sum(n_cache_read_tokens)',
  reasoning_ratio: 'if(sum(n_output_tokens) = 0, NULL, sum(n_reasoning_tokens) / sum(n_output_tokens))',
  reasoning_tokens: 'sum(n_reasoning_tokens)',
})

/** Of the calls that began in each interval. */
export const overTime: Pick = numbersOverTime({
  fresh: 'sum(n_input_tokens) - sum(n_cache_read_tokens) - sum(n_cache_write_tokens)',
  cache_read: 'sum(n_cache_read_tokens)',
  cache_write: 'sum(n_cache_write_tokens)',
  answer: 'sum(n_output_tokens) - sum(n_reasoning_tokens)',
  reasoning: 'sum(n_reasoning_tokens)',
})
