/**
 * Tavily: searches, extractions, crawls, maps and research, by the credit.
 *
 * Wire format: https://docs.tavily.com/documentation/api-reference, credits:
 * https://docs.tavily.com/documentation/api-credits. `usage.credits` is in the answer where the request has
 * `include_usage`; else a search costs one credit, or two where its depth is `advanced`, and the others cannot be told.
 */
import { assign, objectAt, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { metered } from './wire/metered.ts'

function reader(name: string): (body: JsonObject, facts: CallFacts) => void {
  return (body, facts) => {
    assign(facts, {
      responseId: textAt(body, 'request_id'),
      meter: metered(name, objectAt(body, 'usage')?.credits, 'credit'),
    })
    if (body.detail !== undefined) facts.error = '_OTHER'
  }
}

function endpoint(path: string, operation: string, name: string): Endpoint {
  return { path, operation, paths: ['usage', 'request_id', 'detail'], read: reader(name) }
}

const search: Endpoint = {
  ...endpoint('/search', 'web_search', 'search'),
  request: {
    paths: ['search_depth'],
    read(fields, facts) {
      const credits = fields.search_depth === 'advanced' ? 2 : 1
      facts.meter = { name: 'search', quantity: credits, unit: 'credit', from: 'request' }
    },
  },
}

/** A job: what it cost is in the answer that says that it is completed. */
function research(): Endpoint[] {
  const { read, ...begin } = endpoint('/research', 'web_search', 'research')
  const job = {
    ...begin,
    paths: [...begin.paths, 'status'],
    read(body: JsonObject, facts: CallFacts) {
      read(body, facts)
      const id = textAt(body, 'request_id')
      const status = textAt(body, 'status')
      if (id === undefined || status === undefined) return
      facts.job = { id, done: status === 'completed' || status === 'failed' }
      if (status === 'failed') facts.error = 'research_failed'
    },
  }
  return [job, { ...job, path: '/research/{id}', method: 'GET', poll: true }]
}

export const tavily: Provider = defineProvider({
  name: 'tavily',
  hosts: ['api.tavily.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    search,
    endpoint('/extract', 'web_fetch', 'extract'),
    endpoint('/crawl', 'web_fetch', 'crawl'),
    endpoint('/map', 'web_fetch', 'map'),
    ...research(),
  ],
})
