/**
 * Installs capture and binds requests to it: the core that every framework adapter stands on.
 *
 * Invariant: capture is installed once per process, however many adapters, copies of this package or module
 * systems take part; they share one state on `globalThis`.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Attribution } from './attribution.ts'
import { Call, type CallStart } from './capture/call.ts'
import { captureFetch, meteredFetch } from './capture/fetch.ts'
import { Jobs } from './capture/jobs.ts'
import { type Begin, createLayer, type Layer } from './capture/layer.ts'
import { captureHttp } from './capture/node-http.ts'
import { captureHttp2 } from './capture/node-http2.ts'
import { reportFailure } from './capture/report.ts'
import { captureDispatchers, type DispatcherCapture } from './capture/undici-dispatcher.ts'
import { Meter, type SpanmeterOptions } from './meter.ts'
import { defineApis } from './paid-apis.ts'
import { HostTable, type Match } from './providers/registry.ts'
import { withOutputFields } from './quota/max-output.ts'
import { interruptRuns } from './runs/open-runs.ts'
import type { Arrival } from './server-span.ts'
import { type Scope, type Serving, serve } from './serving.ts'
import { within } from './telemetry/recorder.ts'

interface Shared {
  scopes: AsyncLocalStorage<Scope>
  hosts: HostTable
  /** The first one also takes the calls that no request makes. */
  meters: Meter[]
  /** Jobs that calls have begun. */
  jobs: Jobs
  /** Calls without an end yet, oldest first. */
  open: Set<Call>
  /** The call of an upper transport that runs now. */
  handed: AsyncLocalStorage<Call>
  layer: Layer | undefined
  dispatchers: DispatcherCapture | undefined
  restore: (() => void) | undefined
}

const KEY = Symbol.for('spanmeter.state.v2')
/** More open calls than this are a leak: the oldest is ended. */
const MAX_OPEN = 10_000
const FLUSH_TIMEOUT = 5_000
/** A body that nobody has begun to read for so long, in milliseconds, is taken for abandoned by `flush()`. */
const ABANDONED_AFTER = 30_000

function shared(): Shared {
  const holder = globalThis as { [KEY]?: Shared }
  holder[KEY] ??= {
    scopes: new AsyncLocalStorage(),
    hosts: new HostTable(),
    meters: [],
    jobs: new Jobs(),
    open: new Set(),
    handed: new AsyncLocalStorage(),
    layer: undefined,
    dispatchers: undefined,
    restore: undefined,
  }
  return holder[KEY]
}

/** An installed meter, as a framework adapter uses it. */
export interface Installed<C> {
  /** Runs `work` (a request's handler) so that the calls it makes are attributed from `context`. */
  run<T>(context: C, work: () => T): T
  /**
   * Begins to serve a request: as `run`, and with a SERVER span, which the adapter ends.
   *
   * @param source the object that stands for the request in every adapter that it passes
   * @param arrive reads what the span says of the request
   */
  serve(context: C, source: object, arrive: () => Arrival): Serving
}

/**
 * Starts metering the calls that this process makes.
 *
 * @throws {Error} for options that cannot work (an endpoint that is no URL, an unknown provider)
 */
export function install<C>(options: SpanmeterOptions<C>): Installed<C> {
  const state = shared()
  for (const provider of options.providers ?? []) state.hosts.addProvider(provider)
  for (const [host, provider] of Object.entries(options.hosts ?? {})) state.hosts.addHost(host, provider)
  const apis = defineApis(options.apis ?? [])
  const meter = new Meter(options as SpanmeterOptions<never>)
  for (const { host, endpoint, owner } of apis) state.hosts.addEndpoint(host, endpoint, owner)
  state.meters.push(meter)
  state.restore ??= capture(state)
  return bind(state, meter)
}

/** Watches every transport. @returns a function that undoes it */
function capture(state: Shared): () => void {
  const layer = createLayer((...request) => begin(state, ...request), state.handed)
  const dispatchers = captureDispatchers(layer)
  const undo = [captureFetch(layer), captureHttp(layer), captureHttp2(layer), dispatchers.restore]
  state.layer = layer
  state.dispatchers = dispatchers
  return () => {
    state.layer = undefined
    state.dispatchers = undefined
    for (const one of undo) one()
  }
}

/**
 * Meters the calls of a `fetch` that the global one does not stand behind: one that a library brings along, or one
 * that was set aside before the middleware was installed. Elsewhere it changes nothing: a call is counted once,
 * however many metered functions it passes.
 *
 * @param fetch answers with web streams, as undici's and every runtime's own do
 *
 * @example
 * ```ts
 * const client = new OpenAI({ fetch: wrapFetch(fetchOfMine) })
 * ```
 */
export function wrapFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return meteredFetch(fetch, () => shared().layer)
}

/** The meter that was installed first, for adapters that are set up in one place and used in another. */
export function installed<C>(): Installed<C> | undefined {
  const state = shared()
  return state.meters[0] && bind(state, state.meters[0])
}

