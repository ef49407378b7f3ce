/**
 * Exa: searches, contents, answers and research, at the cost that Exa says.
 *
 * Wire format: https://docs.exa.ai/reference. `costDollars.total` is in USD.
 */
import { assign, decimalText, listAt, objectAt, textAt } from './fields.ts'
import { type CallFacts, defineProvider, type Endpoint, type JsonObject, type Provider } from './provider.ts'
import { oneCall } from './wire/metered.ts'

function readCost(body: JsonObject, facts: CallFacts): void {
  assign(facts, {
    responseId: textAt(body, 'requestId'),
    cost: decimalText(objectAt(body, 'costDollars')?.total),
  })
}

function endpoint(path: string, operation: string, name: string): Endpoint {
  return {
    path,
    operation,
    paths: ['requestId', 'costDollars', 'results[].url', 'error', 'tag'],
    request: {
      paths: [],
      read(_fields, facts) {
        facts.meter = oneCall(name, 'request')
      },
    },
    read(body, facts) {
      readCost(body, facts)
      if (textAt(body, 'error')) facts.error = textAt(body, 'tag') ?? '_OTHER'
      const results = listAt(body, 'results').length
      if (results > 0) facts.moreMeters = [{ name: 'results', quantity: results, unit: 'result' }]
    },
    stream: {
      paths: ['requestId', 'costDollars'],
      terminator: '[DONE]',
      endsUnmarked: true,
      matters: (_event, data) => data.includes('"costDollars"'),
      textLength: () => 0,
      read: readCost,
    },
  }
}

/** A job: what it cost is in the answer that says that it is completed. */
function research(): Endpoint[] {
  const job = {
    operation: 'web_search',
    paths: ['researchId', 'id', 'status', 'costDollars', 'error', 'tag'],
    read(body: JsonObject, facts: CallFacts) {
      const id = textAt(body, 'researchId') ?? textAt(body, 'id')
      const status = textAt(body, 'status')
      if (id === undefined) {
        if (textAt(body, 'error')) facts.error = textAt(body, 'tag') ?? '_OTHER'
        return
      }
      facts.job = { id, done: status === 'completed' || status === 'failed' || status === 'canceled' }
      if (facts.job.done) facts.meter = { name: 'research', quantity: 1, unit: 'task' }
      if (status === 'failed') facts.error = 'research_failed'
      readCost(body, facts)
      assign(facts, { responseId: id })
    },
  }
  return [
    { ...job, path: '/research/v1' },
    { ...job, path: '/research/v1/{id}', method: 'GET', poll: true },
  ]
}

export const exa: Provider = defineProvider({
  name: 'exa',
  hosts: ['api.exa.ai'],
  requestIdHeaders: ['x-request-id'],
  endpoints: [
    endpoint('/search', 'web_search', 'search'),
    endpoint('/findSimilar', 'web_search', 'find_similar'),
    endpoint('/contents', 'web_fetch', 'contents'),
    endpoint('/answer', 'web_search', 'answer'),
    ...research(),
  ],
})
