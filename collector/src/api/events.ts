/**
 * `GET /api/v1/usage/events`: single calls, a page at a time.
 *
 * Invariant: a cursor continues the question it came from and no other; whoever changes a filter starts anew.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { USAGE_SOURCES } from '@spanmeter/middleware/attributes'
import { decodeCursor, encodeCursor, fingerprint } from '../query/cursor.ts'
import { isPosition, SORTS } from '../query/event-sort.ts'
import { filterShape, pickFilters, repeatable } from '../query/filters.ts'
import { type Fault, type Period, resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { usageEvents } from '../query/usage-events.ts'
import type { ApiOptions } from './app.ts'
import { periodOf } from './billing-response.ts'
import { booleanParameter } from './boolean-parameter.ts'
import { cursorParameter } from './cursor-parameter.ts'
import { createEndpoint } from './endpoint.ts'
import { eventsExample } from './event-example.ts'
import { creditRates, syncOf, usageEvent } from './event-response.ts'
import { eventFields, usageEventsSchema } from './event-schema.ts'
import { tableOf } from './table.ts'
import { wholeNumber } from './whole-number.ts'

const STATUSES = ['unset', 'ok', 'error'] as const

const parameters = z.strictObject({
  ...periodShape,
  ...filterShape,
  status: repeatable(
    z.enum(STATUSES),
    { type: 'string', enum: [...STATUSES] },
    'Only calls with this span status; a success is `unset` or `ok`. Repeat it for several.',
  ),
  usage_source: repeatable(
    z.enum(USAGE_SOURCES),
    { type: 'string', enum: [...USAGE_SOURCES] },
    'Only calls whose token counts come from here. Repeat it for several.',
  ),
  unpriced: booleanParameter(
    'true: only calls whose cost is not known (`unpricedMessages` of the billing answer); false: all others. ' +
      'Calls that the provider refused without usage have no cost either, but nothing to bill: they are no unpriced calls.',
  ),
  min_cost: z
    .string()
    .regex(
      /^\d{1,20}(\.\d{1,12})?$/,
      'must be a decimal number of USD with at most 12 decimals, such as 0.05',
    )
    .optional()
    .openapi({
      description: 'Only calls that cost at least this much, USD; calls without a known cost are left out.',
      example: '0.05',
    }),
  sort: z.enum(SORTS).default('-timestamp').openapi({
    description: 'Order; `-` is descending. Calls without a known cost come last in both orders by cost.',
  }),
  limit: wholeNumber('limit', 1000, 100, 'Events per page.'),
  offset: wholeNumber('offset', 100_000, 0, 'Events to pass over; for more, follow `next_cursor`.', 0),
  cursor: cursorParameter,
})

type Query = z.output<typeof parameters>

/** Creates the endpoint. */
export function createEventRoutes(options: ApiOptions): OpenAPIHono {
  return createEndpoint(options, {
    path: '/api/v1/usage/events',
    operationId: 'listUsageEvents',
    summary: 'Single calls',
    description:
      'Calls to paid APIs with who caused them, their tokens and their cost. Pages by `cursor` are stable: while ' +
      'calls come in, none is repeated or skipped. Pages by `offset` move with what comes in.',
    query: parameters.shape,
    schema: usageEventsSchema,
    example: eventsExample(),
    table: (body) =>
      tableOf(`usage-events-${body.period.name}`, body.events, eventFields(options.billing?.isOn === true)),
    async answer({ query, now, context }) {
      const place = locate(query, now)
      if (Array.isArray(place)) return place
      const { period, after, of } = place
      const page = await usageEvents(context, {
        ...period,
        filters: pickFilters(query),
        status: query.status,
        usageSource: query.usage_source,
        unpriced: query.unpriced,
        minCost: query.min_cost,
        sort: query.sort,
        limit: query.limit,
        offset: query.offset,
        after,
      })
      const last = page.rows.at(-1)
      const next =
        page.more && last !== undefined
          ? encodeCursor({
              start: period.start,
              end: period.end,
              of,
              value: last.sort_value,
              start_time: last.start_time_text,
              trace_id: last.trace_id,
              span_id: last.span_id,
            })
          : null
      return {
        period: periodOf(period),
        events: page.rows.map((row) => usageEvent(row, creditRates(options), syncOf(options, row))),
        has_more: page.more,
        next_cursor: next,
      }
    },
  })
}

type Place = {
  readonly period: Pick<Period, 'name' | 'start' | 'end' | 'timezone'>
  readonly after: ReturnType<typeof decodeCursor>
  /** Fingerprint of the question. */
  readonly of: string
}

/** Which range, and after which event: from the cursor when there is one, else from the period at `now`. */
function locate(query: Query, now: number): Place | Fault[] {
  const { cursor, limit: _, offset, ...question } = query
  const of = fingerprint(question)
  const period = resolvePeriod(query, now)
  if (Array.isArray(period)) return period
  if (cursor === undefined) return { period, after: undefined, of }
  if (offset > 0)
    return [{ name: 'offset', detail: 'does not go with cursor; a cursor already says where to go on' }]
  const after = decodeCursor(cursor)
  if (after !== undefined && after.of !== of)
    return [
      { name: 'cursor', detail: 'belongs to a question with other parameters; leave it out to start anew' },
    ]
  if (after === undefined || !isPosition(query.sort, after))
    return [{ name: 'cursor', detail: 'is not a cursor of this API; leave it out for the first page' }]
  return { period: { ...period, start: after.start, end: after.end }, after, of }
}
