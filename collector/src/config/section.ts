/**
 * What sections of the configuration share: how one is declared, and numbers that a variable may set as text.
 *
 * Invariant: a section knows nothing of the others.
 */
import { z } from 'zod'

/** One top-level part of the configuration. */
export interface Section<Shape extends z.ZodRawShape> {
  /** Top-level keys → what they hold; each has a default or is optional. */
  readonly shape: Shape
  /** Environment variable → the path that it sets. */
  readonly variables: Readonly<Record<string, readonly string[]>>
}

/** Declares a section; `schema.ts` lists them. */
export function defineSection<Shape extends z.ZodRawShape>(
  shape: Shape,
  variables: Section<Shape>['variables'] = {},
): Section<Shape> {
  return { shape, variables }
}

/** A whole number from `low` to `high`. */
export function whole(low: number, high: number): z.ZodCoercedNumber {
  return z.coerce.number().int().min(low).max(high)
}

/** A number of bytes, up to `high`. */
export function bytes(high: number = Number.MAX_SAFE_INTEGER): z.ZodCoercedNumber {
  return whole(1, high)
}

/** A decimal of 0 or more, kept digit by digit: as a number of YAML or, safer, as a text. */
export const decimal: z.ZodPipe<
  z.ZodUnion<readonly [z.ZodString, z.ZodNumber]>,
  z.ZodTransform<string, string | number>
> = z.union([z.string(), z.number()]).transform((value, context) => {
  const text = String(value)
  if (/^\d{1,26}(\.\d{1,12})?$/.test(text)) return text
  context.addIssue({ code: 'custom', message: 'is no decimal of 0 or more with up to 12 decimals' })
  return z.NEVER
})
