/**
 * SiliconFlow: chat, embeddings, reranking, and the Anthropic-compatible messages.
 *
 * Wire format: https://docs.siliconflow.com/en/api-reference. A reranking's usage is inside `meta.tokens`.
 * The price book has none of its prices.
 */
import { assign, countAt, objectAt, textAt } from './fields.ts'
import type { Endpoint, Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { ERROR_PATHS, readError } from './wire/errors.ts'
import { openAiCompatible } from './wire/openai-family.ts'

const rerank: Endpoint = {
  path: '/v1/rerank',
  operation: 'rerank',
  paths: ['id', 'meta', 'tokens', ...ERROR_PATHS],
  read(body, facts) {
    readError(body, facts)
    assign(facts, { responseId: textAt(body, 'id') })
    const tokens = objectAt(objectAt(body, 'meta'), 'tokens') ?? objectAt(body, 'tokens')
    const input = countAt(tokens, 'input_tokens')
    if (input !== undefined) facts.usage = { input, output: countAt(tokens, 'output_tokens') ?? 0 }
  },
}

export const siliconflow: Provider = openAiCompatible({
  name: 'siliconflow',
  hosts: ['api.siliconflow.com', 'api.siliconflow.cn'],
  requestIdHeaders: ['x-siliconcloud-trace-id', 'x-request-id'],
  serves: ['chat', 'embeddings'],
  more: [messages('/v1/messages'), rerank],
})
