/**
 * Amounts of money and the thresholds on them, in words.
 *
 * Invariant: compared as integers of 1e-12 USD; rounded for people only.
 */
import { z } from 'zod'
import { formatDecimal } from '../../query/decimal.ts'
import type { Finding } from './rule-kind.ts'
import { keyOf, nameOf } from './scope.ts'

/** A decimal amount above zero, written as text or number; as text afterwards. */
export const amount: z.ZodType<string, string | number> = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => /^\d{1,20}(\.\d{1,12})?$/.test(text) && /[1-9]/.test(text), {
    message: 'is no amount above zero with at most 12 decimals',
  })

/** At which percent somebody is told where nothing is said. */
export const THRESHOLDS: readonly number[] = [50, 80, 100]

/** Percentages in rising order. */
export const thresholds: z.ZodDefault<z.ZodArray<z.ZodNumber>> = z
  .array(z.number().positive().max(10_000))
  .min(1)
  .max(20)
  .default([...THRESHOLDS])

const small = new Intl.NumberFormat('en-US', {
  ...{ style: 'currency', currency: 'USD', maximumSignificantDigits: 3 },
})

/** USD for people: two decimals, or more where the amount is small. */
export function usd(units: bigint): string {
  const value = Number(formatDecimal(units))
  if (value === 0 || Math.abs(value) >= 1) return `$${value.toFixed(2)}`
  return small.format(value).replace(/\.\d$/, '$&0')
}

/** What stands against a limit, per threshold in percent. */
export interface Standing {
  readonly subject: Readonly<Record<string, string>>
  readonly spent: bigint
  readonly limit: bigint
  readonly percents: readonly number[]
  /** Key of the period. */
  readonly period: string
  /** `Spend of this month`. */
  readonly what: string
  /** An amount for people; USD where it is absent. */
  readonly show?: (units: bigint) => string
}

/** A finding for each threshold. */
export function thresholdFindings(standing: Standing): Finding[] {
  const { subject, spent, limit, percents, period, what, show = usd } = standing
  const reached = limit === 0n ? 0 : Number((spent * 10_000n) / limit) / 100
  return percents.map((percent) => {
    // percent has at most a few decimals: hundredths of it are whole
    const bound = limit * BigInt(Math.round(percent * 100))
    const name = nameOf(subject)
    return {
      key: `${keyOf(subject)}|${percent}|${period}`,
      subject,
      period,
      breached: spent * 10_000n >= bound,
      cleared: spent * 10_500n < bound,
      value: `${show(spent)} (${reached}%)`,
      threshold: `${percent}% of ${show(limit)}`,
      title: `${what}${name} has reached ${percent}%`,
      summary: `${show(spent)} of ${show(limit)} are used, ${reached}%.`,
    }
  })
}
