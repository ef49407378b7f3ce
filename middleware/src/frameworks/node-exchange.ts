/**
 * A request and its response on Node's own servers, for every framework that stands on them.
 *
 * Invariant: the span ends when the response is handed to the operating system, or else when the connection closes;
 * everything that the two objects emit reaches the host's listeners as before, inside the request's scope.
 */
import type { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { Readable } from 'node:stream'
import { reportFailure } from '../capture/report.ts'
import type { Installed } from '../install.ts'
import type { RefusalAnswer } from '../quota/refusal.ts'
import type { Arrival, Departure } from '../server-span.ts'
import type { Serving } from '../serving.ts'
import { admitArrival } from './arrival.ts'
import { askRoute } from './route.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse

/** An adapter's view of a request that is being answered. */
export interface NodeExchange {
  /** Runs `go` where the budgets of the request allow it; else it answers, by `refuse` or itself. */
  admit<T>(go: () => T, refuse?: (answer: RefusalAnswer) => T): T | Promise<Awaited<T>>
  run<T>(work: () => T): T
  /** Reads `stream`, a response's body that somebody else will pipe, inside the request's scope. */
  keepReading(stream: unknown): void
  /** What the handler threw, for a request that then never gets a response. */
  threw(exception: unknown): void
}

/**
 * Begins to serve a request.
 *
 * @param context what the options' functions get
 * @param route asked when the response has ended
 */
export function serveNode<C>(
  meter: Installed<C>,
  context: C,
  request: NodeRequest,
  response: NodeResponse,
  route?: () => string | undefined,
): NodeExchange {
  let exception: unknown
  const threw = (thrown: unknown) => {
    exception = thrown
  }
  const serving = meter.serve(context, request, () => arrivalOf(request))
  const departure = (): Departure => ({
    status: response.headersSent ? response.statusCode : undefined,
    route: askRoute(route),
  })
  try {
    if (!serving.nested) {
      keepScope(serving, request)
      keepScope(serving, response)
      response.once('finish', () => serving.end(departure()))
      response.once('close', () => {
        const cause = exception ?? (response as { errored?: unknown }).errored ?? undefined
        serving.end({ ...departure(), exception: cause, aborted: cause === undefined })
      })
    }
  } catch (error) {
    reportFailure('watch a request', error)
  }
  const admit: NodeExchange['admit'] = (go, refuse) =>
    admitArrival(serving.limits(), {
      header: (name, value) => void response.setHeader(name, value),
      refuse: refuse ?? ((answer) => answerWith(response, answer) as never),
      go,
    })
  return { admit, run: serving.run, keepReading: (stream) => keepReading(serving, stream), threw }
}

/** Headers that others have set stay. */
function answerWith(response: NodeResponse, { status, headers, body }: RefusalAnswer): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.end(body)
}

function arrivalOf(request: NodeRequest): Arrival {
  const { headers } = request
  const scheme =
    headers[':scheme'] ?? ('encrypted' in request.socket && request.socket.encrypted ? 'https' : 'http')
  return {
    method: request.method ?? 'GET',
    // Routers cut their own prefix off `url` while they are at work.
    path: (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/',
    scheme: String(scheme),
    host: request.headers.host ?? headers[':authority']?.toString(),
    header: (name) => headers[name]?.toString(),
  }
}

/** Node emits a body's events where the connection was made, outside of any request. */
function keepScope(serving: Serving, emitter: EventEmitter): void {
  const { emit } = emitter
  Object.defineProperty(emitter, 'emit', {
    value(this: EventEmitter, ...args: Parameters<EventEmitter['emit']>) {
      return serving.isCurrent() ? emit.apply(this, args) : serving.run(() => emit.apply(this, args))
    },
    configurable: true,
    enumerable: false,
    writable: true,
  })
}

function keepReading(serving: Serving, stream: unknown): void {
  if (!(stream instanceof Readable)) return
  const read = stream._read
  stream._read = function (this: Readable, size) {
    return serving.isCurrent() ? read.call(this, size) : serving.run(() => read.call(this, size))
  }
}
