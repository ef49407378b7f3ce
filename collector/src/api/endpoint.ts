/**
 * What all endpoints share: parameters in, every fault or one answer out, as JSON or as a table.
 *
 * Invariant: an endpoint is its parameters, its schema and one function; how it refuses, shows itself in the
 * OpenAPI text and writes files is the same everywhere.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { readerOf, tenantOf } from '../access/scope.ts'
import type { QueryContext } from '../query/execute.ts'
import type { Fault } from '../query/period.ts'
import type { ApiOptions } from './app.ts'
import { badQuery, problem, problemSchema } from './problem.ts'
import { problemResponses, refuseBadQuery } from './refusals.ts'
import {
  BYTE_ORDER_MARK,
  bomParameter,
  TABLE_FORMATS,
  type Table,
  type TableFormat,
  writeTable,
} from './table.ts'

/** There is no such thing: the sentence for the caller. */
export class NotFound {
  readonly detail: string
  constructor(detail: string) {
    this.detail = detail
  }
}

/** What an endpoint answers to. */
export interface Asked<Query> {
  readonly query: Query
  /** Parameters of the path. */
  readonly params: Readonly<Record<string, string>>
  /** The instant of the question, milliseconds. */
  readonly now: number
  readonly context: QueryContext
  /** The tenant that the caller is bound to; what the store answers is of it alone already. */
  readonly tenant: string | undefined
}

/** One endpoint. */
export interface EndpointSpec<Shape extends z.ZodRawShape, Body extends object> {
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly query: Shape
  /** Parameters of the path and what they are. */
  readonly params?: Readonly<Record<string, string>>
  readonly schema: z.ZodType<Body>
  readonly example: Body
  /** Whether it can say that there is no such thing; it can where the path has parameters. */
  readonly finds?: boolean
  /** The answer as a table; without it there is only JSON. */
  readonly table?: (body: Body, query: z.output<z.ZodObject<Shape>>) => Table
  readonly answer: (asked: Asked<z.output<z.ZodObject<Shape>>>) => Promise<Body | Fault[] | NotFound>
}

const format = z.enum(['json', 'csv', 'jsonl']).optional().openapi({
  description:
    'How the answer is written; default: what `Accept` asks for (`text/csv`, `application/x-ndjson`), else `json`.',
})

/** Creates one endpoint. */
export function createEndpoint<Shape extends z.ZodRawShape, Body extends object>(
  { reader, now }: ApiOptions,
  spec: EndpointSpec<Shape, Body>,
): OpenAPIHono {
  const shape: z.ZodRawShape = {
    ...spec.query,
    ...(spec.table === undefined ? {} : { format, bom: bomParameter }),
  }
  const app = new OpenAPIHono({ defaultHook: refuseBadQuery(Object.keys(shape)) })
  app.openapi(routeOf(spec, shape), async (c) => {
    const { format: written, bom, ...query } = c.req.valid('query' as never) as Record<string, unknown>
    const body = await spec.answer({
      query: query as never,
      params: c.req.param() as Record<string, string>,
      now: now().getTime(),
      context: { reader: readerOf(c, reader), signal: c.req.raw.signal },
      tenant: tenantOf(c),
    })
    if (Array.isArray(body)) return badQuery(c, body) as never
    if (body instanceof NotFound) return problem(c, 'not-found', body.detail) as never
    const wanted = spec.table === undefined ? 'json' : (written ?? accepted(c))
    if (spec.table === undefined || wanted === 'json') return c.json(body as never, 200) as never
    return tableAnswer(c, spec.table(body, query as never), wanted as TableFormat, bom === true) as never
  })
  return app
}

/** Answers with a table as a file. */
function tableAnswer(c: Context, table: Table, wanted: TableFormat, bom: boolean): Response {
  c.header('Content-Type', TABLE_FORMATS[wanted])
  c.header('Content-Disposition', `attachment; filename="${table.name}.${wanted}"`)
  c.header('Vary', 'Accept', { append: true })
  const mark = bom && wanted === 'csv' ? BYTE_ORDER_MARK : ''
  return c.body(mark + writeTable(table, wanted), 200)
}

/** The format that `Accept` asks for, where the query names none. */
function accepted(c: Context): 'json' | TableFormat {
  const accept = c.req.header('accept') ?? ''
  if (/\btext\/csv\b/i.test(accept)) return 'csv'
  return /\bapplication\/(x-ndjson|jsonl|x-jsonlines)\b/i.test(accept) ? 'jsonl' : 'json'
}

function routeOf<Shape extends z.ZodRawShape, Body extends object>(
  spec: EndpointSpec<Shape, Body>,
  shape: z.ZodRawShape,
) {
  const params = Object.entries(spec.params ?? {}).map(([name, description]) => [
    name,
    z
      .string()
      .min(1)
      .max(256)
      .openapi({ param: { name, in: 'path' }, description }),
  ])
  const files = {
    'text/csv': { schema: z.string().openapi({ description: 'Comma separated, with a header.' }) },
    'application/x-ndjson': { schema: z.string().openapi({ description: 'One JSON object a line.' }) },
  }
  return createRoute({
    method: 'get',
    path: spec.path,
    operationId: spec.operationId,
    summary: spec.summary,
    description: spec.description,
    request: {
      query: z.strictObject(shape),
      ...(params.length === 0 ? {} : { params: z.object(Object.fromEntries(params)) }),
    },
    responses: {
      200: {
        description: 'The answer.',
        content: {
          'application/json': { schema: spec.schema, example: spec.example },
          ...(spec.table === undefined ? {} : files),
        },
      },
      ...(params.length === 0 && spec.finds !== true
        ? {}
        : {
            404: {
              description: 'There is no such thing.',
              content: { 'application/problem+json': { schema: problemSchema } },
            },
          }),
      ...problemResponses(problemSchema),
    },
  })
}
