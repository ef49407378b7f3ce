/** OpenInference (Arize) on Anthropic's package. */
import { createRequire } from 'node:module'
import { callAnthropic } from '../calls.mjs'

const require = createRequire(import.meta.url)
export const packages = ['@arizeai/openinference-instrumentation-anthropic', 'anthropic0']
export const gaps = {}

export async function emit({ urls, provider }) {
  const { AnthropicInstrumentation } = require('@arizeai/openinference-instrumentation-anthropic')
  const sdk = require('anthropic0')
  const instrumentation = new AnthropicInstrumentation({
    tracerProvider: provider,
    traceConfig: { hideInputs: true, hideOutputs: true },
  })
  instrumentation.manuallyInstrument(sdk)
  const Client = sdk.Anthropic ?? sdk.default
  await callAnthropic(new Client({ apiKey: 'sk-local', baseURL: urls.anthropic, maxRetries: 0 }))
}
