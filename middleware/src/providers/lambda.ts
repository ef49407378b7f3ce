/**
 * Lambda: chat and legacy completions. The price book has none of its prices.
 *
 * Wire format: https://docs.lambda.ai/public-cloud/lambda-inference-api.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const lambda: Provider = openAiCompatible({
  name: 'lambda',
  hosts: ['api.lambda.ai', 'api.lambdalabs.com'],
  serves: ['chat', 'completions'],
})
