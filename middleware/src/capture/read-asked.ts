/**
 * What a plugin reads from a request: the fields that it names, and nothing else.
 *
 * Invariant: a plugin that throws is reported, and the call is metered without what it would have read.
 */
import type { CallFacts, Endpoint, JsonObject } from '../providers/provider.ts'
import { maxOutputOf } from '../quota/max-output.ts'
import type { CallStart } from './call-start.ts'
import { reportFailure } from './report.ts'
import type { RequestFacts } from './request.ts'

/** Tells those who want to know what a request says. What was read of its content goes no further than this. */
export function seeRequest(
  { address, target, gate }: CallStart,
  request: RequestFacts,
  facts: CallFacts,
): void {
  const { endpoint } = target.match
  gate?.see({ model: request.model, length: request.length, maxOutput: maxOutputOf(request.fields) })
  if (endpoint.request) readAsked(endpoint, address, request.fields, facts)
  if (request.fields) delete request.fields
}

/**
 * @param address the whole of it, which names its query
 * @param fields of the body that the endpoint named, as far as they could be seen
 */
export function readAsked(
  endpoint: Endpoint,
  address: string | URL,
  fields: JsonObject | undefined,
  facts: CallFacts,
): void {
  const { request } = endpoint
  if (!request) return
  try {
    const asked: JsonObject = {}
    if (request.query?.length) readQuery(request.query, new URL(address).searchParams, asked)
    request.read(Object.assign(asked, fields), facts)
  } catch (error) {
    reportFailure('read a request', error)
  }
}

function readQuery(names: readonly string[], query: URLSearchParams, asked: JsonObject): void {
  for (const name of names) {
    const value = query.get(name)
    if (value !== null) asked[name] = value.slice(0, 256)
  }
}
