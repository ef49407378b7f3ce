/**
 * Serves an app on loopback and stops it politely.
 *
 * Invariant: `close` lets running answers finish, but never waits longer than its grace.
 */
import type { Server } from 'node:http'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'

export interface Listening {
  url: string
  /** Stops accepting, waits for running answers up to the grace, then cuts what is left. */
  close(): Promise<void>
}

const GRACE_MS = 1_500

/** @throws the listen error, for example `EADDRINUSE` */
export function listen(app: Hono, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (address) =>
      resolve({ url: `http://127.0.0.1:${address.port}`, close: () => close(server as Server) }),
    )
    server.once('error', reject)
  })
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), GRACE_MS)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
