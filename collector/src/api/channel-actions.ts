/** Trying channels, switching them on again, and sending a message again. */
import { OpenAPIHono, z } from '@hono/zod-openapi'
import { createAction } from './action.ts'
import { exampleDelivery } from './alert-lists.ts'
import { missing } from './alert-missing.ts'
import { type DeliveryBody, deliveryBody, deliverySchema } from './alert-schema.ts'
import { text } from './amounts.ts'
import type { ApiOptions } from './app.ts'

const verdict = z
  .object({
    outcome: z.enum(['delivered', 'retry', 'failed', 'disable']).openapi({
      description: '`retry`: not now. `failed`: never. `disable`: the receiver is gone.',
    }),
    reason: text('What the receiver said.').nullable(),
  })
  .openapi('ChannelTest')

/** Creates the actions. */
export function createChannelActions({ alerting }: ApiOptions): OpenAPIHono {
  const app = new OpenAPIHono()
  const params = { id: 'Name of the channel.' }
  app.route(
    '/',
    createAction({
      method: 'post',
      path: '/api/v1/channels/{id}/test',
      operationId: 'testChannel',
      summary: 'Send a test message to a channel',
      description: 'Once, at once. A channel that was switched off and takes it is switched on again.',
      params,
      schema: verdict as z.ZodType<{ outcome: string; reason: string | null }>,
      example: { outcome: 'delivered', reason: null },
      async answer({ params: { id } }) {
        const tried = await alerting?.test(id ?? '')
        return tried === undefined
          ? missing('channel', id)
          : { outcome: tried.outcome, reason: tried.reason ?? null }
      },
    }),
  )
  app.route(
    '/',
    createAction({
      method: 'post',
      path: '/api/v1/channels/{id}/enable',
      operationId: 'enableChannel',
      summary: 'Switch a channel on again',
      description: 'What was held back goes out.',
      params,
      schema: z.object({ enabled: z.literal(true) }).openapi('ChannelEnabled') as z.ZodType<{
        enabled: true
      }>,
      example: { enabled: true },
      async answer({ params: { id } }) {
        return (await alerting?.enable(id ?? '')) === true ? { enabled: true } : missing('channel', id)
      },
    }),
  )
  app.route(
    '/',
    createAction<undefined, DeliveryBody>({
      method: 'post',
      path: '/api/v1/deliveries/{id}/replay',
      operationId: 'replayDelivery',
      summary: 'Send a message again',
      description: 'With the same id, so that receivers recognise it; its attempts begin anew.',
      params: { id: 'The delivery.' },
      schema: deliverySchema,
      example: { ...exampleDelivery(), status: 'pending', attempts: 0, next_at: '2026-03-24T09:50:00.000Z' },
      async answer({ params: { id } }) {
        const again = await alerting?.replay(id ?? '')
        return again === undefined ? missing('delivery', id) : deliveryBody(again)
      },
    }),
  )
  return app
}
