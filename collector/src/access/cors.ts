/**
 * Pages of other sites that the configuration lets in.
 *
 * Invariant: without configuration there are none, and never with the browser's own credentials: such a page
 * sends its token itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Adds what a browser has to see for an allowed origin. Returns true where that was the whole question. */
export function answerCors(
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  response: Pick<ServerResponse, 'setHeader' | 'appendHeader' | 'writeHead' | 'end'>,
  allowed: ReadonlySet<string>,
): boolean {
  const { origin } = headers
  if (origin === undefined || !allowed.has(origin)) return false
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', 'ETag, Retry-After, X-Total-Count')
  response.appendHeader('vary', 'Origin')
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return false
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': 'authorization, content-type, content-encoding, if-none-match, if-match',
    'access-control-max-age': '600',
  })
  response.end()
  return true
}
