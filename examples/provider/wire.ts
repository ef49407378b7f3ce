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
  // OpenAI indents its JSON, Anthropic does not.
  let bytes = Buffer.from(JSON.stringify(body, null, entry.provider === 'openai' ? 2 : undefined))
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

/** Opens a 200 stream. Headers leave at once, so that a client sees them before the first token. */
export function openStream(exchange: Exchange, headers: Record<string, string>): EventStream {
  const { response, entry, gone } = exchange
  entry.status = 200
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...headers,
  })
  response.flushHeaders()

  const write = async (text: string): Promise<void> => {
    if (response.destroyed || gone.aborted) return
    if (!response.write(text)) await once(response, 'drain', { signal: gone }).catch(() => undefined)
  }
  return {
    send: (data, name) => write(`${name ? `event: ${name}\n` : ''}data: ${JSON.stringify(data)}\n\n`),
    sendText: (data) => write(`data: ${data}\n\n`),
    end: () => void response.end(),
  }
}
