/**
 * Replicate: predictions by the second of the hardware, counted when they have ended.
 *
 * Wire format: https://replicate.com/docs/reference/http. `metrics.predict_time` is in the answer that says a final
 * `status`: that of `Prefer: wait`, or a later `GET /v1/predictions/{id}`. What a second costs depends on the
 * model's hardware, so prices are the user's.
 */
import { assign, decimalText, objectAt, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { metered } from './wire/metered.ts'

const ENDED: ReadonlySet<string> = new Set(['succeeded', 'failed', 'canceled', 'aborted'])

function read(body: JsonObject, facts: CallFacts): void {
  const id = textAt(body, 'id')
  const status = textAt(body, 'status')
  if (id === undefined || status === undefined) return
  const metrics = objectAt(body, 'metrics')
  assign(facts, {
    responseId: id,
    responseModel: textAt(body, 'model'),
    meter: metered('prediction', metrics?.predict_time, 'second'),
    error: status === 'failed' || status === 'aborted' ? `prediction_${status}` : undefined,
  })
  facts.job = { id, done: ENDED.has(status) }
  const total = decimalText(metrics?.total_time)
  if (total !== undefined) facts.moreMeters = [{ name: 'total_time', quantity: total, unit: 'second' }]
}

const PATHS = ['id', 'status', 'model', 'metrics']

function create(path: string): Endpoint {
  return {
    path,
    operation: 'prediction',
    paths: PATHS,
    request: {
      paths: ['version'],
      read: (fields, facts) => assign(facts, { requestModel: textAt(fields, 'version')?.slice(0, 256) }),
    },
    read,
  }
}

export const replicate: Provider = defineProvider({
  name: 'replicate',
  hosts: ['api.replicate.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    create('/v1/models/{id}/{id}/predictions'),
    create('/v1/deployments/{id}/{id}/predictions'),
    create('/v1/predictions'),
    { path: '/v1/predictions/{id}', method: 'GET', poll: true, operation: 'prediction', paths: PATHS, read },
  ],
})
