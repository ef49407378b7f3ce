/**
 * What endpoints that change something share: path, body in, one answer out.
 *
 * Invariant: an action is its parameters, its schemas and one function; it is never cached, and every fault of the
 * body is named at once.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { tenantOf } from '../access/scope.ts'
import type { Fault } from '../query/period.ts'
import { NotFound } from './endpoint.ts'
import { badQuery, type Problem, problem, problemSchema } from './problem.ts'

/** What an action answers to. */
export interface ActionAsked<Body> {
  readonly body: Body
  /** Parameters of the path. */
  readonly params: Readonly<Record<string, string>>
  /** The tenant that the caller is bound to. */
  readonly tenant: string | undefined
  /** Ends when the caller has gone. */
  readonly signal: AbortSignal
}

/** One action. */
export interface ActionSpec<Body, Answer extends object> {
  readonly method: 'post' | 'delete'
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly params?: Readonly<Record<string, string>>
  /** What is sent; absent = nothing. */
  readonly body?: z.ZodType<Body>
  readonly schema: z.ZodType<Answer>
  readonly example: Answer
  readonly answer: (asked: ActionAsked<Body>) => Promise<Answer | Fault[] | NotFound>
}

/** Creates one. */
export function createAction<Body, Answer extends object>(spec: ActionSpec<Body, Answer>): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook(result, c) {
      if (result.success) return undefined
      const faults = (result.error.issues as z.core.$ZodIssue[]).map(({ path, message }) => ({
        name: path.join('.') || 'body',
        detail: message,
      }))
      return badQuery(c, faults)
    },
  })
  app.openapi(routeOf(spec), async (c) => {
    const answer = await spec.answer({
      body: (spec.body === undefined ? undefined : c.req.valid('json' as never)) as Body,
      params: c.req.param() as Record<string, string>,
      tenant: tenantOf(c),
      signal: c.req.raw.signal,
    })
    return send(c, answer) as never
  })
  // what the body's parser throws is the sender's fault
  app.onError((error, c) => {
    if (!('status' in error) || (error.status !== 400 && error.status !== 415)) throw error
    const why =
      error.status === 400
        ? 'it is no JSON'
        : `it comes as ${c.req.header('content-type') ?? 'nothing that is known'}`
    return problem(
      c,
      'bad-query',
      `cannot read the body of ${c.req.path}: ${why}; send JSON with the header content-type: application/json`,
    )
  })
  return app
}

function send(c: Context, answer: object | Fault[] | NotFound): Response {
  if (Array.isArray(answer)) return badQuery(c, answer)
  if (answer instanceof NotFound) return problem(c, 'not-found', answer.detail)
  c.header('Cache-Control', 'no-store')
  return c.json(answer as never, 200)
}

function routeOf<Body, Answer extends object>(spec: ActionSpec<Body, Answer>) {
  const params = Object.entries(spec.params ?? {}).map(([name, description]) => [
    name,
    z
      .string()
      .min(1)
      .max(256)
      .openapi({ param: { name, in: 'path' }, description }),
  ])
  const refused = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: problemSchema as z.ZodType<Problem> } },
  })
  return createRoute({
    method: spec.method,
    path: spec.path,
    operationId: spec.operationId,
    summary: spec.summary,
    description: spec.description,
    request: {
      ...(params.length === 0 ? {} : { params: z.object(Object.fromEntries(params)) }),
      ...(spec.body === undefined
        ? {}
        : { body: { required: true, content: { 'application/json': { schema: spec.body } } } }),
    },
    responses: {
      200: {
        description: 'The answer.',
        content: { 'application/json': { schema: spec.schema, example: spec.example } },
      },
      400: refused('The body is not valid; `errors` lists every fault.'),
      401: refused('A token is needed.'),
      403: refused('The token may not do this.'),
      ...(params.length === 0 ? {} : { 404: refused('There is no such thing.') }),
      500: refused('The collector failed.'),
    },
  })
}
