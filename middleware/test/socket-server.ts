/** A loopback server of WebSockets that says what a test wants. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

export interface SocketServer {
  host: string
  /** Messages of clients. */
  heard: string[]
  /** Connections so far. */
  opened: number
  /** Connections now. */
  connected(): number
  /** What it does with a message. */
  talk(socket: WebSocket, message: string): void
  close(): Promise<void>
}

export async function serveSockets(): Promise<SocketServer> {
  const http = createServer((_request, response) => response.writeHead(404).end())
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: { threshold: 0 } })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const server: SocketServer = {
    host: `127.0.0.1:${(http.address() as AddressInfo).port}`,
    heard: [],
    opened: 0,
    connected: () => sockets.clients.size,
    talk() {},
    async close() {
      for (const socket of sockets.clients) socket.terminate()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  sockets.on('connection', (socket) => {
    server.opened++
    socket.on('error', () => {})
    socket.on('message', (data) => {
      server.heard.push(String(data))
      server.talk(socket, String(data))
    })
  })
  return server
}
