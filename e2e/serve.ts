/**
 * An HTTP server for a test.
 *
 * Invariant: it listens on loopback, on a free port, and `close()` leaves no connection open.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'

/** A running server. */
export interface LoopbackServer {
  /** Scheme, host and port. */
  readonly url: string
  close(): Promise<void>
}

/** Serves a fetch handler. */
export async function serveOnLoopback(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<LoopbackServer> {
  const server = createServer(getRequestListener(fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
