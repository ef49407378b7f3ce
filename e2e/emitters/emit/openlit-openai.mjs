/** OpenLIT on the openai package. */
import { createRequire } from 'node:module'
import { trace } from '@opentelemetry/api'
import { callOpenai } from '../calls.mjs'

const require = createRequire(import.meta.url)
export const packages = ['openlit', 'openai6']
export const gaps = { reasoning: 'merged in chat' }

export async function emit({ urls, provider }) {
  // its package exports only the set-up of everything at once, with an exporter of its own
  const openlit = new URL('../node_modules/openlit/dist/', import.meta.url).pathname
  require(`${openlit}config.js`).default.updateConfig({
    captureMessageContent: false,
    pricingJson: {},
    disableMetrics: true,
    disableEvents: true,
    tracer: trace.getTracer('openlit'),
  })
  const Instrumentation = require(`${openlit}instrumentation/openai/index.js`).default
  const sdk = require('openai6')
  const instrumentation = new Instrumentation()
  instrumentation.setTracerProvider(provider)
  instrumentation.manualPatch(sdk)
  await callOpenai(new sdk.OpenAI({ apiKey: 'sk-local', baseURL: urls.openai, maxRetries: 0 }))
}
