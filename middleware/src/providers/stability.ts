/**
 * Stability AI: images, by the piece.
 *
 * Wire format: https://platform.stability.ai/docs/api-reference. Version 2 makes one image a call, of which the
 * path names the model; version 1 answers with a list. What a piece costs depends on the model: prices are the
 * user's.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, countAt, listAt, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { oneCall } from './wire/metered.ts'

function readRefusal(body: JsonObject, facts: CallFacts): void {
  if (listAt(body, 'errors').length > 0 || textAt(body, 'message'))
    facts.error = textAt(body, 'name') ?? '_OTHER'
}

function one(path: string): Endpoint {
  return {
    path,
    operation: 'image_generation',
    attributes: { [ATTR.outputType]: 'image' },
    paths: ['name', 'errors', 'finish_reason'],
    request: {
      paths: [],
      read(_fields, facts) {
        facts.meter = oneCall('image_generation', 'image')
      },
    },
    read: readRefusal,
  }
}

const listed: Endpoint = {
  path: '/v1/generation/{model}/text-to-image',
  operation: 'image_generation',
  attributes: { [ATTR.outputType]: 'image' },
  paths: ['name', 'message'],
  counts: ['base64'],
  read(body, facts) {
    readRefusal(body, facts)
    const images = listAt(body, 'artifacts').length || countAt(body, '#base64')
    if (images) assign(facts, { meter: { name: 'image_generation', quantity: images, unit: 'image' } })
  },
}

export const stability: Provider = defineProvider({
  name: 'stability',
  hosts: ['api.stability.ai'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [one('/v2beta/stable-image/generate/{model}'), one('/v2beta/stable-image/edit/{model}'), listed],
})
