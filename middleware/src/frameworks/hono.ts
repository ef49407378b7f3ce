/**
 * Hono: `app.use(spanmeter({ … }))`. Attribution functions get Hono's context and are asked when a call is made,
 * so they see what later middleware (authentication) put there.
 */
import type { Context, MiddlewareHandler, Next } from 'hono'
import { type Installed, installAs } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import type { RefusalAnswer } from '../quota/refusal.ts'
import { admitArrival } from './arrival.ts'
import { type NodeRequest, type NodeResponse, serveNode } from './node-exchange.ts'
import { serveWeb } from './web-exchange.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

/**
 * Meters every call to a paid API that this process makes, attributed to the request that made it.
 *
 * @throws {Error} for options that cannot work
 *
 * @example
 * ```ts
 * const app = new Hono()
 * app.use(spanmeter({
 *   service: 'chat-api',
 *   endpoint: 'http://127.0.0.1:4318',
 *   tenant: (c) => c.req.header('x-tenant-id'),
 * }))
 * ```
 */
export function spanmeter(options: SpanmeterOptions<Context> = {}): MiddlewareHandler {
  const meter = installAs('app.use(spanmeter({ … }))', options)
  return function spanmeter(context, next) {
    // What @hono/node-server answers with: its end is the response's end, and the response need not be touched.
    const { incoming, outgoing } = (context.env ?? {}) as { incoming?: NodeRequest; outgoing?: NodeResponse }
    if (!incoming || !outgoing) return throughWeb(meter, context, next)
    const exchange = serveNode(meter, context, incoming, outgoing, () => routeOf(context))
    return exchange.admit<unknown>(() => exchange.run(next), refuseWith) as ReturnType<MiddlewareHandler>
  }
}

async function refuseWith({ status, headers, body }: RefusalAnswer): Promise<Response> {
  return new Response(body, { status, headers })
}

async function throughWeb(
  meter: Installed<Context>,
  context: Context,
  next: Next,
): Promise<Response | undefined> {
  const exchange = serveWeb(meter, context, context.req.raw, () => routeOf(context))
  const warnings: [string, string][] = []
  try {
    const refused = await admitArrival<Promise<unknown>>(exchange.limits(), {
      header: (name, value) => warnings.push([name, value]),
      refuse: refuseWith,
      go: () => exchange.run(next),
    })
    if (refused instanceof Response) return exchange.answer(refused)
  } catch (error) {
    exchange.threw(500)
    throw error
  }
  for (const [name, value] of warnings) context.res.headers.set(name, value)
  const response = exchange.answer(context.res)
  if (response !== context.res) context.res = response
  return undefined
}

/** The route that answered; what is only a middleware for many paths is none. */
function routeOf(context: Context): string | undefined {
  const route = context.req.matchedRoutes[context.req.routeIndex]
  return route?.method === 'ALL' && route.path.endsWith('*') ? undefined : route?.path
}
