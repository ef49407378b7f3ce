/**
 * Tavily: searches, extractions, crawls and maps, by the credit.
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

export const tavily: Provider = defineProvider({
  name: 'tavily',
  hosts: ['api.tavily.com'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    search,
    endpoint('/extract', 'web_fetch', 'extract'),
    endpoint('/crawl', 'web_fetch', 'crawl'),
    endpoint('/map', 'web_fetch', 'map'),
  ],
})
