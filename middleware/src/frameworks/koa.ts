/**
 * Koa: `app.use(spanmeter({ … }))`. Attribution functions get Koa's context and are asked when a call is made, so
 * they see what later middleware (authentication) put there.
 */
import type { Context, Middleware } from 'koa'
import { installAs } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { serveNode } from './node-exchange.ts'
import { warnOfEarlier } from './order.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

/**
 * Meters every call to a paid API that this process makes, attributed to the request that made it.
 *
 * @throws {Error} for options that cannot work
 *
 * @example
 * ```ts
 * const app = new Koa()
 * app.use(spanmeter({
 *   service: 'chat-api',
 *   endpoint: 'http://127.0.0.1:4318',
 *   tenant: (ctx) => ctx.get('x-tenant-id'),
 * }))
 * ```
 */
export function spanmeter(options: SpanmeterOptions<Context> = {}): Middleware {
  const meter = installAs('app.use(spanmeter({ … }))', options)
  let isFirst = true
  return async function spanmeter(context, next) {
    if (isFirst) {
      isFirst = false
      warnOfEarlier(
        () => context.app.middleware,
        (entry) => entry === spanmeter,
        (entry) => 'router' in entry,
      )
    }
    const exchange = serveNode(meter, context, context.req, context.res, () => routeOf(context))
    await exchange.admit(
      () => exchange.run(next),
      async ({ status, headers, body }) => {
        context.status = status
        context.set(headers)
        context.body = body
      },
    )
    // Koa pipes it to the client when every middleware has returned.
    exchange.keepReading(context.body)
  }
}

/** Koa has no routes of its own; this is where @koa/router leaves the one that matched. */
function routeOf(context: Context): string | undefined {
  const { _matchedRoute: route } = context as { _matchedRoute?: unknown }
  return route === undefined ? undefined : String(route)
}
