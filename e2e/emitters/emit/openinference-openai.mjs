/** OpenInference (Arize) on the openai package. */
import { createRequire } from 'node:module'
import { callOpenai } from '../calls.mjs'

const require = createRequire(import.meta.url)
export const packages = ['@arizeai/openinference-instrumentation-openai', 'openai6']
export const gaps = { streams: 'no usage', failures: 'no span', embeddings: 'no usage' }

export async function emit({ urls, provider }) {
  const { OpenAIInstrumentation } = require('@arizeai/openinference-instrumentation-openai')
  const sdk = require('openai6')
  const instrumentation = new OpenAIInstrumentation({
    tracerProvider: provider,
    traceConfig: { hideInputs: true, hideOutputs: true },
  })
  instrumentation.manuallyInstrument(sdk)
  await callOpenai(new sdk.OpenAI({ apiKey: 'sk-local', baseURL: urls.openai, maxRetries: 0 }))
}
