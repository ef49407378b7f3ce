/**
 * `GET /api/v1/export`: everything of a period as a file.
 *
 * Invariant: bounded memory, at most `MAX_EXPORTS` at a time, and a file that could not be finished breaks the
 * connection: a short file never looks whole.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { readerOf } from '../access/scope.ts'
import { exportEvents } from '../query/export-events.ts'
import { exportFocus } from '../query/export-focus.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import type { ApiOptions } from './app.ts'
import { creditRates } from './event-response.ts'
import { badQuery, problem, problemSchema } from './problem.ts'
import { problemResponses, refuseBadQuery } from './refusals.ts'
import { BYTE_ORDER_MARK, bomParameter } from './table.ts'

const MAX_EXPORTS = 4
const TYPES = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  focus: 'text/csv; charset=utf-8',
} as const
const NAMES = {
  csv: 'usage-{}.csv',
  jsonl: 'usage-{}.jsonl',
  parquet: 'usage-{}.parquet',
  focus: 'focus-{}.csv',
} as const

const parameters = z.strictObject({
  ...periodShape,
  ...filterShape,
  format: z
    .enum(['csv', 'jsonl', 'parquet', 'focus'])
    .default('csv')
    .openapi({
      description:
        '`csv`, `jsonl`, `parquet`: a row for each call, with the fields of a usage event. `focus`: what they cost ' +
        'by day as FinOps FOCUS 1.2 (CSV).',
    }),
  bom: bomParameter,
})
const file = (description: string) => ({ schema: z.string().openapi({ description, format: 'binary' }) })
const route = createRoute({
  method: 'get',
  path: '/api/v1/export',
  operationId: 'exportUsage',
  summary: 'Everything of a period as a file',
  description:
    'Streams all calls of a period, oldest first (Parquet: in the order of the store). `X-Total-Count` is the number ' +
    'of rows. When something fails on the way, the connection breaks: a file that ends well is whole.',
  request: { query: parameters },
  responses: {
    200: {
      description: 'The file.',
      content: {
        'text/csv': file('Comma separated with a header; no cell is a formula.'),
        'application/x-ndjson': file('One usage event a line.'),
        'application/vnd.apache.parquet': file('Apache Parquet; `cost_exact` is a decimal.'),
      },
    },
    ...problemResponses(problemSchema),
  },
})

/** Creates the endpoint. */
export function createExport(options: ApiOptions): OpenAPIHono {
  const { reader, now, report } = options
  let running = 0
  const app = new OpenAPIHono({ defaultHook: refuseBadQuery(Object.keys(parameters.shape)) })
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const period = resolvePeriod(query, now().getTime())
    if (Array.isArray(period)) return badQuery(c, period) as never
    if (running >= MAX_EXPORTS)
      return problem(
        c,
        'busy',
        `cannot export now: ${MAX_EXPORTS} exports are running; try again later`,
      ) as never
    running += 1
    let ended = false
    const release = (): void => {
      if (!ended) running -= 1
      ended = true
    }
    try {
      const context = { reader: readerOf(c, reader), signal: c.req.raw.signal }
      const filters = pickFilters(query)
      const { format } = query
      const { rows, bytes } =
        format === 'focus'
          ? { rows: undefined, bytes: exportFocus(context, period, filters) }
          : await exportEvents(context, period, filters, { format, rates: creditRates(options) })
      // The first bytes decide between an answer and an error: from then on the status is sent.
      const first = await bytes.next()
      const marked = query.bom === true && TYPES[format].startsWith('text/csv')
      const body = streamOf(marked ? withMark(first) : first, bytes, release, report)
      return answer(c, NAMES[format].replace('{}', period.name), TYPES[format], rows, body) as never
    } catch (error) {
      release()
      throw error
    }
  })
  return app
}

function answer(
  c: Context,
  name: string,
  type: string,
  rows: number | undefined,
  body: ReadableStream<Uint8Array>,
): Response {
  c.header('Content-Type', type)
  c.header('Content-Disposition', `attachment; filename="${name}"`)
  c.header('Cache-Control', 'no-store')
  if (rows !== undefined) c.header('X-Total-Count', String(rows))
  return c.body(body, 200)
}

/** The first bytes of a CSV file, of which there are some at least: it has a header. */
function withMark(first: IteratorResult<Uint8Array, unknown>): IteratorResult<Uint8Array, unknown> {
  return first.done === true ? first : { value: Buffer.concat([Buffer.from(BYTE_ORDER_MARK), first.value]) }
}

/** Bytes as a stream that asks for more only when its reader has room. */
function streamOf(
  first: IteratorResult<Uint8Array, unknown>,
  bytes: AsyncGenerator<Uint8Array>,
  release: () => void,
  report: ApiOptions['report'],
): ReadableStream<Uint8Array> {
  let next: IteratorResult<Uint8Array, unknown> | undefined = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = next ?? (await bytes.next())
          next = undefined
          if (!done) {
            controller.enqueue(value)
            return
          }
          release()
          controller.close()
        } catch (error) {
          release()
          report?.(error)
          controller.error(error)
        }
      },
      async cancel() {
        release()
        await bytes.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
