/**
 * Errors as RFC 9457 problem details.
 *
 * Invariant: every error answer of the API is `application/problem+json`, is never cached, names every fault
 * of the query at once, and shows nothing of the inside.
 */
import { z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { Fault } from '../query/period.ts'

/** The body of every error answer. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  errors?: { name: string; detail: string }[] | undefined
}

/** `Problem` as a schema. */
export const problemSchema: z.ZodType<Problem> = z
  .object({
    type: z.string().openapi({
      description: 'Identifies the kind of problem.',
      example: 'urn:spanmeter:problem:bad-query',
    }),
    title: z
      .string()
      .openapi({ description: 'The kind of problem in words; the same for every occurrence.' }),
    status: z.int().openapi({ description: 'The HTTP status.' }),
    detail: z.string().openapi({ description: 'What happened here, and what to do.' }),
    errors: z
      .array(
        z.object({
          name: z.string().openapi({ description: 'The query parameter.' }),
          detail: z.string().openapi({ description: 'What is wrong with it.' }),
        }),
      )
      .optional()
      .openapi({ description: 'Every fault of the query.' }),
  })
  .openapi('Problem')

const TITLES = {
  'bad-query': [400, 'The query is not valid'],
  'bad-config': [400, 'The configuration is not valid'],
  unauthorized: [401, 'A token is needed'],
  forbidden: [403, 'The token may not do this'],
  'not-found': [404, 'There is nothing here'],
  'not-writable': [409, 'There is nowhere to write to'],
  changed: [412, 'It has changed meanwhile'],
  'method-not-allowed': [405, 'This address only answers GET'],
  'too-large': [422, 'The answer would be too expensive'],
  internal: [500, 'The collector failed'],
  busy: [503, 'The collector has too much to do'],
  'store-unavailable': [503, 'The store does not answer'],
} as const

/** The kinds of problem. */
export type ProblemKind = keyof typeof TITLES

/** Answers with a problem. */
export function problem(c: Context, kind: ProblemKind, detail: string, errors?: readonly Fault[]): Response {
  const [status, title] = TITLES[kind]
  c.header('Content-Type', 'application/problem+json')
  c.header('Cache-Control', 'no-store')
  if (status === 503) c.header('Retry-After', '5')
  const body = { type: `urn:spanmeter:problem:${kind}`, title, status, detail, ...(errors ? { errors } : {}) }
  return c.body(JSON.stringify(body), status)
}

/** Answers 400 with all faults. */
export function badQuery(c: Context, faults: readonly Fault[]): Response {
  const detail = faults.map((fault) => `${fault.name}: ${fault.detail}`).join('; ')
  return problem(c, 'bad-query', `cannot answer ${c.req.path}: ${detail}`, faults)
}
