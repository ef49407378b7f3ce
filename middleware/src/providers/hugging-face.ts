/**
 * Hugging Face's router for inference providers: chat, legacy completions, embeddings and responses.
 *
 * Wire format: https://huggingface.co/docs/inference-providers. Who serves a call is the first segment of the
 * path (`/groq/openai/v1/…`), or stands behind the model's name (`openai/gpt-oss-20b:groq`); where the router
 * chooses, the answer's `x-inference-provider` tells.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

const NAME = 'hugging_face'

export const huggingFace: Provider = openAiCompatible({
  name: NAME,
  priceBook: 'huggingface',
  hosts: ['router.huggingface.co'],
  requestIdHeaders: ['x-request-id', 'x-amzn-requestid'],
  headers: {
    names: ['x-inference-provider'],
    read(values, facts) {
      const served = values['x-inference-provider']
      if (served) facts.priceBook = `huggingface_${served.toLowerCase()}`
    },
  },
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  passesOn(path) {
    const end = path.indexOf('/', 1)
    const served = path.slice(1, end)
    if (end < 0 || served === 'v1') return undefined
    return { provider: NAME, path: path.slice(end), priceBook: `huggingface_${served}` }
  },
  pricedAs(model) {
    const colon = model.lastIndexOf(':')
    if (colon < 0) return undefined
    return { priceBook: `huggingface_${model.slice(colon + 1)}`, model: model.slice(0, colon) }
  },
})
