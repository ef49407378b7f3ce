/** OpenLLMetry (Traceloop) on the openai package. */
import { createRequire } from 'node:module'
import { callOpenai } from '../calls.mjs'

const require = createRequire(import.meta.url)
export const packages = ['@traceloop/instrumentation-openai', 'openai6']
export const gaps = { cache: 'merged', reasoning: 'merged', streams: 'no usage', failures: 'no span' }

export async function emit({ urls, provider }) {
  const { OpenAIInstrumentation } = require('@traceloop/instrumentation-openai')
  const sdk = require('openai6')
  const instrumentation = new OpenAIInstrumentation({ traceContent: false })
  instrumentation.setTracerProvider(provider)
  instrumentation.manuallyInstrument(sdk.OpenAI)
  await callOpenai(new sdk.OpenAI({ apiKey: 'sk-local', baseURL: urls.openai, maxRetries: 0 }), [])
}
