/** What single frameworks and their own features need, beyond the contract of all. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  request as send,
} from 'node:http'
import { connect, createServer as createHttp2Server, type Http2Server } from 'node:http2'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { SpanKind } from '@opentelemetry/api'
import express from 'express'
// @ts-expect-error the types are those of Express 5
import express4 from 'express4'
import { fastify } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spanmeter as onExpress } from '../src/frameworks/express.ts'
import { spanmeter as onFastify } from '../src/frameworks/fastify.ts'
import { SpanmeterModule } from '../src/frameworks/nestjs.ts'
import { registerSpanmeter, withSpanmeter } from '../src/frameworks/nextjs.ts'
import { spanmeter as onNode } from '../src/frameworks/node.ts'
import { install, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { listen, portOf } from './frameworks/describe-framework.ts'
import { type Recording, recordAtHost } from './frameworks/recording.ts'
import { serve, unnumbered } from './local-provider.ts'

let recording: Recording
let servers: (Server | Http2Server)[] = []

beforeEach(async () => {
  recording = await recordAtHost()
})
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  servers = []
  await shutdown()
  await recording.close()
})

async function start(listener: RequestListener): Promise<string> {
  const server = await listen(createServer(listener))
  servers.push(server)
  return `http://127.0.0.1:${portOf(server)}`
}

describe.each([
  ['Express 5', express],
  ['Express 4', express4 as typeof express],
])('%s', (_name, create) => {
  it('tells the template of a route in a router that is mounted under a parameter', async () => {
    const app = create()
    app.use(onExpress())
    const chats = create.Router()
    chats.get('/chats/:id', (_req, res) => void res.send('ok'))
    chats.get('/', (_req, res) => void res.send('ok'))
    app.use('/tenants/:tenant', chats)
    const admin = create()
    admin.get('/users/:user', (_req, res) => void res.send('ok'))
    app.use('/admin', admin)
    const base = await start(app)
    const check = async (path: string, want: string) => {
      expect((await fetch(base + path)).status).toBe(200)
      const [span] = await recording.spans(1)
      expect(span?.name).toBe(`GET ${want}`)
      expect(span?.attributes[ATTR.httpRoute]).toBe(want)
      expect(span?.attributes[ATTR.urlPath]).toBe(path)
    }
    await check('/tenants/acme/chats/42', '/tenants/:tenant/chats/:id')
    await check('/tenants/acme%20inc', '/tenants/:tenant')
    await check('/admin/users/ada', '/admin/users/:user')
  })

  it('opens one span for a request that passes two of its middlewares, and keeps parameters as they were', async () => {
    const app = create()
    app.use(onExpress({ tenant: 'outer' }))
    const inner = create.Router({ mergeParams: true })
    inner.use(onExpress({ tenant: 'inner' }))
    inner.get('/:id', (req, res) => void res.json(req.params))
    app.use('/tenants/:tenant', inner)
    const base = await start(app)
    expect(await (await fetch(`${base}/tenants/acme/7`)).json()).toEqual({ tenant: 'acme', id: '7' })
    const spans = await recording.spans(1)
    expect(spans.map((span) => span.name)).toEqual(['GET /tenants/:tenant/:id'])
  })
})

describe('Fastify', () => {
  it('meters the scope in which it is registered, and those inside it, and no other', async () => {
    const app = fastify({ forceCloseConnections: true })
    app.get('/outside', async () => 'ok')
    app.register(async (metered) => {
      metered.register(onFastify())
      metered.get('/metered', async () => 'ok')
      metered.register(async (inside) => void inside.get('/inside', async () => 'ok'), { prefix: '/deep' })
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    servers.push(app.server)
    for (const path of ['/outside', '/metered', '/deep/inside']) {
      expect((await fetch(`http://127.0.0.1:${portOf(app.server)}${path}`)).status).toBe(200)
    }
    expect((await recording.spans(2)).map((span) => span.name)).toEqual(['GET /metered', 'GET /deep/inside'])
  })

  it('serves requests that come from no socket', async () => {
    const app = fastify()
    app.register(onFastify())
    app.get('/injected', async () => 'ok')
    expect((await app.inject('/injected')).body).toBe('ok')
    expect((await recording.spans(1)).map((span) => span.name)).toEqual(['GET /injected'])
  })
})

describe('Nest', () => {
  it('sends what is left when the application closes', async () => {
    let received = 0
    const collector = await serve((_request, response) => {
      received++
      response.end()
    })
    class App {}
    Module({ imports: [SpanmeterModule.forRoot({ service: 'nest', endpoint: collector.url })] })(App)
    const app = await NestFactory.create(App, { logger: false })
    await app.listen(0, '127.0.0.1')
    await fetch(await app.getUrl())
    await app.close()
    expect(received).toBe(1)
    await collector.close()
  })

  it('waits for the platform where there is none yet, and hooks into it once', () => {
    const used: unknown[] = []
    const platform = { getType: () => 'express', use: (middleware: unknown) => used.push(middleware) }
    const host: { httpAdapter?: unknown } = {}
    const module = new SpanmeterModule(host as never, install({}) as never)
    module.configure()
    expect(used).toHaveLength(0)
    host.httpAdapter = platform
    module.configure()
    module.configure()
    expect(used).toHaveLength(1)
  })
})

describe('node:http', () => {
  it("lets a listener's exception through and records it where no response comes of it", async () => {
    const listener = onNode({}, () => {
      throw new RangeError('a mistake of the service')
    })
    const seen: unknown[] = []
    const base = await start((request, response) => {
      try {
        listener(request, response)
      } catch (error) {
        seen.push(error)
        response.destroy()
      }
    })
    await expect(fetch(base)).rejects.toThrow()
    expect(seen).toEqual([new RangeError('a mistake of the service')])
    const [span] = await recording.spans(1)
    expect(span).toMatchObject({ name: 'GET', status: 2 })
    expect(span?.attributes[ATTR.errorType]).toBe('RangeError')
    expect(span?.attributes).not.toHaveProperty([ATTR.httpStatusCode])
    expect(span?.attributes).not.toHaveProperty([ATTR.requestAborted])
  })

  it('calls a response that its own source breaks an error, and not one that the client left', async () => {
    const base = await start(
      onNode({}, (_request, response) => {
        response.write('half', () => response.destroy(new TypeError('the source broke')))
      }),
    )
    await expect(fetch(base).then((response) => response.text())).rejects.toThrow()
    const [span] = await recording.spans(1)
    expect(span?.attributes).toMatchObject({ [ATTR.httpStatusCode]: 200, [ATTR.errorType]: 'TypeError' })
    expect(span?.attributes).not.toHaveProperty([ATTR.requestAborted])
  })

  it('gives a method that nobody knows no name of its own, and a host that is none no address', async () => {
    const base = await start(onNode({}, (_request, response) => void response.end('ok')))
    const { port } = new URL(base)
    const status = await new Promise((resolve, reject) => {
      send({ port, method: 'PROPFIND', path: '/a?b=secret', headers: { host: 'no host' } }, (response) =>
        response.resume().once('end', () => resolve(response.statusCode)),
      )
        .once('error', reject)
        .end()
    })
    expect(status).toBe(200)
    const [span] = await recording.spans(1)
    expect(span?.name).toBe('HTTP')
    expect(unnumbered(span?.attributes)).toEqual({
      [ATTR.httpMethod]: '_OTHER',
      [ATTR.httpMethodOriginal]: 'PROPFIND',
      [ATTR.urlPath]: '/a',
      [ATTR.urlScheme]: 'http',
      [ATTR.httpStatusCode]: 200,
    })
  })

  it('serves HTTP/2 as well', async () => {
    const server = createHttp2Server(
      onNode<never, never>(
        { tenant: (request: IncomingMessage) => request.headers['x-tenant-id']?.toString() },
        ((_request: unknown, response: { end(text: string): void }) => response.end('ok')) as never,
      ) as never,
    )
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connect(`http://127.0.0.1:${portOf(server as unknown as Server)}`)
    const stream = client.request({ ':path': '/h2?key=secret', 'x-tenant-id': 'acme' })
    await new Promise((resolve) => stream.resume().once('close', resolve).end())
    client.close()
    const [span] = await recording.spans(1)
    expect(span).toMatchObject({ name: 'GET', kind: SpanKind.SERVER })
    expect(span?.attributes).toMatchObject({
      [ATTR.urlPath]: '/h2',
      [ATTR.urlScheme]: 'http',
      [ATTR.serverAddress]: '127.0.0.1',
      [ATTR.httpStatusCode]: 200,
      [ATTR.tenantId]: 'acme',
    })
  })

  it('serves a request that cannot be described', async () => {
    const base = await start((request, response) => {
      Object.defineProperty(request, 'headers', {
        get() {
          throw new Error('no headers today')
        },
      })
      onNode({}, (_request, inner) => void inner.end('ok'))(request, response)
    })
    expect(await (await fetch(base)).text()).toBe('ok')
  })
})

describe("Next.js' route handlers", () => {
  const url = 'http://shop.example/api/shops/acme/files/a/b?key=secret'
  const thrown = (digest: string) => Object.assign(new Error(digest), { digest })

  it('work as they are where nothing is registered', async () => {
    const handler = withSpanmeter(async (request: Request, word: string) => new Response(request.url + word))
    expect(await (await handler(new Request(url), '!')).text()).toBe(`${url}!`)
  })

  it('are named by what their parameters leave of the path', async () => {
    registerSpanmeter({})
    const handler = withSpanmeter(
      async (_request: Request, _context: unknown) => new Response(null, { status: 204 }),
    )
    await handler(new Request(url), { params: Promise.resolve({ shop: 'acme', path: ['a', 'b'] }) })
    const [span] = await recording.spans(1)
    expect(span?.name).toBe('GET /api/shops/[shop]/files/[...path]')
    expect(span?.attributes).toMatchObject({
      [ATTR.httpStatusCode]: 204,
      [ATTR.serverAddress]: 'shop.example',
    })
  })

  it('say which status Next.js makes of what they throw, and throw it', async () => {
    registerSpanmeter({})
    const check = async (error: Error, status: number, spanStatus: number) => {
      const handler = withSpanmeter(
        async () => {
          throw error
        },
        { route: '/api/x' },
      )
      await expect(handler(new Request(url))).rejects.toBe(error)
      const [span] = await recording.spans(1)
      expect(span).toMatchObject({ name: 'GET /api/x', status: spanStatus })
      expect(span?.attributes[ATTR.httpStatusCode]).toBe(status)
    }
    await check(thrown('NEXT_REDIRECT;replace;/login;307;'), 307, 0)
    await check(thrown('NEXT_HTTP_ERROR_FALLBACK;404'), 404, 0)
    await check(new Error('a mistake of the service'), 500, 2)
  })

  it('pass the body on as it is read, and its cancellation', async () => {
    registerSpanmeter({})
    let pulled = 0
    let cancelled: unknown
    const handler = withSpanmeter(
      async () =>
        new Response(
          new ReadableStream(
            {
              pull(controller) {
                controller.enqueue(new Uint8Array([++pulled]))
              },
              cancel(reason) {
                cancelled = reason
              },
            },
            { highWaterMark: 0 },
          ),
          {
            status: 201,
            headers: [
              ['set-cookie', 'a=1'],
              ['set-cookie', 'b=2'],
            ],
          },
        ),
    )
    const response = await handler(new Request(url))
    expect(pulled).toBe(0)
    expect([response.status, response.headers.getSetCookie()]).toEqual([201, ['a=1', 'b=2']])
    const reader = response.body?.getReader()
    expect((await reader?.read())?.value).toEqual(new Uint8Array([1]))
    expect(pulled).toBe(1)
    await reader?.cancel('enough')
    expect(cancelled).toBe('enough')
    const [span] = await recording.spans(1)
    expect(span?.attributes).toMatchObject({ [ATTR.requestAborted]: true, [ATTR.httpStatusCode]: 201 })
  })
})
