/**
 * Keeps web pages of other sites out.
 *
 * Invariant: a request that a browser sends on behalf of another site is refused, and on loopback one whose
 * Host is not this machine is too (a name that was rebound to 127.0.0.1).
 */
import type { IncomingMessage } from 'node:http'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether a listening address is reachable from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/**
 * Says why the request is refused, or `undefined`. `loopbackOnly`: the server listens on loopback; `allowed`:
 * origins of other sites that may ask.
 */
export function refusal(
  { headers }: Pick<IncomingMessage, 'headers'>,
  loopbackOnly: boolean,
  allowed: ReadonlySet<string> = new Set(),
): string | undefined {
  const { host = '', origin } = headers
  const name = host.replace(/:\d+$/, '').toLowerCase()
  if (loopbackOnly && !LOOPBACK.has(name) && !/^127\.\d+\.\d+\.\d+$/.test(name)) {
    return 'cannot answer for this Host: the collector listens on loopback; use http://127.0.0.1'
  }
  if (origin !== undefined && allowed.has(origin)) return undefined
  const site = headers['sec-fetch-site']
  if (
    site !== undefined &&
    site !== 'same-origin' &&
    site !== 'none' &&
    headers['sec-fetch-mode'] !== 'navigate'
  ) {
    return 'cannot answer a request of another site'
  }
  if (origin === undefined) return undefined
  const from = URL.parse(origin)
  if (from === null || from.host.toLowerCase() !== host.toLowerCase())
    return 'cannot answer a request of another site'
  return undefined
}
