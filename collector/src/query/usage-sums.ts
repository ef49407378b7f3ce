/**
 * The sums that every usage question shares, read from raw spans or from a rollup.
 *
 * Invariant: both readings give the same numbers for the same calls, because each column here is defined
 * once as an expression over `spans` and has the same name in the rollups.
 */

/** Sums over calls; token counts are tokens, `cost` is a decimal string in USD. */
export interface UsageSums {
  readonly calls: number
  readonly errors: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly cache_read_tokens: number
  readonly cache_write_tokens: number
  readonly reasoning_tokens: number
  /** Of the calls that have a cost; the counts below say how many have none. */
  readonly cost: string
  /** Calls that cost something nobody could rate. */
  readonly unpriced_calls: number
  /** Calls that the provider refused and for which it reported no usage: nothing to bill. */
  readonly failed_calls: number
  /** Calls whose usage was estimated. */
  readonly estimated_calls: number
  /** Calls whose usage is not known. */
  readonly missing_calls: number
}

/** Condition on `spans` for a call that costs something nobody could rate. */
export const UNPRICED = "(cost IS NULL AND unpriced_reason != 'failed')"

const COLUMNS: Readonly<Record<keyof UsageSums, string>> = {
  calls: '1',
  errors: "status = 'error'",
  input_tokens: 'input_tokens',
  output_tokens: 'output_tokens',
  cache_read_tokens: 'cache_read_tokens',
  cache_write_tokens: 'cache_write_5m_tokens + cache_write_1h_tokens + cache_write_other_tokens',
  reasoning_tokens: 'reasoning_tokens',
  cost: 'ifNull(cost, 0)',
  unpriced_calls: UNPRICED,
  failed_calls: "unpriced_reason = 'failed'",
  estimated_calls: "usage_source = 'estimated'",
  missing_calls: "usage_source = 'missing'",
}
const NAMES = Object.keys(COLUMNS) as (keyof UsageSums)[]
/** The type in which a summand travels, so that raw spans and rollups can stand in one UNION ALL. */
const typeOf = (name: keyof UsageSums): string => (name === 'cost' ? 'Decimal(38, 12)' : 'UInt64')

const every = NAMES as readonly UsageSum[]

/** Name of one sum. */
export type UsageSum = keyof UsageSums

/** One summand per row of `spans`, named and typed as in the rollups. */
export function rawSummands(names: readonly UsageSum[] = every): string {
  return names.map((name) => `CAST(${COLUMNS[name]}, '${typeOf(name)}') AS n_${name}`).join(', ')
}

/** One summand per row of a rollup. */
export function rollupSummands(names: readonly UsageSum[] = every): string {
  return names.map((name) => `CAST(${name}, '${typeOf(name)}') AS n_${name}`).join(', ')
}

/** Sums of the summands under the same names, to be summed once more. */
export function partialSums(names: readonly UsageSum[] = every): string {
  return names.map((name) => `sum(n_${name}) AS n_${name}`).join(', ')
}

/** Sums of the summands as the columns of `UsageSums`; the cost as text, because a double cannot hold it. */
export function usageSums(names: readonly UsageSum[] = every): string {
  return names
    .map((name) => (name === 'cost' ? 'toString(sum(n_cost)) AS cost' : `sum(n_${name}) AS ${name}`))
    .join(', ')
}

/** The sums of no calls at all. */
export const NOTHING: UsageSums = {
  calls: 0,
  errors: 0,
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
  reasoning_tokens: 0,
  cost: '0',
  unpriced_calls: 0,
  failed_calls: 0,
  estimated_calls: 0,
  missing_calls: 0,
}
