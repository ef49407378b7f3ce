/** `node --import @spanmeter/middleware/register`, with programs that know nothing of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readOptions } from '../src/register-options.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type BuiltPackage, buildPackage } from './frameworks/built-package.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'
import { type LocalServer, serve } from './local-provider.ts'

const COMPLETION = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
})

/** What every program does: one call with the official SDK. */
const CALL = `
const openai = new OpenAI({ baseURL: process.env.PROVIDER + '/v1', apiKey: 'sk-canary', maxRetries: 0 })
const ask = async () => {
  const completion = await openai.chat.completions.create({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'Hi' }],
  })
  console.log(completion.choices[0].message.content)
}
`
const MODULE = `import OpenAI from 'openai'\n${CALL}`
const SCRIPT = `const { OpenAI } = require('openai')\n${CALL}`

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

const flags = ['--import', '@spanmeter/middleware/register']
const env = (more: Record<string, string> = {}) => ({
  PROVIDER: provider.url,
  SPANMETER_HOSTS: `${provider.host}=openai`,
  SPANMETER_ENDPOINT: receiver.url,
  OTEL_SERVICE_NAME: 'nightly-job',
  ...more,
})
const expectOneCall = () => {
  expect(receiver.spans.map((span) => span.name)).toEqual(['chat gpt-4o-mini'])
  expect(receiver.spans[0]?.attributes).toMatchObject({
    [ATTR.inputTokens]: 12,
    [ATTR.outputTokens]: 3,
    [ATTR.costExact]: '0.0000036',
  })
}

describe('the register entry', () => {
  it.each([
    ['app.mjs', `${MODULE}\nawait ask()`],
    ['app.cjs', `${SCRIPT}\nask()`],
  ])('meters %s as it stands and sends everything before the process ends', async (file, source) => {
    const { code, output, errors } = await built.run(file, source, { env: env(), flags }).ended
    expect({ code, output, errors }).toEqual({ code: 0, output: 'Hello.\n', errors: '' })
    expectOneCall()
    expect(receiver.resource).toMatchObject({ 'service.name': 'nightly-job' })
  })

  it('also loads by --require', async () => {
    const preload = ['--require', '@spanmeter/middleware/register']
    const { code } = await built.run('app.cjs', `${SCRIPT}\nask()`, { env: env(), flags: preload }).ended
    expect(code).toBe(0)
    expectOneCall()
  })

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'sends what is left at %s, which then ends the process',
    async (signal) => {
      const source = `${MODULE}\nawait ask()\nsetInterval(() => {}, 1000)`
      const program = built.run('app.mjs', source, { env: env(), flags })
      await program.printed('Hello.')
      program.signal(signal)
      expect(await program.ended).toMatchObject({ code: null, signal })
      expectOneCall()
    },
  )

  it('leaves a signal to a service that handles it', async () => {
    const source = `${MODULE}
      const timer = setInterval(() => {}, 1000)
      process.on('SIGTERM', async () => {
        await ask()
        process.exitCode = 7
        clearInterval(timer)
      })
      console.log('ready')`
    const program = built.run('app.mjs', source, { env: env(), flags })
    await program.printed('ready')
    program.signal('SIGTERM')
    expect(await program.ended).toMatchObject({ code: 7, signal: null, output: 'ready\nHello.\n' })
    expectOneCall()
  })

  it("sends to OpenTelemetry's endpoint where the service has no tracer provider", async () => {
    const otel = { SPANMETER_ENDPOINT: '', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    const { code } = await built.run('app.mjs', `${MODULE}\nawait ask()`, { env: env(otel), flags }).ended
    expect(code).toBe(0)
    expectOneCall()
  })

  it('uses the tracer provider of a service that has one, and sends nothing besides', async () => {
    const host = await receiveOtlp()
    const source = `
      import { trace } from '@opentelemetry/api'
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
      import { resourceFromAttributes } from '@opentelemetry/resources'
      import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
      const exporter = new OTLPTraceExporter({ url: '${host.url}/v1/traces' })
      trace.setGlobalTracerProvider(new BasicTracerProvider({
        resource: resourceFromAttributes({ 'service.name': 'of the host' }),
        spanProcessors: [new BatchSpanProcessor(exporter)],
      }))
      ${MODULE}
      await ask()`
    const otel = { SPANMETER_ENDPOINT: '', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }
    const { code, errors } = await built.run('app.mjs', source, { env: env(otel), flags }).ended
    await host.close()
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
    expect(host.spans.map((span) => span.name)).toEqual(['chat gpt-4o-mini'])
    expect(host.resource).toMatchObject({ 'service.name': 'of the host' })
    expect(receiver.spans).toEqual([])
  })

  it('warns of a configuration that cannot work, all of it, and lets the service run', async () => {
    const bad = {
      SPANMETER_ENDPOINT: 'collector',
      SPANMETER_HEADERS: 'authorization Bearer-canary',
      SPANMETER_HOSTS: 'gateway.internal',
    }
    const program = built.run('app.mjs', `${MODULE}\nawait ask()`, { env: env(bad), flags })
    const { code, output, errors } = await program.ended
    expect({ code, output }).toEqual({ code: 0, output: 'Hello.\n' })
    expect(errors).toContain('SPANMETER_ENDPOINT=collector is no http(s) URL')
    expect(errors).toContain('SPANMETER_HEADERS has <secret> where name=value is expected')
    expect(errors).toContain('SPANMETER_HOSTS has gateway.internal where name=value is expected')
    expect(errors).not.toContain('canary')
  })

  it('lets a service end when nobody is there to receive', async () => {
    const nobody = await serve(() => {})
    await nobody.close()
    const down = env({ SPANMETER_ENDPOINT: nobody.url })
    const { code, output } = await built.run('app.mjs', `${MODULE}\nawait ask()`, { env: down, flags }).ended
    expect({ code, output }).toEqual({ code: 0, output: 'Hello.\n' })
  })
})

