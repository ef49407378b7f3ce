/**
 * Hyperbolic: chat and legacy completions. The price book has none of its prices.
 *
 * Wire format: https://docs.hyperbolic.xyz.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const hyperbolic: Provider = openAiCompatible({
  name: 'hyperbolic',
  hosts: ['api.hyperbolic.xyz'],
  serves: ['chat', 'completions'],
})
