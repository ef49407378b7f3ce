/**
 * A service with OpenTelemetry of its own, in which one tool traces the calls.
 *
 * Invariant: knows nothing of Spanmeter; every span that the tool ends is exported as OTLP, one request a span.
 */
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'

const { name, urls, endpoint } = JSON.parse(process.argv[2])
process.env.OTEL_SERVICE_NAME = name

const provider = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
})
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

const { emit } = await import(`./emit/${name}.mjs`)
await emit({ urls, provider, endpoint })
await provider.forceFlush()
// what records through a provider of the host's ends with it
await provider.shutdown()
process.exit(0)