function bind<C>(state: Shared, meter: Meter): Installed<C> {
  return {
    run(context, work) {
      state.dispatchers?.refresh()
      return state.scopes.run({ meter, request: { context }, attribution: undefined }, work)
    },
    serve(context, source, arrive) {
      state.dispatchers?.refresh()
      return serve(state.scopes, meter, context, source, arrive)
    },
  }
}

/** All keys of `T`, so that none is forgotten where they are copied one by one. */
type Whole<T> = { [K in keyof Required<T>]: T[K] | undefined }

const begin = (state: Shared, ...[url, readRequest, method]: Parameters<Begin>): Call | undefined => {
  const match = state.hosts.match(url, method)
  if (!match) return undefined
  state.dispatchers?.refresh()
  const scope = state.scopes.getStore()
  const meter = scope?.meter ?? state.meters[0]
  if (!meter) return undefined
  // Key by key: a spread before further keys gives every call's start a shape of its own making, which costs more
  // than all the rest of its beginning.
  const start: CallStart & Whole<Match> = {
    provider: match.provider,
    endpoint: match.endpoint,
    model: match.model,
    job: match.job,
    gateway: match.gateway,
    priceBook: match.priceBook,
    url,
    request: readRequest(
      meter.quota ? withOutputFields(match.endpoint.request?.paths) : match.endpoint.request?.paths,
    ),
    gate: undefined,
    jobs: state.jobs,
    unitPrice: meter.unitPrice,
    injectStreamUsage: meter.injectStreamUsage,
    recorder: meter.recorder,
    attributes: meter.attributes(scope?.request, scope?.attribution),
    server: scope?.server,
    again: match.endpoint.socket ? (another) => opened(state, another, meter) : undefined,
    onEnd: (ended) => state.open.delete(ended),
  }
  return opened(state, start, meter)
}

function opened(state: Shared, start: CallStart, { quota }: Meter): Call {
  if (quota) {
    start.gate = quota.gate(
      {
        provider: start.provider.name,
        priceBook: start.priceBook ?? start.provider.priceBook ?? start.provider.name,
        operation: start.endpoint.operation,
        model: start.request.model ?? start.model,
        length: start.request.length,
        maxOutput: undefined,
      },
      start.attributes,
    )
  }
  const call = new Call(start)
  state.open.add(call)
  if (state.open.size > MAX_OPEN) {
    const [oldest] = state.open
    oldest?.end('unread')
    reportFailure(
      'keep a call open',
      new Error(`more than ${MAX_OPEN} calls have no end; the oldest was ended`),
    )
  }
  return call
}

/** What the code that runs now belongs to, for whatever else is recorded than calls. */
export function current(): {
  scopes: AsyncLocalStorage<Scope>
  scope: Scope | undefined
  meter: Meter | undefined
} {
  const { scopes, meters } = shared()
  const scope = scopes.getStore()
  return { scopes, scope, meter: scope?.meter ?? meters[0] }
}

/**
 * Runs a job so that the calls it makes are attributed to someone, on top of what the request or an outer job
 * said. Works in any process in which a meter is installed.
 *
 * @example
 * ```ts
 * await withAttribution({ tenant: 'acme', feature: 'nightly-report' }, () => writeReport())
 * ```
 */
export function withAttribution<T>(attribution: Attribution, work: () => T): T {
  const { scopes } = shared()
  const outer = scopes.getStore()
  const scope: Scope = {
    meter: outer?.meter,
    request: outer?.request,
    attribution: { ...outer?.attribution, ...attribution },
    server: outer?.server,
  }
  return scopes.run(scope, work)
}

/**
 * Sends what was recorded so far, waiting at most 5 s. Calls whose answer nobody has touched for 30 s are ended;
 * calls that are under way go on.
 */
export async function flush(): Promise<void> {
  const state = shared()
  const before = performance.now() - ABANDONED_AFTER
  await finished(state)
  for (const call of [...state.open]) if (call.idleSince < before) call.end('unread')
  await Promise.all(state.meters.map((meter) => settled(meter.recorder.flush(FLUSH_TIMEOUT))))
}

/**
 * Stops metering: puts the original `fetch` back, ends the spans of calls that are still open, and sends
 * everything, waiting at most 5 s. A tracer provider that the host registered is flushed but stays the host's.
 */
export async function shutdown(): Promise<void> {
  const state = shared()
  state.restore?.()
  state.restore = undefined
  await finished(state)
  for (const call of [...state.open]) call.end('unread')
  interruptRuns()
  const meters = state.meters.splice(0)
  state.hosts = new HostTable()
  await Promise.all(
    meters.map((meter) =>
      settled(
        Promise.all([meter.recorder.shutdown(FLUSH_TIMEOUT), meter.quota?.client.close()]).then(() => {}),
      ),
    ),
  )
}

/** Answers that have ended are decoded to their ends. */
async function finished(state: Shared): Promise<void> {
  await within(FLUSH_TIMEOUT, Promise.all([...state.open].map((call) => call.finishing)))
}

async function settled(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    reportFailure('send spans', error)
  }
}
