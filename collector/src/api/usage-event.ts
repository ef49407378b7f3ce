/**
 * `GET /api/v1/usage/events/{trace_id}/{span_id}`: one call, and why it costs what it costs.
 *
 * Invariant: the event is the same as in the list of events.
 */
import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { usageEventById } from '../query/usage-event.ts'
import type { ApiOptions } from './app.ts'
import { createEndpoint, NotFound } from './endpoint.ts'
import { exampleCall } from './event-example.ts'
import { creditRates, syncOf, usageEvent } from './event-response.ts'
import { type UsageEvent, usageEventSchema } from './event-schema.ts'
import { explainPrice, type PriceExplanation, priceExplanationSchema } from './price-explanation.ts'

interface Body {
  event: UsageEvent
  price: PriceExplanation
}
const schema: z.ZodType<Body> = z
  .object({ event: usageEventSchema, price: priceExplanationSchema })
  .openapi('ExplainedUsageEvent')

/** Creates the endpoint. */
export function createUsageEvent(options: ApiOptions): OpenAPIHono {
  return createEndpoint(options, {
    path: '/api/v1/usage/events/{trace_id}/{span_id}',
    operationId: 'getUsageEvent',
    summary: 'One call and its price',
    description:
      'One call with every bucket, its unit price at the time of the call, and what they come to. Where the ' +
      'provider billed the call itself, its amount stands and the list prices are beside it.',
    query: {
      timestamp: z.iso
        .datetime({ offset: true, error: 'must be a date-time such as 2026-03-02T09:30:00Z' })
        .optional()
        .openapi({ description: '`timestamp` of the event: finds it at once, where many calls are stored.' }),
    },
    params: { trace_id: '`trace_id` of the event.', span_id: '`span_id` of the event.' },
    schema,
    example: { event: usageEvent(exampleCall()), price: explainPrice(exampleCall()) },
    async answer({ query, params, context }) {
      const { trace_id = '', span_id = '' } = params
      const near = query.timestamp === undefined ? undefined : Date.parse(query.timestamp)
      if (near !== undefined && !(near > Date.UTC(1999, 0) && near < Date.UTC(2102, 0)))
        return [{ name: 'timestamp', detail: 'must lie in the years 2000 to 2100' }]
      const row = await usageEventById(context, trace_id, span_id, near)
      if (row === undefined)
        return new NotFound(
          `cannot find call ${trace_id}-${span_id}; take both ids from /api/v1/usage/events`,
        )
      return { event: usageEvent(row, creditRates(options), syncOf(options, row)), price: explainPrice(row) }
    },
  })
}
