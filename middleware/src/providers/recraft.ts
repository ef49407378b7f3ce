/**
 * Recraft: images, by the credit.
 *
 * Wire format: https://www.recraft.ai/docs/api-reference. An answer says the `credits` that it took; without them its
 * images are counted.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, countAt, listAt, textAt } from './fields.ts'
import { defineProvider, type Endpoint, type Provider } from './provider.ts'
import { metered } from './wire/metered.ts'

function endpoint(path: string): Endpoint {
  return {
    path,
    operation: 'image_generation',
    attributes: { [ATTR.outputType]: 'image' },
    paths: ['credits', 'code', 'message', 'data[].image_id'],
    counts: ['b64_json'],
    read(body, facts) {
      const made = listAt(body, 'data').length || (countAt(body, '#b64_json') ?? 0) || (body.image ? 1 : 0)
      const images = made > 0 ? metered('image_generation', made, 'image') : undefined
      const credits = metered('image_generation', body.credits, 'credit')
      assign(facts, { meter: credits ?? images, moreMeters: credits && images && [images] })
      if (!facts.meter) assign(facts, { error: textAt(body, 'code') })
    },
  }
}

export const recraft: Provider = defineProvider({
  name: 'recraft',
  hosts: ['external.api.recraft.ai'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    '/v1/images/generations',
    '/v1/images/imageToImage',
    '/v1/images/inpaint',
    '/v1/images/replaceBackground',
    '/v1/images/generateBackground',
    '/v1/images/vectorize',
    '/v1/images/removeBackground',
    '/v1/images/crispUpscale',
    '/v1/images/creativeUpscale',
  ].map(endpoint),
})
