/**
 * One provider by every protocol: HTTP/1.1 and WebSockets on one port, HTTP/2 on another.
 */
import { createServer } from 'node:http'
import http2 from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer } from 'ws'

export interface LocalProtocols {
  /** `http://127.0.0.1:…`, which also accepts WebSockets. */
  url: string
  /** `http://127.0.0.1:…`, which speaks HTTP/2 without TLS. */
  url2: string
  close(): Promise<void>
}

/**
 * @param whole JSON that every request is answered with
 * @param messages sent once the client has said something over a WebSocket, which is closed then
 */
export async function serveProtocols(
  whole: Uint8Array,
  messages: readonly string[],
): Promise<LocalProtocols> {
  const head = { 'content-type': 'application/json' }
  const one = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200, head).end(whole))
  })
  const sockets = new WebSocketServer({ server: one })
  sockets.on('connection', (socket) => {
    socket.once('message', () => {
      for (const message of messages) socket.send(message)
      socket.close()
    })
  })
  const two = http2.createServer()
  two.on('stream', (stream) => {
    stream.resume().on('end', () => {
      stream.respond({ ':status': 200, ...head })
      stream.end(whole)
    })
  })
  const connections = new Set<Socket>()
  two.on('connection', (socket: Socket) => connections.add(socket))
  const addressOf = async (server: typeof one | typeof two) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  return {
    url: await addressOf(one),
    url2: await addressOf(two),
    async close() {
      for (const socket of [...sockets.clients, ...connections]) {
        if ('terminate' in socket) socket.terminate()
        else socket.destroy()
      }
      one.closeAllConnections()
      await Promise.all([one, two].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}
