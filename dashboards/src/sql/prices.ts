/**
 * What prompt caches bring, at list prices: the calls beside the prices that the collector wrote down.
 *
 * Invariant: an estimate, and its panels say so; a model without a list price adds nothing.
 */
import { calls } from './calls.ts'
import { sql } from './text.ts'

/** The relation: a row a provider and model with `saved`, `extra`, `n_input`, `n_read`, `n_write` and `priced`. */
export function cacheSavings(): string {
  return sql`
    (
      SELECT provider, model, n_input, n_read, n_write, input_price IS NOT NULL AS priced,
        ifNull(n_read * (input_price - cache_read_price), 0) AS saved,
        ifNull(n_write * (cache_write_price - input_price), 0) AS extra
      FROM (
        SELECT provider, model, sum(n_input_tokens) AS n_input, sum(n_cache_read_tokens) AS n_read,
          sum(n_cache_write_tokens) AS n_write
        FROM ${calls({
          measures: ['input_tokens', 'cache_read_tokens', 'cache_write_tokens'],
          dimensions: ['provider', 'model'],
        })}
        GROUP BY provider, model
      ) AS used
      LEFT JOIN (
        SELECT provider, model, toNullable(argMax(input, priced_at)) AS input_price,
          toNullable(argMax(cache_read, priced_at)) AS cache_read_price,
          toNullable(argMax(cache_write, priced_at)) AS cache_write_price
        FROM model_prices
        GROUP BY provider, model
      ) AS listed USING (provider, model)
    )`
}
