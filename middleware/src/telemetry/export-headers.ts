/** Headers of what is sent to a collector. Invariant: those that are given stand before what the token makes. */

/** @param options `token`: the collector's API token; `headers`: any others */
export function exportHeaders({
  token,
  headers,
}: {
  token?: string
  headers?: Record<string, string>
}): Record<string, string> {
  return { ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers }
}
