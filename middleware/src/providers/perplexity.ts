/**
 * Perplexity: chat, responses, embeddings, and searches by the request.
 *
 * Wire format: https://docs.perplexity.ai. Usage is cumulative in every chunk, so the last one counts, and a
 * stream may end without `[DONE]`. `usage.cost.total_cost` is what is billed, searches included; whether
 * reasoning is part of `completion_tokens` is told by the total.
 */
import { assign, decimalText, objectAt, textAt } from './fields.ts'
import type { Endpoint, Provider } from './provider.ts'
import { ERROR_PATHS, readError } from './wire/errors.ts'
import { oneCall } from './wire/metered.ts'
import { type ChatDialect, chatCompletions, countReasoningApart } from './wire/openai-chat.ts'
import { openAiCompatible } from './wire/openai-family.ts'

const dialect: ChatDialect = {
  endsUnmarked: true,
  usage(usage, raw, facts) {
    if ('prompt_tokens' in raw) countReasoningApart(usage, raw)
    assign(facts, { cost: decimalText(objectAt(raw, 'cost')?.total_cost) })
  },
}

const search: Endpoint = {
  path: '/search',
  operation: 'web_search',
  paths: ['id', ...ERROR_PATHS],
  request: {
    paths: [],
    read(_fields, facts) {
      facts.meter = oneCall('search', 'request')
    },
  },
  read(body, facts) {
    readError(body, facts)
    assign(facts, { responseId: textAt(body, 'id') })
  },
}

export const perplexity: Provider = openAiCompatible({
  name: 'perplexity',
  hosts: ['api.perplexity.ai'],
  serves: ['chat', 'embeddings', 'responses'],
  dialect,
  more: [chatCompletions(dialect, '/v1/sonar'), search],
})
