/**
 * What a plugin reads from a request: the fields that it names, and nothing else.
 *
 * Invariant: a plugin that throws is reported, and the call is metered without what it would have read.
 */
import type { CallFacts, Endpoint, JsonObject } from '../providers/provider.ts'
import { reportFailure } from './report.ts'

/** @param fields of the body that the endpoint named, as far as they could be seen */
export function readAsked(
  endpoint: Endpoint,
  url: URL,
  fields: JsonObject | undefined,
  facts: CallFacts,
): void {
  const { request } = endpoint
  if (!request) return
  try {
    const asked: JsonObject = {}
    for (const name of request.query ?? []) {
      const value = url.searchParams.get(name)
      if (value !== null) asked[name] = value.slice(0, 256)
    }
    request.read(Object.assign(asked, fields), facts)
  } catch (error) {
    reportFailure('read a request', error)
  }
}
