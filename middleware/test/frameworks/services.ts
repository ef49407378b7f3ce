/** The same small service in every framework, each in the way of its own users. */

import type { Server } from 'node:http'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { serve as serveHono } from '@hono/node-server'
import Router from '@koa/router'
import express from 'express'
// @ts-expect-error the types are those of Express 5
import express4 from 'express4'
import { fastify } from 'fastify'
import { type Context, Hono } from 'hono'
import { stream as honoStream } from 'hono/streaming'
import Koa from 'koa'
import { spanmeter as expressAdapter } from '../../src/frameworks/express.ts'
import { spanmeter as fastifyAdapter } from '../../src/frameworks/fastify.ts'
import { spanmeter as honoAdapter } from '../../src/frameworks/hono.ts'
import { spanmeter as koaAdapter } from '../../src/frameworks/koa.ts'
import { registerSpanmeter, withSpanmeter } from '../../src/frameworks/nextjs.ts'
import { spanmeter as nodeAdapter } from '../../src/frameworks/node.ts'
import type { SpanmeterOptions } from '../../src/meter.ts'
import { type FrameworkUnderTest, listen, type Work } from './describe-framework.ts'
import { serveWeb } from './web-server.ts'

const asWritten = (path: string) => path
const header = (request: { headers: IncomingMessage['headers'] }, name: string) =>
  request.headers[name]?.toString()

function expressService(name: string, create: typeof express): FrameworkUnderTest {
  return {
    name,
    route: asWritten,
    attribution: {
      tenant: (req: express.Request) => req.get('x-tenant-id'),
      user: (req: express.Request & { user?: string }) => req.user,
    },
    start(options, work) {
      const app = create()
      app.use(expressAdapter(options as never))
      app.use((req, _res, next) => {
        Object.assign(req, { user: req.get('x-user-id') })
        setImmediate(next)
      })
      app.use(create.json({ limit: '1mb' }))
      app.post('/chats/:id', (req, res, next) => {
        work.chat(req.params.id, req.body).then((answer) => res.json(answer), next)
      })
      app.get('/stream', (_req, res) => {
        Readable.from(work.stream()).pipe(res.type('text/plain'))
      })
      app.get('/refused', (_req, res) => {
        res.sendStatus(403)
      })
      app.use(((_error, _req, res, _next) => {
        res.sendStatus(500)
      }) satisfies express.ErrorRequestHandler)
      return listen(createServer(app))
    },
  }
}

function honoApp(options: SpanmeterOptions<never>, work: Work): Hono {
  const app = new Hono<{ Variables: { user: string | undefined } }>()
  app.use(honoAdapter(options as never))
  app.use(async (c, next) => {
    c.set('user', c.req.header('x-user-id'))
    await next()
  })
  app.post('/chats/:id', async (c) =>
    c.json((await work.chat(c.req.param('id'), await c.req.json())) as object),
  )
  app.get('/stream', (c) =>
    honoStream(c, async (out) => {
      for await (const text of work.stream()) await out.write(text)
    }),
  )
  app.get('/refused', (c) => c.text('no', 403))
  app.onError((_error, c) => c.text('broken', 500))
  return app as unknown as Hono
}

const honoAttribution = {
  tenant: (c: Context) => c.req.header('x-tenant-id'),
  user: (c: Context) => c.get('user'),
}

/** Next.js' own contract for route handlers: Web requests and responses, parameters as a promise. */
function nextApp(work: Work): (request: Request) => Promise<Response> {
  type Params = { params: Promise<{ id: string }> }
  const handlers = {
    'POST /chats/[id]': withSpanmeter(async (request: Request, { params }: Params) => {
      Object.assign(request, { user: request.headers.get('x-user-id') ?? undefined })
      return Response.json(await work.chat((await params).id, await request.json()))
    }),
    'GET /stream': withSpanmeter(async () => {
      const texts = work.stream()
      return new Response(
        Readable.toWeb(Readable.from(texts).map((text) => Buffer.from(text))) as ReadableStream,
      )
    }),
    'GET /refused': withSpanmeter(async () => new Response('no', { status: 403 })),
  }
  const missing = withSpanmeter(async () => new Response('no such page', { status: 404 }), { route: '' })
  return async (request) => {
    const { pathname } = new URL(request.url)
    const [, kind, id] = pathname.split('/')
    const key = id !== undefined && kind === 'chats' ? 'POST /chats/[id]' : `${request.method} /${kind}`
    const handler = handlers[key as keyof typeof handlers] ?? missing
    try {
      return await handler(request, { params: Promise.resolve({ id: id ?? '' }) })
    } catch {
      return new Response('broken', { status: 500 })
    }
  }
}

