/** The query parameter with which a list goes on. */
import { z } from '@hono/zod-openapi'

export const cursorParameter: z.ZodOptional<z.ZodString> = z
  .string()
  .min(1, 'is empty; leave it out for the first page')
  .max(1000)
  .optional()
  .openapi({ description: '`next_cursor` of the page before, with the same other parameters.' })
