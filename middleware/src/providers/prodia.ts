/**
 * Prodia: jobs of any model, at the cost that Prodia says.
 *
 * Wire format: https://docs.prodia.com. `price.dollars` is in the job of a JSON answer where the request has
 * `?price=true`; a multipart answer is not read, and its call is recorded without a cost.
 */
import { assign, decimalText, objectAt, textAt } from './fields.ts'
import { defineProvider, type Provider } from './provider.ts'
import { oneCall } from './wire/metered.ts'

export const prodia: Provider = defineProvider({
  name: 'prodia',
  hosts: ['inference.prodia.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    {
      path: '/v2/job',
      operation: 'prediction',
      paths: ['id', 'price', 'error'],
      request: {
        paths: ['type'],
        read(fields, facts) {
          facts.meter = oneCall('prediction', 'job')
          assign(facts, { requestModel: textAt(fields, 'type')?.slice(0, 256) })
        },
      },
      read(body, facts) {
        assign(facts, {
          responseId: textAt(body, 'id'),
          cost: decimalText(objectAt(body, 'price')?.dollars),
          error: textAt(body, 'error') ? '_OTHER' : undefined,
        })
      },
    },
  ],
})
