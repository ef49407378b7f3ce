/**
 * A service of `instrumentations.ts` that calls the official `openai` SDK, with one instrumentation or none. It has the
 * SDK twice, as it is and instrumented. Reads `SIDE KIND COUNT` lines, answers each with the CPU microseconds that one
 * call took.
 *
 * Invariant: all services run the same SDK, loop and span processor; only what instruments the second one differs, and
 * nobody captures content.
 */
const { createInterface } = require('node:readline')
const { context, metrics, trace } = require('@opentelemetry/api')
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks')
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base')

const [peer, bareURL, baseURL, middleware] = process.argv.slice(2)

let spans = 0
const exporter = {
  export(batch, done) {
    spans += batch.length
    done({ code: 0 })
  },
  shutdown: async () => {},
}
const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] })
trace.setGlobalTracerProvider(provider)
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())

/** Every side serves a request: what AsyncLocalStorage takes on this Node is in all of them, the bare one too. */
const served = context.active().setValue(Symbol('request'), {})

/** How each one is switched on by hand, which its documentation offers for code that loads the SDK itself. */
const PEERS = {
  nobody: () => {},
  spanmeter: async () => {
    const { install } = await import(middleware)
    install({ service: 'bench', tenant: 'acme', hosts: { [new URL(baseURL).host]: 'openai' } })
  },
  opentelemetry: (sdk) => {
    const { OpenAIInstrumentation } = require('@opentelemetry/instrumentation-openai')
    const instrumentation = new OpenAIInstrumentation({ captureMessageContent: false })
    instrumentation.setTracerProvider(provider)
    instrumentation.setMeterProvider(metrics.getMeterProvider())
    for (const definition of instrumentation.getModuleDefinitions()) definition.patch(sdk, '5.0.0')
  },
  openllmetry: (sdk) => {
    const { OpenAIInstrumentation } = require('@traceloop/instrumentation-openai')
    const instrumentation = new OpenAIInstrumentation({ traceContent: false })
    instrumentation.setTracerProvider(provider)
    instrumentation.manuallyInstrument(sdk.OpenAI)
  },
  openinference: (sdk) => {
    const { OpenAIInstrumentation } = require('@arizeai/openinference-instrumentation-openai')
    const instrumentation = new OpenAIInstrumentation({
      tracerProvider: provider,
      traceConfig: { hideInputs: true, hideOutputs: true },
    })
    instrumentation.manuallyInstrument(sdk)
  },
  openlit: (sdk) => {
    // its package exports only the set-up of everything at once; the one instrumentation is the fairer peer
    const openlit = `${__dirname}/node_modules/openlit/dist`
    const config = require(`${openlit}/config.js`).default
    config.updateConfig({
      captureMessageContent: false,
      pricingJson: {},
      disableMetrics: true,
      disableEvents: true,
      tracer: trace.getTracer('openlit'),
    })
    const Instrumentation = require(`${openlit}/instrumentation/openai/index.js`).default
    const instrumentation = new Instrumentation()
    instrumentation.setTracerProvider(provider)
    instrumentation.manualPatch(sdk)
  },
}

/** The SDK, with nothing in common with one that was loaded before. */
function loadSdk() {
  for (const file of Object.keys(require.cache)) if (/[\\/]openai[\\/]/.test(file)) delete require.cache[file]
  return require('openai')
}

/** @returns what calls, by kind */
function callsOf(sdk, url) {
  const client = new sdk.OpenAI({ apiKey: 'none', baseURL: url, maxRetries: 0 })
  const messages = [{ role: 'user', content: 'word '.repeat(1000) }]
  return {
    json: () => client.chat.completions.create({ model: 'gpt-4o-mini', messages }),
    stream: async () => {
      const stream = await client.chat.completions.create(
        { model: 'gpt-4o-mini', messages, stream: true, stream_options: { include_usage: true } },
        { headers: { 'x-stream': 'yes' } },
      )
      for await (const _chunk of stream);
    },
  }
}

async function main() {
  // made first, so that its `fetch` is the one from before
  const bare = callsOf(loadSdk(), bareURL)
  const sdk = loadSdk()
  const sdkLoaded = performance.now()
  await PEERS[peer](sdk)
  const importMs = performance.now() - sdkLoaded
  const sides = { bare, with: callsOf(sdk, baseURL) }
  console.log(JSON.stringify({ importMs }))
  for await (const line of createInterface({ input: process.stdin })) {
    const [side, kind, count] = line.split(' ')
    const seen = spans
    const before = process.cpuUsage()
    await context.with(served, async () => {
      for (let index = 0; index < Number(count); index++) await sides[side][kind]()
    })
    await provider.forceFlush()
    const { user, system } = process.cpuUsage(before)
    console.log(JSON.stringify({ us: (user + system) / Number(count), spans: spans - seen }))
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error)
    process.exit(1)
  },
)
