/**
 * A query parameter that is a whole number in a range.
 *
 * Invariant: a value outside the range is refused; it is never clamped to what the caller did not ask for.
 */
import { z } from '@hono/zod-openapi'

/** A whole number from `min` (1) to `max`, `fallback` when absent. */
export function wholeNumber(
  name: string,
  max: number,
  fallback: number,
  description: string,
  min: 0 | 1 = 1,
): z.ZodType<number, string | undefined> {
  const rule = `must be a whole number from ${min} to ${max}`
  return z
    .string({
      error: (issue) =>
        Array.isArray(issue.input) ? `${name} is given more than once; write it once` : rule,
    })
    .regex(/^(0|[1-9]\d{0,8})$/, rule)
    .transform(Number)
    .refine((value) => value >= min && value <= max, rule)
    .optional()
    .transform((value) => value ?? fallback)
    .openapi({ type: 'integer', minimum: min, maximum: max, default: fallback, description })
}
