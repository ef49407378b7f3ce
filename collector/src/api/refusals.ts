/**
 * How routes refuse: the validation hook, and the error answers that every route documents.
 *
 * Invariant: what a route can answer is what its OpenAPI text says.
 */
import type { Hook, z } from '@hono/zod-openapi'
import type { Env } from 'hono'
import { badQuery, type Problem } from './problem.ts'
import { queryFaults } from './query-faults.ts'

/** A validation hook that lists every fault of a query, unknown parameters included. */
export function refuseBadQuery(known: readonly string[]): Hook<unknown, Env, string, unknown> {
  return (result, c) => {
    if (result.success) return undefined
    const parameters = Object.fromEntries(
      Object.entries(c.req.queries()).map(([name, values]) => [
        name,
        values.length === 1 ? values[0] : values,
      ]),
    )
    return badQuery(c, queryFaults(result.error.issues as z.core.$ZodIssue[], parameters, known))
  }
}

interface ProblemResponse {
  description: string
  content: { 'application/problem+json': { schema: z.ZodType<Problem> } }
}

/** The error answers of a route that asks the store. */
export function problemResponses(schema: z.ZodType<Problem>): Record<400 | 422 | 500 | 503, ProblemResponse> {
  const answer = (description: string): ProblemResponse => ({
    description,
    content: { 'application/problem+json': { schema } },
  })
  return {
    400: answer('The query is not valid; `errors` lists every fault.'),
    422: answer('The question is too expensive: shorten the period or add a filter.'),
    500: answer('The collector failed.'),
    503: answer('The store does not answer; see `Retry-After`.'),
  }
}
