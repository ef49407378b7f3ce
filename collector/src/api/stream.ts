/**
 * `GET /api/v1/stream`: totals as they change, as server-sent events.
 *
 * Invariant: at most `MAX_CLIENTS` watch, nobody is told more than once a second, and a watcher who does not
 * read is cut off instead of being remembered for.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { tenantOf } from '../access/scope.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import type { ApiOptions } from './app.ts'
import { LiveTotals } from './live-totals.ts'
import { badQuery, problem, problemSchema } from './problem.ts'
import { problemResponses, refuseBadQuery } from './refusals.ts'

const MAX_CLIENTS = 100
const MAX_QUESTIONS = 20
const HEARTBEAT_MS = 15_000
/** Events that may wait for a slow reader. */
const MAX_WAITING = 16

const parameters = z.strictObject({
  ...filterShape,
  timezone: periodShape.timezone,
  topic: z
    .enum(['cost'])
    .default('cost')
    .openapi({ description: 'What to watch: `cost` are the totals of today in `timezone`.' }),
})
const route = createRoute({
  method: 'get',
  path: '/api/v1/stream',
  operationId: 'watchUsage',
  summary: 'Totals as they change',
  description:
    'Server-sent events. `event: cost` carries the totals of today: at once, and then whenever they change, at most ' +
    'each second. A comment every 15 seconds keeps the connection; `event: problem` says that the store did not answer.',
  request: { query: parameters },
  responses: {
    200: {
      description: 'Events, until the client leaves.',
      content: {
        'text/event-stream': { schema: z.string().openapi({ description: 'Server-sent events.' }) },
      },
    },
    ...problemResponses(problemSchema),
  },
})

/** How the stream is paced; tests have less patience. */
export interface StreamPace {
  readonly everyMs?: number
  readonly heartbeatMs?: number
}

/** Creates the endpoint. */
export function createStream(options: ApiOptions, pace: StreamPace = {}): OpenAPIHono {
  const totals = new LiveTotals(options.reader, options.now, pace.everyMs)
  let clients = 0
  const app = new OpenAPIHono({ defaultHook: refuseBadQuery(Object.keys(parameters.shape)) })
  app.openapi(route, (c) => {
    const query = c.req.valid('query')
    const today = resolvePeriod({ period: 'today', timezone: query.timezone }, options.now().getTime())
    if (Array.isArray(today)) return badQuery(c, today) as never
    const question = { timezone: today.timezone, filters: pickFilters(query), tenant: tenantOf(c) }
    const room = totals.asks(question) || totals.questions < MAX_QUESTIONS
    if (clients >= MAX_CLIENTS || !room)
      return problem(
        c,
        'busy',
        `cannot watch now: ${clients} clients already do; ask /api/v1/stats/light instead`,
      ) as never
    clients += 1
    c.header('Content-Type', 'text/event-stream; charset=utf-8')
    c.header('Cache-Control', 'no-store')
    c.header('X-Accel-Buffering', 'no')
    const body = eventStream(totals, question, pace.heartbeatMs ?? HEARTBEAT_MS, c.req.raw.signal, () => {
      clients -= 1
    })
    return c.body(body, 200) as never
  })
  return app
}

function eventStream(
  totals: LiveTotals,
  question: Parameters<LiveTotals['watch']>[0],
  heartbeatMs: number,
  signal: AbortSignal,
  left: () => void,
): ReadableStream<Uint8Array> {
  let close = (): void => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true
        const send = (text: string): void => {
          if (!open) return
          if ((controller.desiredSize ?? 0) <= 0) end()
          else controller.enqueue(Buffer.from(text))
        }
        const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs)
        heartbeat.unref()
        let unwatch = (): void => {}
        const end = (): void => {
          if (!open) return
          open = false
          clearInterval(heartbeat)
          unwatch()
          left()
          try {
            controller.close()
          } catch {
            // the client was faster
          }
        }
        close = end
        send('retry: 3000\n\n')
        unwatch = totals.watch(question, (event) =>
          send(
            event instanceof Error
              ? `event: problem\ndata: ${JSON.stringify({ detail: 'cannot ask the store; the next totals come when it answers' })}\n\n`
              : `event: cost\ndata: ${JSON.stringify(event)}\n\n`,
          ),
        )
        if (signal.aborted) end()
        else signal.addEventListener('abort', end, { once: true })
      },
      cancel: () => close(),
    },
    { highWaterMark: MAX_WAITING },
  )
}
