/**
 * The HTTP server: one port for receiving, health, metrics, API and page.
 *
 * Invariant: every request is answered, and an error of ours is a 500 with a sentence, never a crash.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Registry } from 'prom-client'
import { refusal } from './guard.ts'
import { handleIgnored } from './receive/ignored.ts'

/** What the server is made of. */
export interface ServerOptions {
  /** Listens on loopback. */
  loopbackOnly: boolean
  traces: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** API and page. */
  app: Pick<Hono, 'fetch'>
  registry: Registry
  /** What is not ready, empty when everything is. */
  notReady: () => Promise<string[]>
  report: (error: unknown) => void
}

/** Creates the server; it does not listen yet. */
export function createCollectorServer(options: ServerOptions): Server {
  const { traces, app, report } = options
  const listener = getRequestListener(app.fetch)
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 60_000, headersTimeout: 20_000 })
  server.on('request', (request, response) => {
    route(request, response).catch((error: unknown) => {
      report(error)
      if (!response.headersSent)
        send(response, 500, { error: 'cannot answer: an error of the collector; see its log' })
      else response.destroy()
    })
  })
  const route = async (request: IncomingMessage, response: ServerResponse) => {
    const why = refusal(request, options.loopbackOnly)
    if (why !== undefined) {
      response.setHeader('connection', 'close')
      send(response, 403, { error: why })
      return
    }
    const path = (request.url ?? '/').split('?', 1)[0]
    switch (path) {
      case '/v1/traces':
      // where Langfuse's SDKs send
      case '/api/public/otel/v1/traces':
        await traces(request, response)
        return
      case '/v1/metrics':
        await handleIgnored('metrics', request, response)
        return
      case '/v1/logs':
        await handleIgnored('logs', request, response)
        return
      case '/healthz':
        send(response, 200, { status: 'ok' })
        return
      case '/readyz': {
        const missing = await options.notReady()
        send(response, missing.length === 0 ? 200 : 503, {
          status: missing.length === 0 ? 'ready' : 'not ready',
          missing,
        })
        return
      }
      case '/metrics':
        response.setHeader('content-type', options.registry.contentType)
        response.end(await options.registry.metrics())
        return
      default:
        await listener(request, response)
    }
  }
  return server
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
