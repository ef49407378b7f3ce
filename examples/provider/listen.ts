/**
 * HTTP servers on loopback, of either version.
 *
 * Invariant: a handler sees no difference, and `close()` leaves no connection open.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  constants,
  createServer as createHttp2Server,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { AddressInfo, Server } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface Listening {
  /** `http://127.0.0.1:<port>` */
  url: string
  close(): Promise<void>
}

/** Listens. @throws the listen error, for example `EADDRINUSE` */
export async function listen(handler: Handler, port: number, http2: boolean): Promise<Listening> {
  const { server, cut } = http2 ? overHttp2(handler) : overHttp1(handler)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}

interface Cuttable {
  server: Server
  /** Ends what is open. */
  cut(): void
}

function overHttp1(handler: Handler): Cuttable {
  const server = createServer(handler)
  return { server, cut: () => server.closeAllConnections() }
}

function overHttp2(handler: Handler): Cuttable {
  const sessions = new Set<ServerHttp2Session>()
  const server = createHttp2Server((request, response) => {
    handler(request as unknown as IncomingMessage, likeHttp1(response))
  })
  server.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session)).on('error', () => undefined)
  })
  return {
    server,
    cut() {
      for (const session of sessions) session.destroy()
    },
  }
}

/** A response of HTTP/2 with what its older sister has beside. */
function likeHttp1(response: Http2ServerResponse): ServerResponse {
  const { stream } = response
  stream.on('error', () => undefined)
  Object.defineProperty(response, 'destroyed', { get: () => stream.destroyed || stream.closed })
  // what was written before goes out first, as over a socket
  const destroy = () => stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  return Object.assign(response, { destroy }) as unknown as ServerResponse
}
