/**
 * `GET /api/v1/analytics/billing`: what a period cost, by day, agent, model and conversation.
 *
 * Invariant: the answer is about the period and the filters that were asked for and nothing wider.
 */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { readerOf } from '../access/scope.ts'
import { billingUsage } from '../query/billing-usage.ts'
import { conversationCounts } from '../query/conversation-counts.ts'
import { together } from '../query/execute.ts'
import { filterShape, pickFilters } from '../query/filters.ts'
import { resolvePeriod } from '../query/period.ts'
import { periodShape } from '../query/period-parameters.ts'
import { topConversations } from '../query/top-conversations.ts'
import type { ApiOptions } from './app.ts'
import { billingExample } from './billing-example.ts'
import { billingResponse } from './billing-response.ts'
import { billingSchema } from './billing-schema.ts'
import { badQuery, problemSchema } from './problem.ts'
import { problemResponses, refuseBadQuery } from './refusals.ts'
import { wholeNumber } from './whole-number.ts'

const parameters = z.strictObject({
  ...periodShape,
  ...filterShape,
  limit: wholeNumber('limit', 100, 10, 'Length of `topConversations`.'),
})

const route = createRoute({
  method: 'get',
  path: '/api/v1/analytics/billing',
  operationId: 'getBillingAnalytics',
  summary: 'What a period cost',
  description:
    'Totals of a period with their split by day, agent, model and conversation. One message is one call to a ' +
    'paid API. The sum over all days, and over all models, is exactly the total.',
  request: { query: parameters },
  responses: {
    200: {
      description: 'The usage of the period; zeros and `hasData: false` when there is none.',
      content: { 'application/json': { schema: billingSchema, example: billingExample() } },
    },
    ...problemResponses(problemSchema),
  },
})

/** Creates the endpoint. */
export function createBillingRoutes({ reader, now }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono({ defaultHook: refuseBadQuery(Object.keys(parameters.shape)) })
  app.openapi(route, async (c) => {
    const query = c.req.valid('query')
    const period = resolvePeriod(query, now().getTime())
    if (Array.isArray(period)) return badQuery(c, period) as never
    const filters = pickFilters(query)
    const [usage, counts, conversations] = await together(
      { reader: readerOf(c, reader), signal: c.req.raw.signal },
      (context) =>
        [
          billingUsage(context, period, filters),
          conversationCounts(context, period, filters),
          topConversations(context, period, filters, query.limit),
        ] as const,
    )
    return c.json(billingResponse(period, usage, counts, conversations), 200)
  })
  return app
}
