/**
 * Hono: `app.use(spanmeter({ … }))`. Attribution functions get Hono's context and are asked when a call is made,
 * so they see what later middleware (authentication) put there.
 */
import type { Context, MiddlewareHandler } from 'hono'
import { install } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'

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
  const meter = install(options)
  return function spanmeter(context, next) {
    return meter.run(context, next)
  }
}
