/** A Web-standard server on `node:http`, as runtimes and Next.js have one: a `Request` in, a `Response` out. */
import { createServer, type Server } from 'node:http'
import { Readable } from 'node:stream'
import { listen } from './describe-framework.ts'

export function serveWeb(handle: (request: Request) => Promise<Response>): Promise<Server> {
  return listen(
    createServer(async (incoming, outgoing) => {
      const gone = new AbortController()
      outgoing.once('close', () => gone.abort())
      const hasBody = incoming.method !== 'GET' && incoming.method !== 'HEAD'
      const request = new Request(`http://${incoming.headers.host}${incoming.url}`, {
        method: incoming.method ?? 'GET',
        headers: incoming.headers as Record<string, string>,
        body: hasBody ? (Readable.toWeb(incoming) as ReadableStream) : null,
        signal: gone.signal,
        duplex: 'half',
      } as RequestInit)
      const response = await handle(request)
      outgoing.writeHead(response.status, Object.fromEntries(response.headers))
      const reader = response.body?.getReader()
      gone.signal.addEventListener('abort', () => void reader?.cancel().catch(() => {}))
      for (;;) {
        const part = await reader?.read().catch(() => undefined)
        if (!part?.value) break
        outgoing.write(part.value)
      }
      outgoing.end()
    }),
  )
}
