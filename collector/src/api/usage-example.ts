/**
 * Rows from which the examples of the usage endpoints are computed.
 *
 * Invariant: the money in an example follows from tokens and unit prices, as everywhere.
 */
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { type Period, resolvePeriod } from '../query/period.ts'
import type { UsageRow } from '../query/usage-cube.ts'
import { NOTHING, type UsageSums } from '../query/usage-sums.ts'

/** The period of the examples: two days of March in Berlin. */
export function examplePeriod(): Period {
  return resolvePeriod(
    { period: 'custom', startDate: '2026-03-01', endDate: '2026-03-03', timezone: 'Europe/Berlin' },
    0,
  ) as Period
}

/** Calls of 1,000 input tokens at 0.15 and 100 output tokens at 0.60 USD per million. */
export function exampleSums(calls: number): UsageSums {
  const one = 1000n * parseDecimal('0.00000015') + 100n * parseDecimal('0.0000006')
  return {
    ...NOTHING,
    calls,
    input_tokens: 1000 * calls,
    output_tokens: 100 * calls,
    cost: formatDecimal(BigInt(calls) * one),
  }
}

/** One row of an example. */
export function exampleRow(calls: number, bucket: number, key: readonly string[] = [], place = 0): UsageRow {
  return { ...exampleSums(calls), bucket: bucket / 1000, key, label: '', place, members: 1 }
}
