/**
 * Fastify 5: `app.register(spanmeter({ … }))`. Attribution functions get Fastify's request and are asked when a call
 * is made, so they see what later hooks (authentication) put there.
 *
 * It takes effect in the scope in which it is registered, and in those inside it.
 */
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify'
import { type Installed, installAs } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { warnOnce } from '../warn-once.ts'
import { serveNode } from './node-exchange.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

/** How developers give their options; both ways are the same. */
interface FastifyAdapter {
  /** For `app.register(spanmeter({ … }))`. @throws {Error} for options that cannot work */
  (options?: SpanmeterOptions<FastifyRequest>): FastifyPluginCallback
  /** For `app.register(spanmeter, { … })`. */
  (app: FastifyInstance, options: SpanmeterOptions<FastifyRequest>, done: (error?: Error) => void): void
}

const WRITTEN = 'app.register(spanmeter({ … }))'

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
export const spanmeter: FastifyAdapter = asPlugin(function spanmeter(
  first: SpanmeterOptions<FastifyRequest> | FastifyInstance = {},
  second?: SpanmeterOptions<FastifyRequest>,
  done?: (error?: Error) => void,
): unknown {
  if (!('addHook' in first) || !done)
    return createPlugin(installAs(WRITTEN, first as SpanmeterOptions<never>))
  try {
    createPlugin(installAs(WRITTEN, optionsOf(second)))(first, {}, done)
  } catch (error) {
    done(error as Error)
  }
  return undefined
} as FastifyAdapter)

/** The plugin over a meter that is installed already. */
export function createPlugin(meter: Installed<FastifyRequest>): FastifyPluginCallback {
  return asPlugin((app, options, done) => {
    const [misplaced] = Object.keys(optionsOf(options))
    if (misplaced !== undefined) {
      return done(
        new Error(`cannot take \`${misplaced}\` from the options of app.register(); write ${WRITTEN}`),
      )
    }
    if (hasScopes(app)) warnOnce(LATE)
    app.addHook('onRequest', function spanmeter(request, reply, next) {
      const exchange = serveNode(meter, request, request.raw, reply.raw, () => request.routeOptions.url)
      void exchange.admit<unknown>(
        () => exchange.run(next),
        ({ status, headers, body }) => reply.code(status).headers(headers).send(body),
      )
    })
    done()
  })
}

/** Hooks stay in the scope that a plugin gets for itself; this one wants its parent's. */
function asPlugin<T extends object>(plugin: T): T {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@spanmeter/middleware',
  })
}

/** Without those that are Fastify's own. */
function optionsOf(given: unknown): SpanmeterOptions<FastifyRequest> {
  const { prefix, logLevel, logSerializers, ...ours } = (given ?? {}) as Record<string, unknown>
  return ours
}

const LATE =
  'routes of plugins that Fastify has loaded before spanmeter are not covered: register spanmeter before them'

/** Whether there are scopes inside this one already: hooks that come later are not theirs. */
function hasScopes(app: FastifyInstance): boolean {
  const key = Object.getOwnPropertySymbols(app).find((one) => one.description === 'fastify.children')
  const children = key && (app as unknown as Record<symbol, unknown>)[key]
  return Array.isArray(children) && children.length > 0
}