export const SERVICES: FrameworkUnderTest[] = [
  {
    name: 'Hono on Node',
    route: asWritten,
    attribution: honoAttribution,
    start: (options, work) =>
      new Promise((resolve) => {
        const app = honoApp(options, work)
        const server = serveHono({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () =>
          resolve(server as Server),
        )
      }),
  },
  {
    name: 'Hono on any Web server',
    route: asWritten,
    attribution: honoAttribution,
    start: (options, work) => {
      const app = honoApp(options, work)
      return serveWeb(async (request) => app.fetch(request))
    },
  },
  expressService('Express 5', express),
  expressService('Express 4', express4 as unknown as typeof express),
  {
    name: 'Fastify',
    route: asWritten,
    attribution: {
      tenant: (request: { headers: IncomingMessage['headers'] }) => header(request, 'x-tenant-id'),
      user: (request: { user?: string }) => request.user,
    },
    async start(options, work) {
      const app = fastify({ forceCloseConnections: true })
      app.register(fastifyAdapter(options as never))
      app.addHook('preHandler', async (request) => {
        Object.assign(request, { user: header(request, 'x-user-id') })
      })
      app.post<{ Params: { id: string } }>('/chats/:id', (request) =>
        work.chat(request.params.id, request.body),
      )
      app.get('/stream', (_request, reply) => reply.type('text/plain').send(Readable.from(work.stream())))
      app.get('/refused', (_request, reply) => reply.code(403).send('no'))
      await app.listen({ port: 0, host: '127.0.0.1' })
      return app.server
    },
  },
  {
    name: 'Koa',
    route: asWritten,
    attribution: {
      tenant: (ctx: Koa.Context) => ctx.get('x-tenant-id'),
      user: (ctx: Koa.Context) => ctx.state.user,
    },
    start(options, work) {
      const app = new Koa()
      app.silent = true
      const router = new Router()
      router.post('/chats/:id', async (ctx) => {
        let body = ''
        for await (const part of ctx.req) body += part
        ctx.body = await work.chat(ctx.params.id ?? '', JSON.parse(body))
      })
      router.get('/stream', (ctx) => {
        ctx.type = 'text/plain'
        ctx.body = Readable.from(work.stream())
      })
      router.get('/refused', (ctx) => {
        ctx.throw(403)
      })
      app.use(koaAdapter(options as never))
      app.use(async (ctx, next) => {
        ctx.state.user = ctx.get('x-user-id')
        await next()
      })
      app.use(router.routes())
      return listen(createServer(app.callback()))
    },
  },
  {
    name: 'node:http',
    attribution: {
      tenant: (request: IncomingMessage) => header(request, 'x-tenant-id'),
      user: (request: IncomingMessage & { user?: string }) => request.user,
    },
    start(options, work) {
      const listener = (request: IncomingMessage, response: ServerResponse) => {
        const [, kind, id = ''] = new URL(request.url ?? '/', 'http://service').pathname.split('/')
        const send = (status: number, answer: unknown) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
        }
        Object.assign(request, { user: header(request, 'x-user-id') })
        if (kind === 'chats') {
          let body = ''
          request.on('data', (part) => {
            body += part
          })
          request.on('end', () => {
            work.chat(id, JSON.parse(body)).then(
              (answer) => send(200, answer),
              () => send(500, 'broken'),
            )
          })
        } else if (kind === 'stream') Readable.from(work.stream()).pipe(response)
        else send(kind === 'refused' ? 403 : 404, 'no')
      }
      return listen(createServer(nodeAdapter(options as never, listener)))
    },
  },
  {
    name: "Next.js' route handlers",
    route: (path) => path.replaceAll(/:(\w+)/g, '[$1]'),
    attribution: {
      tenant: (request: Request) => request.headers.get('x-tenant-id') ?? undefined,
      user: (request: Request & { user?: string }) => request.user,
    },
    start(options, work) {
      registerSpanmeter(options)
      return serveWeb(nextApp(work))
    },
  },
]
