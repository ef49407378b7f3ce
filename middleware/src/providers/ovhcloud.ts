/**
 * OVHcloud AI Endpoints: chat, legacy completions, embeddings and responses.
 *
 * Wire format: https://help.ovhcloud.com/csm/en-public-cloud-ai-endpoints-getting-started.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const ovhcloud: Provider = openAiCompatible({
  name: 'ovhcloud',
  hosts: ['oai.endpoints.kepler.ai.cloud.ovh.net', '*.endpoints.kepler.ai.cloud.ovh.net'],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
})
