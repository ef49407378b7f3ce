/** A query parameter that is `true` or `false`. */
import { z } from '@hono/zod-openapi'

/** What a request may say, and what is read from it. */
export type BooleanParameter = z.ZodType<boolean | undefined, 'true' | 'false' | undefined>

/** Makes one; nothing where it is absent. */
export function booleanParameter(description: string): BooleanParameter {
  return z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .openapi({ type: 'boolean', description })
}
