/**
 * Endpoints that report nothing but how many tokens went in: embeddings and reranking of several providers.
 */
import { assign, countAt, objectAt, textAt } from '../fields.ts'
import type { Endpoint } from '../provider.ts'
import { readError } from './errors.ts'

/** @param path of the endpoint, from the version on; all tokens of its `usage` are input */
export function totalTokens(path: string, operation: 'embeddings' | 'rerank' | 'classify'): Endpoint {
  return {
    path,
    operation,
    paths: ['model', 'usage', 'error', 'code', 'detail'],
    read(body, facts) {
      readError(body, facts)
      if (body.detail !== undefined && !body.usage) facts.error = '_OTHER'
      assign(facts, { responseModel: textAt(body, 'model') })
      const usage = objectAt(body, 'usage')
      const input = countAt(usage, 'total_tokens') ?? countAt(usage, 'prompt_tokens')
      if (input !== undefined) facts.usage = { input, output: 0 }
    },
  }
}
