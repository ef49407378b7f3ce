/**
 * Helicone: other providers' APIs under host names of its own, and an AI gateway that speaks OpenAI's.
 *
 * Wire format: https://docs.helicone.ai. `oai.helicone.ai` is OpenAI's API, `anthropic.helicone.ai` Anthropic's, and so
 * on; behind `gateway.helicone.ai` a header of the request says whose, so the API shows in the path. The AI gateway
 * takes models as `gpt-4o-mini` or `gpt-4o-mini/azure`, several of them with commas between. An answer with
 * `helicone-cache: HIT` cost nothing.
 */
import type { PassedOn, Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { generateContent } from './wire/gemini.ts'
import { openAiCompatible } from './wire/openai-family.ts'
import { bookOfMaker, bookOfModel } from './wire/upstreams.ts'

/** First label of the host → the plugin that reads its API. */
const PROVIDERS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  deepinfra: 'deepinfra',
  deepseek: 'deepseek',
  fireworks: 'fireworks_ai',
  groq: 'groq',
  mistral: 'mistral_ai',
  nebius: 'nebius',
  novita: 'novita',
  oai: 'openai',
  openrouter: 'openrouter',
  perplexity: 'perplexity',
  together: 'together_ai',
  x: 'x_ai',
}

export const helicone: Provider = openAiCompatible({
  name: 'helicone',
  hosts: ['*.helicone.ai', 'oai.hconeai.com', 'anthropic.hconeai.com', 'gateway.hconeai.com'],
  requestIdHeaders: ['helicone-id', 'x-request-id', 'request-id'],
  headers: {
    names: ['helicone-cache'],
    read(values, facts) {
      if (values['helicone-cache']?.toUpperCase() === 'HIT') facts.fromCache = true
    },
  },
  passesOn(path, hostname): PassedOn | undefined {
    const label = hostname.slice(0, hostname.indexOf('.'))
    const provider = Object.hasOwn(PROVIDERS, label) ? PROVIDERS[label] : undefined
    return provider === undefined ? undefined : { provider, path }
  },
  pricedAs(asked) {
    const [model = '', maker] = (asked.split(',')[0] ?? '').split('/')
    const priceBook = maker === undefined ? bookOfModel(model) : bookOfMaker(maker)
    return priceBook === undefined ? undefined : { priceBook, model }
  },
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  more: [messages(), ...generateContent()],
})
