/** The adapters as they are published: by name, as ES modules and as CommonJS, in plain Node. */

import { createRequire } from 'node:module'
import { SpanKind } from '@opentelemetry/api'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type BuiltPackage, buildPackage } from './frameworks/built-package.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'
import { type LocalServer, serve } from './local-provider.ts'

const require = createRequire(import.meta.url)

const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
})

/** One service for each adapter, in a program of which only the way to import differs. */
const SERVICES = `
const options = (tenant) => ({
  service: 'built', tenant, endpoint: process.env.COLLECTOR, hosts: { [new URL(process.env.PROVIDER).host]: 'openai' },
})
const ask = async () => {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
  const response = await fetch(process.env.PROVIDER + '/v1/chat/completions', { method: 'POST', body })
  return (await response.json()).choices[0].message.content
}
const visit = async (listener) => {
  const server = http.createServer(listener)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const response = await fetch('http://127.0.0.1:' + server.address().port + '/ask')
  console.log(await response.text())
  await new Promise((resolve) => { server.close(resolve); server.closeAllConnections() })
}
const main = async () => {
  const onExpress = express()
  onExpress.use(entries.express.spanmeter(options('express')))
  onExpress.get('/ask', async (req, res) => { res.send(await ask()) })
  await visit(onExpress)

  const onFastify = fastify()
  onFastify.register(entries.fastify.spanmeter(options('fastify')))
  onFastify.get('/ask', () => ask())
  await onFastify.ready()
  await visit((request, response) => onFastify.routing(request, response))

  const onKoa = new Koa()
  onKoa.use(entries.koa.spanmeter(options('koa')))
  onKoa.use(async (ctx) => { ctx.body = await ask() })
  await visit(onKoa.callback())

  await visit(entries.node.spanmeter(options('node'), async (request, response) => { response.end(await ask()) }))

  const onHono = new Hono()
  onHono.use(entries.hono.spanmeter(options('hono')))
  onHono.get('/ask', async (c) => c.text(await ask()))
  await visit(getRequestListener(onHono.fetch))

  class AskController { ask() { return ask() } }
  Controller()(AskController)
  Get('ask')(AskController.prototype, 'ask', Object.getOwnPropertyDescriptor(AskController.prototype, 'ask'))
  class AppModule {}
  Module({ imports: [entries.nestjs.SpanmeterModule.forRoot(options('nestjs'))], controllers: [AskController] })(AppModule)
  const onNest = await NestFactory.create(AppModule, { logger: false })
  await onNest.init()
  await visit(onNest.getHttpAdapter().getInstance())

  await entries.hono.shutdown()
  entries.nextjs.registerSpanmeter(options('nextjs'))
  const handler = entries.nextjs.withSpanmeter(async () => new Response(await ask()))
  console.log(await (await handler(new Request('http://127.0.0.1/ask'))).text())
  await entries.koa.shutdown()
}
`

const NAMES = ['express', 'fastify', 'koa', 'node', 'hono', 'nestjs', 'nextjs']

const MODULE = `
import http from 'node:http'
import 'reflect-metadata'
import express from 'express'
import { fastify } from 'fastify'
import Koa from 'koa'
import { Hono } from 'hono'
import { getRequestListener } from '@hono/node-server'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
${NAMES.map((name) => `import * as ${name}Entry from '@spanmeter/middleware/${name}'`).join('\n')}
const entries = { ${NAMES.map((name) => `${name}: ${name}Entry`).join(', ')} }
${SERVICES}
await main()
`

const SCRIPT = `
const http = require('node:http')
require('reflect-metadata')
const express = require('express')
const { fastify } = require('fastify')
const Koa = require('koa').default ?? require('koa')
const { Hono } = require('hono')
const { getRequestListener } = require('@hono/node-server')
const { Controller, Get, Module } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const entries = { ${NAMES.map((name) => `${name}: require('@spanmeter/middleware/${name}')`).join(', ')} }
${SERVICES}
main()
`

/** A service with OpenTelemetry's own HTTP instrumentation. */
const INSTRUMENTED = `
const { context, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto')
const { HttpInstrumentation } = require('${require.resolve('@opentelemetry/instrumentation-http')}')
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base')
const exporter = new OTLPTraceExporter({ url: process.env.COLLECTOR + '/v1/traces' })
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
trace.setGlobalTracerProvider(provider)
new HttpInstrumentation().setTracerProvider(provider)
const http = require('node:http')
const express = require('express')
const { spanmeter } = require('@spanmeter/middleware/express')
const { host } = new URL(process.env.PROVIDER)
const app = express()
app.use((req, res, next) => trace.getTracer('inner').startActiveSpan('inside of the server span', (span) => {
  res.once('finish', () => span.end())
  next()
}))
app.use(spanmeter({ tenant: 'acme', hosts: { [host]: 'openai' } }))
app.get('/ask', async (req, res) => {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
  const response = await fetch(process.env.PROVIDER + '/v1/chat/completions', { method: 'POST', body })
  res.send((await response.json()).choices[0].message.content)
})
const server = app.listen(0, '127.0.0.1', async () => {
  const response = await fetch('http://127.0.0.1:' + server.address().port + '/ask')
  console.log(await response.text())
  server.close()
  server.closeAllConnections()
  await provider.forceFlush()
})
`

let built: BuiltPackage
let provider: LocalServer
let receiver: Awaited<ReturnType<typeof receiveOtlp>>

beforeAll(async () => {
  built = await buildPackage()
  provider = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(COMPLETION)
  })
  receiver = await receiveOtlp()
}, 120_000)
afterAll(async () => {
  built.remove()
  await provider.close()
  await receiver.close()
})
beforeEach(() => {
  receiver.spans.length = 0
})

const run = (file: string, source: string) =>
  built.run(file, source, { env: { PROVIDER: provider.url, COLLECTOR: receiver.url } }).ended

describe('the published adapters', () => {
  it.each([
    ['service.mjs', MODULE],
    ['service.cjs', SCRIPT],
  ])('meter every framework in %s', async (file, source) => {
    const { code, output, errors } = await run(file, source)
    expect({ code, output, errors }).toEqual({ code: 0, output: 'Hello.\n'.repeat(NAMES.length), errors: '' })
    for (const name of NAMES) {
      const spans = receiver.spans.filter((span) => span.attributes[ATTR.tenantId] === name)
      const request = spans.find((span) => span.kind === SpanKind.SERVER)
      const call = spans.find((span) => span.kind === SpanKind.CLIENT)
      expect(spans, name).toHaveLength(2)
      expect(call, name).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId })
    }
    expect(receiver.spans).toHaveLength(2 * NAMES.length)
  })

  it("find the span of OpenTelemetry's HTTP instrumentation, however deep below it they are", async () => {
    const { code, output, errors } = await run('service.cjs', INSTRUMENTED)
    expect({ code, output, errors }).toEqual({ code: 0, output: 'Hello.\n', errors: '' })
    const served = receiver.spans.filter((span) => span.kind === SpanKind.SERVER)
    const calls = receiver.spans.filter((span) => span.attributes[ATTR.inputTokens] === 12)
    const inner = receiver.spans.find((span) => span.name === 'inside of the server span')
    expect(served).toHaveLength(1)
    expect(calls).toHaveLength(1)
    expect(inner?.parentSpanId).toBe(served[0]?.spanId)
    expect(calls[0]).toMatchObject({ traceId: served[0]?.traceId, parentSpanId: inner?.spanId })
  })
})
