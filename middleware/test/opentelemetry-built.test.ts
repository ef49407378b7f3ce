/** The package as it is published brings OpenTelemetry's API with it, and finds what a service registers with its own copy. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BuiltPackage, buildPackage } from './frameworks/built-package.ts'
import { type LocalServer, serve } from './local-provider.ts'

/** Prints the spans and metrics that the service's own providers got of two calls, before and after they were registered. */
const SERVICE = `
import { install, withAttribution } from '@spanmeter/middleware'
import { context, diag, metrics, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
const { host } = new URL(process.env.PROVIDER)
install({ service: 'late', hosts: { [host]: 'openai' } })
const ask = async () => {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [] })
  return (await (await fetch(process.env.PROVIDER + '/v1/chat/completions', { method: 'POST', body })).json()).id
}
await ask()

const spans = new InMemorySpanExporter()
const told = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: told, exportIntervalMillis: 3_600_000 })
const registered = [
  diag.setLogger({ error: console.error, warn: console.error, info() {}, debug() {}, verbose() {} }),
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()),
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })),
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] })),
]
await trace.getTracer('service').startActiveSpan('work', async (span) => {
  await withAttribution({ tenant: 'acme' }, ask)
  span.end()
})
await new Promise((resolve) => setTimeout(resolve, 100))
await reader.forceFlush()
const all = spans.getFinishedSpans()
const work = all.find(({ name }) => name === 'work')
console.log(JSON.stringify({
  registered,
  spans: all.map(({ name }) => name).sort(),
  inside: all.filter(({ parentSpanContext }) => parentSpanContext?.spanId === work.spanContext().spanId).map(({ attributes }) => attributes['spanmeter.tenant.id']),
  tokens: all.map(({ attributes }) => attributes['gen_ai.usage.input_tokens']).filter((value) => value !== undefined),
  metrics: told.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics.map(({ descriptor }) => descriptor.name))).sort(),
}))
`

let built: BuiltPackage
let provider: LocalServer
beforeAll(async () => {
  built = await buildPackage()
  const usage = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 }
  const answer = JSON.stringify({ id: 'chatcmpl-1', model: 'gpt-4o-mini', choices: [], usage })
  provider = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
}, 120_000)
afterAll(async () => {
  built.remove()
  await provider.close()
})

it('also when that is registered after the first call', async () => {
  const { code, output, errors } = await built.run('service.mjs', SERVICE, {
    env: { PROVIDER: provider.url },
  }).ended
  expect(code, errors).toBe(0)
  // the first call went nowhere, and OpenTelemetry has nothing to complain about
  expect(errors).toMatch(
    /^\(node:\d+\) SpanmeterWarning: calls are metered, but go nowhere: .*\n.*--trace-warnings.*\n$/,
  )
  expect(JSON.parse(output)).toEqual({
    registered: [true, true, true, true],
    spans: ['chat gpt-4o-mini', 'work'],
    inside: ['acme'],
    tokens: [12],
    metrics: expect.arrayContaining(['gen_ai.client.inference.duration', 'spanmeter.calls']),
  })
})
