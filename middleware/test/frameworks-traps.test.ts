/** What developers write instead of what the adapters expect: it works, or says what to write. */
import { createServer, type RequestListener, type Server } from 'node:http'
import Router from '@koa/router'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
// @ts-expect-error the types are those of Express 5
import express4 from 'express4'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { spanmeter as onExpress } from '../src/frameworks/express.ts'
import { spanmeter as onFastify } from '../src/frameworks/fastify.ts'
import { spanmeter as onHono } from '../src/frameworks/hono.ts'
import { spanmeter as onKoa } from '../src/frameworks/koa.ts'
import { SpanmeterModule } from '../src/frameworks/nestjs.ts'
import { withSpanmeter } from '../src/frameworks/nextjs.ts'
import { spanmeter as onNode } from '../src/frameworks/node.ts'
import { install, meter, shutdown, wrapFetch } from '../src/index.ts'
import { metricsHandler, metricsResponse } from '../src/prometheus.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { listen, portOf } from './frameworks/describe-framework.ts'
import { type Recording, recordAtHost } from './frameworks/recording.ts'
import { serve } from './local-provider.ts'

let recording: Recording
let servers: Server[] = []
let warned: string[]

beforeEach(async () => {
  recording = await recordAtHost()
  warned = []
  Reflect.deleteProperty(globalThis, Symbol.for('spanmeter.warned.v1'))
  vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warned.push(String(text)))
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const server of servers) {
    server.closeAllConnections()
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

/** What a framework makes of an error is a 500 that its developer sees. */
async function tells(listener: RequestListener, seen: () => unknown, message: string): Promise<void> {
  const base = await start(listener)
  expect((await fetch(base)).status).toBe(500)
  expect(String(seen())).toContain(message)
}

describe('the adapter itself, uncalled, in the place of the middleware', () => {
  it('is a plugin of Fastify, which gets its options from register()', async () => {
    const app = fastify()
    app.register(onFastify, { tenant: (request) => request.headers['x-tenant-id']?.toString() })
    app.register(async (inside) => void inside.get('/chats/:id', async () => 'ok'), { prefix: '/v1' })
    await app.inject({ url: '/v1/chats/1', headers: { 'x-tenant-id': 'acme' } })
    const [span] = await recording.spans(1)
    expect(span?.name).toBe('GET /v1/chats/:id')
    expect(span?.attributes[ATTR.tenantId]).toBe('acme')
    await app.close()
  })

  it('tells Fastify of options that cannot work, in either place', async () => {
    const check = async (app: ReturnType<typeof fastify>, message: string) => {
      await expect(Promise.resolve(app.ready())).rejects.toThrow(message)
      await app.close()
    }
    const misspelled = fastify()
    misspelled.register(onFastify, { tenent: 'acme' } as never)
    await check(misspelled, 'there is no option `tenent`; write `tenant`')
    const misplaced = fastify()
    misplaced.register(onFastify(), { service: 'chat' } as never)
    await check(
      misplaced,
      'cannot take `service` from the options of app.register(); write app.register(spanmeter({ … }))',
    )
  })

  it.each([
    ['Express 5', express],
    ['Express 4', express4 as typeof express],
  ])('is told to %s', async (_name, create) => {
    const app = create()
    let seen: unknown
    app.use(onExpress as never)
    app.use(((error, _req, res, _next) => {
      seen = error
      res.sendStatus(500)
    }) satisfies express.ErrorRequestHandler)
    await tells(
      app,
      () => seen,
      'an object of IncomingMessage in the place of options; write app.use(spanmeter({ … }))',
    )
  })

  it('is told to Koa and Hono', async () => {
    const koa = new Koa()
    let seen: unknown
    koa.on('error', (error) => {
      seen = error
    })
    koa.use(onKoa as never)
    await tells(koa.callback(), () => seen, 'in the place of options; write app.use(spanmeter({ … }))')
    const hono = new Hono()
    hono.use(onHono as never)
    hono.onError((error, c) => {
      seen = error
      return c.text('broken', 500)
    })
    expect((await hono.request('/')).status).toBe(500)
    expect(String(seen)).toContain(
      'an object of Context in the place of options; write app.use(spanmeter({ … }))',
    )
  })

  it('is told to node:http, and so is a listener that is missing or comes first', () => {
    const listener = () => {}
    const written = 'write createServer(spanmeter({ … }, listener))'
    expect(() => onNode({} as never, undefined as never)).toThrow(`without its listener; ${written}`)
    expect(() => onNode(listener as never, {} as never)).toThrow(
      `the function listener in the place of options; ${written}`,
    )
  })

  it('is told to Nest', async () => {
    class App {}
    Module({ imports: [SpanmeterModule] })(App)
    await expect(NestFactory.create(App, { logger: false, abortOnError: false })).rejects.toThrow(
      'SpanmeterModule has no options; import SpanmeterModule.forRoot({ … })',
    )
  })
})

describe('a middleware that comes too late', () => {
  const LATE = 'before spanmeter are not covered'

  it.each([
    ['Express 5', express],
    ['Express 4', express4 as typeof express],
  ])('is told to users of %s', async (_name, create) => {
    const check = async (mount: (app: express.Express) => void, count: number) => {
      const app = create()
      mount(app)
      app.use(onExpress())
      app.get('/covered', (_req, res) => void res.send('ok'))
      await fetch(`${await start(app)}/covered`)
      expect(warned).toHaveLength(count)
    }
    await check((app) => app.use(create.json()), 0)
    await check((app) => app.get('/early', (_req, res) => void res.send('ok')), 1)
    expect(warned[0]).toContain(LATE)
  })

  it('is told of mounted routers, and to users of Koa and Fastify', async () => {
    const koa = new Koa()
    koa.use(new Router().get('/early', () => {}).routes())
    koa.use(onKoa())
    await fetch(await start(koa.callback()))
    expect(warned.splice(0).join()).toContain(LATE)
    Reflect.deleteProperty(globalThis, Symbol.for('spanmeter.warned.v1'))

    const app = express()
    app.use('/early', express.Router())
    app.use(onExpress())
    await fetch(await start(app))
    expect(warned.splice(0).join()).toContain(LATE)

    const server = fastify()
    server.register(async (scope) => void scope.get('/early', async () => 'ok'))
    server.register(onFastify())
    await server.ready()
    expect(warned.join()).toContain('loaded before spanmeter are not covered')
    await server.close()
  })
})

describe('options that give nothing', () => {
  it('are told of where a function gives a promise, and numbers are taken', async () => {
    const app = express()
    app.use(onExpress({ tenant: (async () => 'acme') as never, user: (() => 42) as never }))
    app.get('/', (_req, res) => void res.send('ok'))
    await fetch(await start(app))
    const [span] = await recording.spans(1)
    expect(span?.attributes[ATTR.userId]).toBe('42')
    expect(span?.attributes).not.toHaveProperty([ATTR.tenantId])
    expect(warned).toEqual([expect.stringContaining('the option `tenant` gives a promise')])
  })

  it('are told of where spans go nowhere, once, and where they name no service', async () => {
    await recording.close()
    const provider = await serve((_request, response) => void response.end('{}'))
    install({ hosts: { [provider.host]: 'openai' } })
    const call = () => fetch(`${provider.url}/v1/chat/completions`, { method: 'POST', body: '{"model":"m"}' })
    for (let calls = 0; calls < 2; calls++) await (await call()).text()
    expect(warned).toEqual([expect.stringContaining('calls are metered, but go nowhere')])
    await provider.close()
    install({ endpoint: 'http://127.0.0.1:9/base' })
    expect(warned.at(-1)).toContain('set the option `service`')
  })

  it('are told of at a route handler of Next.js, which works all the same', async () => {
    const handler = withSpanmeter(async () => new Response('ok'))
    expect(await (await handler(new Request('http://shop.example/'))).text()).toBe('ok')
    expect(warned).toEqual([expect.stringContaining('call registerSpanmeter({ … }) in register()')])
  })

  it('are told of at meter(), where nothing is installed, and at wrapFetch() in the place of a fetch', () => {
    meter('voice_minute', 1)
    expect(warned).toEqual([expect.stringContaining('meter() records nothing, because nothing is installed')])
    expect(() => wrapFetch('https://api.openai.com/' as never)).toThrow('write `fetch: wrapFetch(fetch)`')
  })

  it('are told of where a host is an address', () => {
    const check = (host: string) => () => install({ hosts: { [host]: 'openai' } })
    expect(check('https://gateway.internal')).toThrow('it is no host name; write it without scheme and path')
    expect(check('gateway.internal/v1')).toThrow('it is no host name')
    expect(check('gateway.internal:8080')).not.toThrow()
  })
})

describe('the handler of metrics', () => {
  it('answers called and uncalled, on every framework whose responses it knows', async () => {
    const check = async (base: string) => {
      const response = await fetch(`${base}/metrics`)
      expect(response.headers.get('content-type')).toContain('text/plain')
      expect(await response.text()).toContain('spanmeter_calls_total')
    }
    for (const handler of [metricsHandler, metricsHandler()]) {
      const app = express()
      app.get('/metrics', handler)
      await check(await start(app))
      await check(await start(handler))
      const server = fastify()
      server.get('/metrics', handler)
      await server.listen({ port: 0, host: '127.0.0.1' })
      await check(`http://127.0.0.1:${portOf(server.server)}`)
      await server.close()
    }
    const hono = new Hono()
    hono.get('/metrics', metricsResponse)
    expect(await (await hono.request('/metrics')).text()).toContain('spanmeter_calls_total')
  })

  it('says what to write where it cannot answer', async () => {
    const hono = new Hono()
    let seen: unknown
    hono.get('/metrics', metricsHandler as never)
    hono.onError((error, c) => {
      seen = error
      return c.text('broken', 500)
    })
    expect((await hono.request('/metrics')).status).toBe(500)
    expect(String(seen)).toContain('write `() => metricsResponse()`')
  })
})
