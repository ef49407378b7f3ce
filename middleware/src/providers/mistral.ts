/**
 * Mistral: chat, agents, fill-in-the-middle, embeddings, OCR by the page, and batches.
 *
 * Wire format: https://docs.mistral.ai/api. The last chunk of a stream carries usage without being asked.
 * Cached input is spelled `num_cached_tokens`, `prompt_tokens_details` or `prompt_token_details`. Errors are
 * `{object: 'error', type, code}` without a wrapper.
 */
import { assign, countAt, objectAt, textAt } from './fields.ts'
import type { Endpoint, Provider } from './provider.ts'
import { ERROR_PATHS, readError } from './wire/errors.ts'
import { batchJobs } from './wire/mistral-batches.ts'
import { chatCompletions, completions } from './wire/openai-chat.ts'
import { openAiCompatible } from './wire/openai-family.ts'

const ocr: Endpoint = {
  path: '/v1/ocr',
  operation: 'ocr',
  paths: ['model', 'usage_info', ...ERROR_PATHS],
  read(body, facts) {
    readError(body, facts)
    assign(facts, { responseModel: textAt(body, 'model') })
    const pages = countAt(objectAt(body, 'usage_info'), 'pages_processed')
    if (pages !== undefined) facts.meter = { name: 'ocr', quantity: pages, unit: 'page' }
  },
}

export const mistral: Provider = openAiCompatible({
  name: 'mistral_ai',
  priceBook: 'mistral',
  hosts: ['api.mistral.ai', 'codestral.mistral.ai'],
  requestIdHeaders: ['mistral-correlation-id', 'x-kong-request-id', 'x-request-id'],
  serves: ['chat', 'embeddings'],
  more: [
    completions({}, '/v1/fim/completions'),
    chatCompletions({}, '/v1/agents/completions'),
    ocr,
    ...batchJobs(),
  ],
})
