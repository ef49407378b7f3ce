/** The small service in Nest, on both platforms; decorators are called, so that no compiler has to know them. */
import 'reflect-metadata'
import type { Server } from 'node:http'
import { Readable } from 'node:stream'
import {
  Body,
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  Inject,
  Module,
  Param,
  Post,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { mergeMap, of } from 'rxjs'
import { SpanmeterModule } from '../../src/frameworks/nestjs.ts'
import type { FrameworkUnderTest, Work } from './describe-framework.ts'

type Decorator = (target: object, key: string, descriptor: PropertyDescriptor) => unknown

function decorate(target: { prototype: object }, method: string, ...decorators: Decorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(target.prototype, method) as PropertyDescriptor
  for (const decorator of decorators) decorator(target.prototype, method, descriptor)
}

/** Authentication: a guard that keeps the user on the request, after a hop of its own. */
class AuthGuard {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    await new Promise((resolve) => setImmediate(resolve))
    const request = context.switchToHttp().getRequest()
    request.user = request.headers['x-user-id']
    return true
  }
}

/** An interceptor with asynchronous work on both sides of the handler. */
class SlowInterceptor {
  async intercept(_context: ExecutionContext, next: CallHandler) {
    await new Promise((resolve) => setImmediate(resolve))
    return next.handle().pipe(mergeMap((value) => of(value)))
  }
}

class ServiceController {
  readonly work: Work
  constructor(work: Work) {
    this.work = work
  }
  chat(id: string, body: unknown) {
    return this.work.chat(id, body)
  }
  stream() {
    return new StreamableFile(Readable.from(this.work.stream(), { objectMode: false }))
  }
  refused() {
    return 'no'
  }
}
Controller()(ServiceController)
UseGuards(AuthGuard)(ServiceController)
UseInterceptors(SlowInterceptor)(ServiceController)
Inject('work')(ServiceController, undefined, 0)
decorate(ServiceController, 'chat', Post('chats/:id') as Decorator, HttpCode(200) as Decorator)
Param('id')(ServiceController.prototype, 'chat', 0)
Body()(ServiceController.prototype, 'chat', 1)
decorate(ServiceController, 'stream', Get('stream') as Decorator)
decorate(ServiceController, 'refused', Get('refused') as Decorator, HttpCode(403) as Decorator)

function nestService(name: string, createAdapter: () => AbstractHttpAdapter): FrameworkUnderTest {
  return {
    name,
    route: (path) => path,
    attribution: {
      tenant: (request: { headers: Record<string, string> }) => request.headers['x-tenant-id'],
      user: (request: { user?: string }) => request.user,
    },
    async start(options, work) {
      class AppModule {}
      Module({
        imports: [SpanmeterModule.forRoot(options)],
        controllers: [ServiceController],
        providers: [{ provide: 'work', useValue: work }],
      })(AppModule)
      const app = await NestFactory.create(AppModule, createAdapter(), {
        logger: false,
        forceCloseConnections: true,
      })
      await app.listen(0, '127.0.0.1')
      return app.getHttpServer() as Server
    },
  }
}

export const NEST_SERVICES: FrameworkUnderTest[] = [
  nestService('Nest on Express', () => new ExpressAdapter()),
  nestService('Nest on Fastify', () => new FastifyAdapter() as unknown as AbstractHttpAdapter),
]
