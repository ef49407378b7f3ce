/** OpenLLMetry (Traceloop) on Anthropic's package. */
import { createRequire } from 'node:module'
import { callAnthropic } from '../calls.mjs'

const require = createRequire(import.meta.url)
export const packages = ['@traceloop/instrumentation-anthropic', 'anthropic0']
export const gaps = {}

export async function emit({ urls, provider }) {
  const { AnthropicInstrumentation } = require('@traceloop/instrumentation-anthropic')
  const sdk = require('anthropic0')
  const instrumentation = new AnthropicInstrumentation({ traceContent: false })
  instrumentation.setTracerProvider(provider)
  instrumentation.manuallyInstrument(sdk)
  await callAnthropic(new sdk.Anthropic({ apiKey: 'sk-local', baseURL: urls.anthropic, maxRetries: 0 }))
}
