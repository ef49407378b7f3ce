/**
 * Express 4 and 5: `app.use(spanmeter({ … }))`. Attribution functions get Express's request and are asked when a
 * call is made, so they see what later middleware (authentication) put there.
 */
import type { Request, RequestHandler } from 'express'
import { type Installed, installAs } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { serveNode } from './node-exchange.ts'
import { warnOfEarlier } from './order.ts'
import { generalise, noteParams } from './route.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

/**
 * Meters every call to a paid API that this process makes, attributed to the request that made it.
 *
 * @throws {Error} for options that cannot work
 *
 * @example
 * ```ts
 * const app = express()
 * app.use(spanmeter({
 *   service: 'chat-api',
 *   endpoint: 'http://127.0.0.1:4318',
 *   tenant: (req) => req.get('x-tenant-id'),
 * }))
 * ```
 */
export function spanmeter(options: SpanmeterOptions<Request> = {}): RequestHandler {
  return createMiddleware(installAs('app.use(spanmeter({ … }))', options))
}

/** The middleware over a meter that is installed already. */
export function createMiddleware(meter: Installed<Request>): RequestHandler {
  let isFirst = true
  return function spanmeter(request, response, next) {
    if (isFirst) {
      isFirst = false
      warnOfEarlier(
        () => layersOf(request),
        ({ handle }) => handle === spanmeter,
        ({ route, name }) => route !== undefined || name === 'router',
      )
    }
    const seen = watchParams(request)
    const exchange = serveNode(meter, request, request, response, () => routeOf(request, seen))
    void exchange.admit(() => exchange.run(next))
  }
}

interface Layer {
  handle?: unknown
  route?: unknown
  name?: unknown
}

/** What the application passes a request through; Express 4 keeps it elsewhere. */
function layersOf({ app }: Request): Layer[] | undefined {
  type Holder = { _router?: { stack?: Layer[] }; router?: { stack?: Layer[] } }
  return ((app as Holder)._router ?? (app as Holder).router)?.stack
}

/** Template of the route that answered; absent where none did. */
function routeOf(request: Request, params: Map<string, string>): string | undefined {
  const route: unknown = request.route?.path
  if (route === undefined) return undefined
  const path = Array.isArray(route) ? route.join(',') : String(route)
  const mount = generalise(request.baseUrl, params, (name) =>
    name.startsWith('...') ? `*${name.slice(3)}` : `:${name}`,
  )
  return mount !== '' && path === '/' ? mount : mount + path
}

/**
 * Collects the parameters that routers set on their way to the route: the path under which a router is mounted is
 * known as it was requested only, and what it was made of is gone when the response ends.
 */
function watchParams(request: Request): Map<string, string> {
  const seen = new Map<string, string>()
  let current: unknown
  const set = (params: unknown) => {
    current = params
    noteParams(seen, params)
  }
  set(request.params)
  Object.defineProperty(request, 'params', {
    get: () => current,
    set,
    configurable: true,
    enumerable: true,
  })
  return seen
}
