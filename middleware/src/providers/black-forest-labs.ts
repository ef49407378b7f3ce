/**
 * Black Forest Labs: images, by the credit.
 *
 * Wire format: https://docs.bfl.ai. The answer that begins a job says what it costs (`cost`, in credits), so the
 * call is counted there and asking for the image is not; where it says no cost, one image is counted.
 */
import { ATTR } from '../telemetry/attributes.ts'
import { assign, decimalText, textAt } from './fields.ts'
import { defineProvider, type Provider } from './provider.ts'
import { metered } from './wire/metered.ts'

export const blackForestLabs: Provider = defineProvider({
  name: 'black_forest_labs',
  hosts: ['api.bfl.ai', '*.bfl.ai'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    {
      path: '/v1/{model-}',
      operation: 'image_generation',
      attributes: { [ATTR.outputType]: 'image' },
      paths: ['id', 'cost', 'output_mp', 'detail'],
      read(body, facts) {
        const id = textAt(body, 'id')
        if (id === undefined) return
        assign(facts, {
          responseId: id,
          meter: metered('image_generation', body.cost, 'credit') ?? {
            name: 'image_generation',
            quantity: 1,
            unit: 'image',
          },
        })
        const megapixels = decimalText(body.output_mp)
        if (megapixels !== undefined) {
          facts.moreMeters = [{ name: 'output', quantity: megapixels, unit: 'megapixel' }]
        }
      },
    },
  ],
})