describe('the environment', () => {
  const check = (environment: Record<string, string>, want: object) =>
    expect(readOptions(environment)).toEqual(want)

  it('becomes options', () => {
    const fallbackEndpoint = 'http://127.0.0.1:4318'
    check({}, { fallbackEndpoint })
    check({ SPANMETER_ENDPOINT: 'https://meter.internal' }, { endpoint: 'https://meter.internal' })
    check({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' }, { fallbackEndpoint: 'http://otel:4318' })
    check(
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      { fallbackEndpoint },
    )
    check({ OTEL_SERVICE_NAME: 'a' }, { fallbackEndpoint, service: 'a' })
    check({ OTEL_SERVICE_NAME: 'a', SPANMETER_SERVICE: 'b' }, { fallbackEndpoint, service: 'b' })
    check({ SPANMETER_ENVIRONMENT: 'production' }, { fallbackEndpoint, environment: 'production' })
    check(
      { SPANMETER_HOSTS: ' llm.internal=openai, 127.0.0.1:99=anthropic ,' },
      { fallbackEndpoint, hosts: { 'llm.internal': 'openai', '127.0.0.1:99': 'anthropic' } },
    )
    check(
      { SPANMETER_HEADERS: 'authorization=Bearer a=b' },
      { fallbackEndpoint, headers: { authorization: 'Bearer a=b' } },
    )
    const token = { SPANMETER_TOKEN: 'spm_1_x' }
    check(token, { fallbackEndpoint, token: 'spm_1_x' })
    check(
      { ...token, SPANMETER_ENDPOINT: 'https://m.internal' },
      { endpoint: 'https://m.internal', token: 'spm_1_x' },
    )
    check(
      { ...token, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' },
      { fallbackEndpoint: 'http://otel:4318' },
    )
    const otel = { OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20b' }
    check({ ...otel }, { fallbackEndpoint })
    check({ ...otel, SPANMETER_ENDPOINT: 'https://m.internal' }, { endpoint: 'https://m.internal' })
    check(
      { ...otel, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318' },
      { fallbackEndpoint: 'http://otel:4318', headers: { 'api-key': 'a b' } },
    )
  })
})
