/** OpenTelemetry's own instrumentation of the openai package. */
import { createRequire } from 'node:module'
import { metrics } from '@opentelemetry/api'
import { callOpenai } from '../calls.mjs'

const require = createRequire(import.meta.url)
export const packages = ['@opentelemetry/instrumentation-openai', 'openai6']
export const gaps = { cache: 'merged', reasoning: 'merged' }

export async function emit({ urls, provider }) {
  const { OpenAIInstrumentation } = require('@opentelemetry/instrumentation-openai')
  const sdk = require('openai6')
  const instrumentation = new OpenAIInstrumentation({ captureMessageContent: false })
  instrumentation.setTracerProvider(provider)
  instrumentation.setMeterProvider(metrics.getMeterProvider())
  for (const definition of instrumentation.getModuleDefinitions()) definition.patch(sdk, '5.0.0')
  await callOpenai(new sdk.OpenAI({ apiKey: 'sk-local', baseURL: urls.openai, maxRetries: 0 }), [
    'embeddings',
  ])
}
