/**
 * What every usage answer says about a set of calls: counts, tokens and cost.
 *
 * Invariant: a cost comes as the nearest number and as the exact text, and the calls that it lacks are counted
 * beside it; sums of sums are exact.
 */
import { z } from '@hono/zod-openapi'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { NOTHING, type UsageSums } from '../query/usage-sums.ts'

/** Counts of calls and tokens; costs in USD. */
export interface Amounts {
  calls: number
  errors: number
  input_tokens: number
  output_tokens: number
  total_tokens: number
  cache_read_tokens: number
  cache_write_tokens: number
  reasoning_tokens: number
  cost: number
  cost_exact: string
  unpriced_calls: number
  failed_calls: number
  estimated_calls: number
  missing_calls: number
}

/** A count as a schema. */
export const count = (description: string): z.ZodInt => z.int().nonnegative().openapi({ description })
/** A number as a schema. */
export const number = (description: string): z.ZodNumber => z.number().openapi({ description })
/** A text as a schema. */
export const text = (description: string): z.ZodString => z.string().openapi({ description })
/** An exact amount as a schema. */
export const exactText = (description: string): z.ZodString =>
  z
    .string()
    .regex(/^-?\d+(\.\d{1,12})?$/)
    .openapi({ description: `${description}, USD: exact, at most 12 decimals.` })

/** The fields of `Amounts`, to be spread into a schema. */
export const amountsShape: { [name in keyof Amounts]: z.ZodType<Amounts[name]> } = {
  calls: count('Calls to paid APIs.'),
  errors: count('Calls that ended in an error.'),
  input_tokens: count('Input tokens, with cached ones.'),
  output_tokens: count('Output tokens, with reasoning.'),
  total_tokens: count('Input and output tokens.'),
  cache_read_tokens: count('Input tokens read from a cache; part of `input_tokens`.'),
  cache_write_tokens: count('Input tokens written to a cache; part of `input_tokens`.'),
  reasoning_tokens: count('Reasoning tokens; part of `output_tokens`.'),
  cost: number('Sum of the known costs, USD: the nearest double.'),
  cost_exact: exactText('Sum of the known costs'),
  unpriced_calls: count('Calls that cost something nobody could rate; they are not in `cost`.'),
  failed_calls: count('Calls that the provider refused without usage: nothing to bill.'),
  estimated_calls: count('Calls whose usage was estimated.'),
  missing_calls: count('Calls whose usage is not known.'),
}

/** Shows sums. Pure. */
export function amountsOf(sums: UsageSums): Amounts {
  const exact = formatDecimal(parseDecimal(sums.cost))
  return {
    calls: Number(sums.calls),
    errors: Number(sums.errors),
    input_tokens: Number(sums.input_tokens),
    output_tokens: Number(sums.output_tokens),
    total_tokens: Number(sums.input_tokens) + Number(sums.output_tokens),
    cache_read_tokens: Number(sums.cache_read_tokens),
    cache_write_tokens: Number(sums.cache_write_tokens),
    reasoning_tokens: Number(sums.reasoning_tokens),
    cost: Number(exact),
    cost_exact: exact,
    unpriced_calls: Number(sums.unpriced_calls),
    failed_calls: Number(sums.failed_calls),
    estimated_calls: Number(sums.estimated_calls),
    missing_calls: Number(sums.missing_calls),
  }
}

/** The sums of several rows together. */
export function addSums(rows: readonly UsageSums[]): UsageSums {
  const names = Object.keys(NOTHING) as (keyof UsageSums)[]
  const total = (name: keyof UsageSums): number | string =>
    name === 'cost'
      ? formatDecimal(rows.reduce((sum, row) => sum + parseDecimal(row.cost), 0n))
      : rows.reduce((sum, row) => sum + Number(row[name]), 0)
  return Object.fromEntries(names.map((name) => [name, total(name)])) as unknown as UsageSums
}

/** A part of a whole from 0 to 1; null when the whole is 0. */
export function share(part: string | number, whole: string | number): number | null {
  return Number(whole) === 0 ? null : Number(part) / Number(whole)
}
