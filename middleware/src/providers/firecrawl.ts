/**
 * Firecrawl: pages that are scraped, searched, crawled and extracted, by the credit.
 *
 * Wire format: https://docs.firecrawl.dev/api-reference. `creditsUsed` is in the answer, for a single page in its
 * `metadata`. Crawls, batches and extractions are jobs: what they cost is in the answer that says they are
 * completed, and the pages of one that is read in several are one job.
 */
import { assign, objectAt, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { metered, oneCall } from './wire/metered.ts'

const PATHS = ['success', 'id', 'status', 'creditsUsed', 'data.metadata', 'error', 'code']
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled'])

function readCredits(name: string, body: JsonObject, facts: CallFacts): void {
  const page = objectAt(objectAt(body, 'data'), 'metadata')
  assign(facts, {
    meter: metered(name, body.creditsUsed ?? page?.creditsUsed, 'credit'),
    responseId: textAt(body, 'id'),
  })
  if (body.success === false) facts.error = textAt(body, 'code') ?? '_OTHER'
}

function single(path: string, operation: string, name: string): Endpoint {
  return { path, operation, paths: PATHS, read: (body, facts) => readCredits(name, body, facts) }
}

/** What begins a job, and what asks for it. */
function job(path: string, name: string): Endpoint[] {
  const begin: Endpoint = {
    path,
    operation: 'web_fetch',
    paths: PATHS,
    read(body, facts) {
      readCredits(name, body, facts)
      if (facts.responseId !== undefined) facts.job = { id: facts.responseId, done: false }
    },
  }
  return [begin, ask(path, name)]
}

function ask(path: string, name: string): Endpoint {
  return {
    path: `${path}/{job}`,
    method: 'GET',
    poll: true,
    operation: 'web_fetch',
    paths: PATHS,
    read(body, facts) {
      const status = textAt(body, 'status')
      const { job: id } = facts
      readCredits(name, body, facts)
      if (status === undefined || id === undefined) return
      facts.job = { id: id.id, done: ENDED.has(status) }
      if (status === 'failed') facts.error = `${name}_failed`
    },
  }
}

const map: Endpoint = {
  path: '/map',
  operation: 'web_fetch',
  paths: PATHS,
  request: {
    paths: [],
    read(_fields, facts) {
      facts.meter = oneCall('map', 'credit')
    },
  },
  read: (body, facts) => readCredits('map', body, facts),
}

export const firecrawl: Provider = defineProvider({
  name: 'firecrawl',
  hosts: ['api.firecrawl.dev'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    ...job('/batch/scrape', 'batch_scrape'),
    ...job('/crawl', 'crawl'),
    ...job('/extract', 'extract'),
    single('/scrape', 'web_fetch', 'scrape'),
    single('/search', 'web_search', 'search'),
    map,
  ],
})
