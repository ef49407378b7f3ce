/**
 * The HTTP server: one port for receiving, health, metrics, API and page.
 *
 * Invariant: every request is answered, and an error of ours is a 500 with a sentence, never a crash.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Registry } from 'prom-client'
import type { Access, AccessRefusal } from './access/access-control.ts'
import { answerCors } from './access/cors.ts'
import type { LiveAccess } from './access/live-access.ts'
import { isAboutAll, roleFor } from './access/roles.ts'
import { ABOUT_ALL, CHALLENGE } from './access/scope.ts'
import { refusal } from './guard.ts'
import { statusAnswer } from './receive/answer.ts'
import { handleIgnored } from './receive/ignored.ts'
import { contentKind } from './receive/traces.ts'

/** What the server is made of. */
export interface ServerOptions {
  /** Listens on loopback. */
  loopbackOnly: boolean
  access: Pick<LiveAccess, 'control' | 'origins' | 'tls'>
  traces: (request: IncomingMessage, response: ServerResponse, tenant: string | undefined) => Promise<void>
  usage: ServerOptions['traces']
  /** API and page. */
  app: Pick<Hono, 'fetch'>
  registry: Registry
  /** What the collector works without, a sentence. */
  missing: () => string | undefined
  /** What is not ready, empty when everything is. */
  notReady: () => Promise<string[]>
  report: (error: unknown) => void
}

/** Creates the server; it does not listen yet. */
export function createCollectorServer(options: ServerOptions): Server | TlsServer {
  const { access, traces, usage, app, report } = options
  const listener = getRequestListener(app.fetch)
  const limits = { keepAliveTimeout: 65_000, requestTimeout: 60_000, headersTimeout: 20_000 }
  const server =
    access.tls === undefined ? createServer(limits) : createTlsServer({ ...limits, ...access.tls })
  server.on('request', (request, response) => {
    route(request, response).catch((error: unknown) => {
      report(error)
      if (!response.headersSent)
        send(response, 500, { error: 'cannot answer: an error of the collector; see its log' })
      else response.destroy()
    })
  })
  const route = async (request: IncomingMessage, response: ServerResponse) => {
    const why = refusal(request, options.loopbackOnly, access.origins)
    if (why !== undefined) {
      response.setHeader('connection', 'close')
      send(response, 403, { error: why })
      return
    }
    if (answerCors(request, response, access.origins)) return
    const path = (request.url ?? '/').split('?', 1)[0] as string
    const caller = OWN.has(path) ? admit(request, path) : undefined
    if (caller !== undefined && 'status' in caller) {
      refuse(request, response, caller)
      return
    }
    switch (path) {
      case '/v1/traces':
      // where Langfuse's SDKs send
      case '/api/public/otel/v1/traces':
        await traces(request, response, caller?.tenant)
        return
      case '/v1/usage':
        await usage(request, response, caller?.tenant)
        return
      case '/v1/metrics':
        await handleIgnored('metrics', request, response)
        return
      case '/v1/logs':
        await handleIgnored('logs', request, response)
        return
      case '/healthz':
        send(response, 200, { status: 'ok', missing: options.missing() })
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
  const admit = (
    { method = 'GET', headers }: IncomingMessage,
    path: string,
  ): Access | AccessRefusal | undefined => {
    const role = roleFor(method, path)
    if (role === undefined) return undefined
    const found = access.control.check(headers.authorization, role)
    if ('status' in found || found.tenant === undefined || !isAboutAll(path)) return found
    return { status: 403, detail: ABOUT_ALL }
  }
  return server
}

/** What is answered here; the rest is asked of the application, which lets callers in itself. */
const OWN: ReadonlySet<string> = new Set([
  ...['/v1/traces', '/api/public/otel/v1/traces', '/v1/usage', '/v1/metrics', '/v1/logs'],
  ...['/healthz', '/readyz', '/metrics'],
])

function refuse(request: IncomingMessage, response: ServerResponse, { status, detail }: AccessRefusal): void {
  const kind = contentKind(request)
  const { type, body } =
    kind === undefined
      ? { type: 'application/json', body: Buffer.from(`${JSON.stringify({ error: detail })}\n`) }
      : statusAnswer(kind, status, detail)
  // the body is not read
  response.writeHead(status, {
    'content-type': type,
    'content-length': body.length,
    connection: 'close',
    ...(status === 401 && { 'www-authenticate': CHALLENGE }),
  })
  response.end(body, () => {
    if (!request.complete) request.destroy()
  })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}
