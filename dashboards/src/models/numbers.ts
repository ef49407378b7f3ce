/** What the numbers and charts about kinds of tokens are made of. */
import { numbersOfCalls, numbersOverTime, type Pick } from '../sql/numbers.ts'

/** Cost of a million tokens; what is 0 has no price. */
function perMillion(sum: (measure: string) => string): string {
  const tokens = `(${sum('n_input_tokens')} + ${sum('n_output_tokens')})`
  return `if(${tokens} = 0, NULL, toFloat64(${sum('n_cost')}) / ${tokens} * 1000000)`
}
const PRICE = perMillion((measure) => `sum(${measure})`)

/** Of all calls of the range. */
export const total: Pick = numbersOfCalls({
  price: PRICE,
  change: `${PRICE} / nullIf(${perMillion((measure) => `sumIf(${measure}, earlier)`)}, 0) - 1`,
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
