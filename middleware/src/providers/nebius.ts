/**
 * Nebius Token Factory (formerly AI Studio): chat, legacy completions and embeddings. The price book has none of its prices.
 *
 * Wire format: https://docs.tokenfactory.nebius.com.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const nebius: Provider = openAiCompatible({
  name: 'nebius',
  hosts: ['api.tokenfactory.nebius.com', 'api.studio.nebius.com', 'api.studio.nebius.ai'],
})
