/** Every client of WebSockets that capture sees, behind one shape. */
import * as undici6 from 'undici6'
import * as undici7 from 'undici7'
import { WebSocket as Ws } from 'ws'

interface SocketEvent {
  data?: unknown
  message?: string
  error?: unknown
  code?: number
  reason?: string
}

/** What tests use of the clients' many shapes. */
export interface SocketClient {
  readyState: number
  send(data: string): void
  close(): void
  addEventListener(type: string, listener: (event: SocketEvent) => void): void
}

const early = globalThis.WebSocket as unknown as (new (url: string) => SocketClient) | undefined

export const SOCKET_CLIENTS: readonly [name: string, open: (url: string) => SocketClient][] = [
  ['ws', (url) => new Ws(url) as unknown as SocketClient],
  [
    'ws that refuses compression',
    (url) => new Ws(url, { perMessageDeflate: false }) as unknown as SocketClient,
  ],
  ['undici 6', (url) => new undici6.WebSocket(url) as unknown as SocketClient],
  [
    'undici 6, over an Agent of its own',
    (url) => new undici6.WebSocket(url, { dispatcher: new undici6.Agent() }) as unknown as SocketClient,
  ],
  [
    'undici 7, over an Agent of its own',
    (url) => new undici7.WebSocket(url, { dispatcher: new undici7.Agent() }) as unknown as SocketClient,
  ],
  ['undici 7', (url) => new undici7.WebSocket(url) as unknown as SocketClient],
  ...(early ? [['the global WebSocket', (url: string) => new early(url)] satisfies [string, unknown]] : []),
]
