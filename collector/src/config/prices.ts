/** Prices of one's own: overrides of the price book, contracts of tenants, multipliers. */
import { z } from 'zod'
import { decimal, defineSection } from './section.ts'

const name = z.string().min(1).max(256)
const day = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'is no date such as 2026-01-31')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'is no date such as 2026-01-31')

/** USD for a million tokens. */
const perMillion = z
  .strictObject({
    input: decimal,
    output: decimal,
    cacheRead: decimal.optional(),
    cacheWrite: decimal.optional(),
    cacheWrite1h: decimal.optional(),
    audioInput: decimal.optional(),
    audioOutput: decimal.optional(),
    imageInput: decimal.optional(),
    imageOutput: decimal.optional(),
    reasoning: decimal.optional(),
  })
  .optional()

const price = z
  .strictObject({
    /** Is part of the price version of what it rates. */
    name: name.regex(/^[\w.-]+$/, 'has other characters than letters, digits, ".", "_" and "-"'),
    provider: name.optional(),
    /** Model, or its beginning and `*`. */
    model: name.optional(),
    tenants: z.array(name).min(1, 'is empty, which does not mean "all"; leave it out').optional(),
    /** First and last day on which it holds, UTC. */
    from: day.optional(),
    to: day.optional(),
    multiplier: decimal.optional(),
    perMillion,
    perCall: decimal.optional(),
  })
  .refine(
    ({ perMillion: own, perCall, multiplier }) =>
      own !== undefined || perCall !== undefined || multiplier !== undefined,
    {
      error: 'says no price; give perMillion, perCall or multiplier',
    },
  )
  .refine(
    ({ perMillion: own, perCall, multiplier }) =>
      multiplier === undefined || (own === undefined && perCall === undefined),
    {
      error: 'has prices and a multiplier; a multiplier is for the price book: give one or the other',
    },
  )

const shape = {
  prices: z
    .array(price)
    .superRefine((prices, context) => {
      const seen = new Set<string>()
      for (const [index, { name: own }] of prices.entries()) {
        if (seen.has(own))
          context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is there twice' })
        seen.add(own)
      }
    })
    .default([]),
}

/** `prices`. */
export const pricesSection = defineSection(shape)

/** A price of one's own. */
export type PriceConfig = z.infer<typeof price>
