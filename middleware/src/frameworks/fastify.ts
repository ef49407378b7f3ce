/**
 * Fastify 5: `app.register(spanmeter({ … }))`. Attribution functions get Fastify's request and are asked when a call
 * is made, so they see what later hooks (authentication) put there.
 *
 * It takes effect in the scope in which it is registered, and in those inside it.
 */
import type { FastifyPluginCallback, FastifyRequest } from 'fastify'
import { type Installed, install } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { serveNode } from './node-exchange.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

/**
 * Meters every call to a paid API that this process makes, attributed to the request that made it.
 *
 * @throws {Error} for options that cannot work
 *
 * @example
 * ```ts
 * const app = Fastify()
 * app.register(spanmeter({
 *   service: 'chat-api',
 *   endpoint: 'http://127.0.0.1:4318',
 *   tenant: (request) => request.headers['x-tenant-id']?.toString(),
 * }))
 * ```
 */
export function spanmeter(options: SpanmeterOptions<FastifyRequest> = {}): FastifyPluginCallback {
  return createPlugin(install(options))
}

/** The plugin over a meter that is installed already. */
export function createPlugin(meter: Installed<FastifyRequest>): FastifyPluginCallback {
  const plugin: FastifyPluginCallback = (app, _options, done) => {
    app.addHook('onRequest', function spanmeter(request, reply, next) {
      const exchange = serveNode(meter, request, request.raw, reply.raw, () => request.routeOptions.url)
      void exchange.admit<unknown>(
        () => exchange.run(next),
        ({ status, headers, body }) => reply.code(status).headers(headers).send(body),
      )
    })
    done()
  }
  // Hooks stay in the scope that a plugin gets for itself; this one wants its parent's.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@spanmeter/middleware',
  })
}
