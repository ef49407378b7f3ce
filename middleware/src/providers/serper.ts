/**
 * Serper: Google searches, by the credit.
 *
 * Wire format: https://serper.dev. `credits` is in the answer; a request of several searches is answered by a
 * list, whose credits cannot be read, and counts as one search.
 */
import { assign } from './fields.ts'
import { defineProvider, type Endpoint, type Provider } from './provider.ts'
import { metered, oneCall } from './wire/metered.ts'

const KINDS = [
  'search',
  'images',
  'videos',
  'places',
  'maps',
  'reviews',
  'news',
  'shopping',
  'lens',
  'scholar',
  'patents',
  'autocomplete',
]

function endpoint(kind: string): Endpoint {
  return {
    path: `/${kind}`,
    operation: 'web_search',
    paths: ['credits', 'statusCode'],
    request: {
      paths: [],
      read(_fields, facts) {
        facts.meter = { ...oneCall('search', 'credit'), from: 'request' }
      },
    },
    read(body, facts) {
      assign(facts, { meter: metered('search', body.credits, 'credit') })
    },
  }
}

export const serper: Provider = defineProvider({
  name: 'serper',
  hosts: ['google.serper.dev'],
  requestIdHeaders: ['x-request-id'],
  endpoints: KINDS.map(endpoint),
})
