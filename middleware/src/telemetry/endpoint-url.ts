/**
 * Addresses at a receiver or collector.
 *
 * Invariant: one may be given as its base URL, which may have a path of its own, or with `/v1/traces`; both are the same.
 */
const TRACES = '/v1/traces'

/** @param path below the base: `/v1/traces` @returns `undefined` where `endpoint` is no http(s) URL */
export function endpointUrl(endpoint: string, path: string): string | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') return undefined
  const given = url.pathname.replace(/\/+$/, '')
  url.pathname = (given.endsWith(TRACES) ? given.slice(0, -TRACES.length) : given) + path
  return url.href
}
