/**
 * fal: whatever the model makes, by the units of the model.
 *
 * Wire format: https://docs.fal.ai/model-apis. The model is the path. The header `x-fal-billable-units` of an
 * answer with a result says how many units it was; without it images are counted. A request to `queue.fal.run` is
 * answered by an id, and its result is fetched later.
 */
import { assign, listAt, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { metered } from './wire/metered.ts'

const PATHS = ['request_id', 'status', 'detail', 'images[].url', 'images[].content_type']

function read(body: JsonObject, facts: CallFacts): void {
  const id = textAt(body, 'request_id')
  if (id !== undefined && textAt(body, 'status') !== undefined) {
    facts.job = { id, done: false }
    assign(facts, { responseId: id })
    return
  }
  const images = listAt(body, 'images').length
  if (!facts.meter && images > 0) facts.meter = { name: 'prediction', quantity: images, unit: 'image' }
}

/** A result is whatever the model makes; only what is no result says a `status`. */
function readResult(body: JsonObject, facts: CallFacts): void {
  const { job } = facts
  if (!job || textAt(body, 'status') !== undefined || body.detail !== undefined) return
  read(body, facts)
  facts.job = { id: job.id, done: true }
}

const call: Endpoint = { path: '/{model+}', operation: 'prediction', paths: PATHS, read }

export const fal: Provider = defineProvider({
  name: 'fal',
  hosts: ['fal.run', 'queue.fal.run'],
  requestIdHeaders: ['x-fal-request-id'],
  headers: {
    names: ['x-fal-billable-units', 'x-fal-request-id'],
    read(values, facts) {
      assign(facts, {
        meter: metered('prediction', values['x-fal-billable-units'], 'unit'),
        responseId: values['x-fal-request-id'],
      })
    },
  },
  endpoints: [
    call,
    {
      path: '/{model+}/requests/{job}',
      method: 'GET',
      poll: true,
      operation: 'prediction',
      paths: PATHS,
      read: readResult,
    },
  ],
})
