/**
 * Bytes on the wire: JSON bodies (gzip where the client takes it, as both services do) and server-sent
 * events.
 *
 * Invariant: a stream waits for the client to read (back-pressure) and stops when the client has gone.
 */
import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import type { Exchange } from './exchange.ts'

/** Bodies shorter than this are not worth compressing. */
const GZIP_FROM_BYTES = 1024

/** Sends one JSON body with its status and headers. */
export function sendJson(
  exchange: Pick<Exchange, 'request' | 'response' | 'entry'>,
  status: number,
  body: unknown,
  headers: Record<string, string>,
): void {
  const { request, response, entry } = exchange
  if (response.destroyed) return
  entry.status = status
  // OpenAI and Google indent their JSON, the others do not.
  const indent = entry.provider === 'openai' || entry.provider === 'gcp.gemini' ? 2 : undefined
  let bytes = Buffer.from(JSON.stringify(body, null, indent))
  const gzip =
    bytes.length >= GZIP_FROM_BYTES && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  if (gzip) bytes = gzipSync(bytes)
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
    'content-length': String(bytes.length),
    ...headers,
  })
  response.end(bytes)
}

/** An open stream of server-sent events. */
export interface EventStream {
  /** Sends one event; `name` is omitted where the API sends bare `data:` lines. */
  send(data: unknown, name?: string): Promise<void>
  /** Sends a literal payload such as `[DONE]`. */
  sendText(data: string): Promise<void>
  end(): void
}

/** An open stream of any framing. */
export interface ByteStream {
  write(bytes: string | Uint8Array): Promise<void>
  end(): void
}

/** Opens a 200 stream. Headers leave at once, so that a client sees them before the first token. */
export function openBytes(exchange: Exchange, type: string, headers: Record<string, string>): ByteStream {
  const { response, entry, gone } = exchange
  entry.status = 200
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache', ...headers })
  response.flushHeaders()
  return {
    async write(bytes) {
      if (response.destroyed || gone.aborted) return
      if (!response.write(bytes)) await once(response, 'drain', { signal: gone }).catch(() => undefined)
    },
    end: () => void response.end(),
  }
}

/** Opens a stream of server-sent events. @param newline what ends a line; Google's is CR LF */
export function openStream(
  exchange: Exchange,
  headers: Record<string, string>,
  newline: '\n' | '\r\n' = '\n',
): EventStream {
  const { write, end } = openBytes(exchange, 'text/event-stream; charset=utf-8', headers)
  const data = (text: string) => `data: ${text}${newline}${newline}`
  return {
    send: (value, name) => write(`${name ? `event: ${name}${newline}` : ''}${data(JSON.stringify(value))}`),
    sendText: (text) => write(data(text)),
    end,
  }
}
