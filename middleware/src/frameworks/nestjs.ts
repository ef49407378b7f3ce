/**
 * NestJS, on Express and on Fastify: `imports: [SpanmeterModule.forRoot({ … })]`. Attribution functions get the
 * platform's request and are asked when a call is made, so they see what guards put there.
 *
 * Invariant: the module hooks into the platform once per application, as early as the platform is there.
 */
import { type DynamicModule, Inject, Optional } from '@nestjs/common'
import { HttpAdapterHost } from '@nestjs/core'
import type { Request } from 'express'
import type { FastifyRequest } from 'fastify'
import { flush, type Installed, installAs } from '../install.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { createMiddleware } from './express.ts'
import { createPlugin } from './fastify.ts'

export { flush, shutdown, withAttribution } from '../install.ts'
export type { SpanmeterOptions } from '../meter.ts'

const WRITTEN = 'SpanmeterModule.forRoot({ … })'
const METER = Symbol('spanmeter')

/** A module for the application's root. */
export class SpanmeterModule {
  readonly #host: HttpAdapterHost
  readonly #meter: Installed<never>
  #attached = false

  constructor(host: HttpAdapterHost, meter: Installed<never> | undefined) {
    if (!meter) throw new Error(`cannot meter: SpanmeterModule has no options; import ${WRITTEN}`)
    this.#host = host
    this.#meter = meter
    this.#attach()
  }

  /**
   * Meters every call to a paid API that this process makes, attributed to the request that made it.
   *
   * @throws {Error} for options that cannot work
   *
   * @example
   * ```ts
   * @Module({
   *   imports: [
   *     SpanmeterModule.forRoot<Request>({
   *       service: 'chat-api',
   *       endpoint: 'http://127.0.0.1:4318',
   *       tenant: (request) => request.headers['x-tenant-id']?.toString(),
   *     }),
   *   ],
   * })
   * export class AppModule {}
   * ```
   */
  static forRoot<R extends Request | FastifyRequest = Request>(
    options: SpanmeterOptions<R> = {},
  ): DynamicModule {
    return moduleOf(installAs(WRITTEN, options))
  }

  /** Called by Nest before it registers routes; in its tests the platform is not there any earlier. */
  configure(): void {
    this.#attach()
  }

  /** Called by Nest on `app.close()`, and at a signal after `app.enableShutdownHooks()`. */
  onApplicationShutdown(): Promise<void> {
    return flush()
  }

  #attach(): void {
    const platform = this.#host.httpAdapter
    if (this.#attached || !platform) return
    this.#attached = true
    if (platform.getType() === 'fastify') platform.getInstance().register(createPlugin(this.#meter))
    else platform.use(createMiddleware(this.#meter))
  }
}

/** Out here, because a class that names itself is renamed by bundlers, and Nest's log shows the name. */
function moduleOf(meter: Installed<never>): DynamicModule {
  return { module: SpanmeterModule, providers: [{ provide: METER, useValue: meter }] }
}

// By call, because parameter decorators are syntax that only compilers with an option for it understand.
Inject(HttpAdapterHost)(SpanmeterModule, undefined, 0)
Inject(METER)(SpanmeterModule, undefined, 1)
Optional()(SpanmeterModule, undefined, 1)
