/**
 * Installs capture and binds requests to it: the core that every framework adapter stands on.
 *
 * Invariant: capture is installed once per process, however many adapters, copies of this package or module
 * systems take part; they share one state on `globalThis`.
 */
import type { AsyncLocalStorage } from 'node:async_hooks'
import type { Attribution } from './attribution.ts'
import { captureFetch, type FetchCapture, meteredFetch } from './capture/fetch.ts'
import { createDirectFetch } from './capture/fetch-dispatcher.ts'
import { workOutLateEnds } from './capture/late-ends.ts'
import { createLayer, type Layer } from './capture/layer.ts'
import { captureHttp } from './capture/node-http.ts'
import { captureHttp2 } from './capture/node-http2.ts'
import { reportFailure } from './capture/report.ts'
import { captureDispatchers, type DispatcherCapture } from './capture/undici-dispatcher.ts'
import { checkOptions, OPTIONS } from './check-options.ts'
import { Meter, type SpanmeterOptions } from './meter.ts'
import { openCall } from './open-call.ts'
import { defineApis } from './paid-apis.ts'
import { HostTable } from './providers/registry.ts'
import { interruptRuns } from './runs/open-runs.ts'
import type { Arrival } from './server-span.ts'
import { type Scope, type Serving, serve } from './serving.ts'
import { meterNow, type Shared, shared } from './shared-state.ts'
import { within } from './telemetry/recorder.ts'

const FLUSH_TIMEOUT = 5_000
/** A body that nobody has begun to read for so long, in milliseconds, is taken for abandoned by `flush()`. */
const ABANDONED_AFTER = 30_000

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
 * @throws {Error} for options that cannot work (an endpoint that is no URL, an unknown provider, a name that is no option's)
 */
export function install<C>(options: SpanmeterOptions<C>): Installed<C> {
  return installAs('install({ … })', options)
}

/** As {@link install}, for an adapter. @param written how its users give it their options */
export function installAs<C>(written: string, options: SpanmeterOptions<C>): Installed<C> {
  checkOptions(options, OPTIONS, written)
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
  const layer = createLayer(
    {
      find: (address, method) => state.hosts.find(address, method),
      open: (...call) => openCall(state, ...call),
    },
    state.handed,
  )
  const dispatchers = captureDispatchers(layer)
  state.layer = layer
  state.dispatchers = dispatchers
  const fetch = captureFetch((original) => fetchCapture(state, layer, dispatchers, original))
  const undo = [fetch, captureHttp(layer), captureHttp2(layer), dispatchers.restore]
  return () => {
    state.layer = undefined
    state.dispatchers = undefined
    for (const one of undo) one()
  }
}

function fetchCapture(
  state: Shared,
  layer: Layer,
  dispatchers: DispatcherCapture,
  original: typeof globalThis.fetch,
): FetchCapture {
  return {
    layer,
    direct: createDirectFetch(layer, dispatchers, isRuntimesOwn(original)),
    asksForUsage: () => meterNow(state)?.injectStreamUsage === true,
    hasGate: () => meterNow(state)?.quota !== undefined,
  }
}

/** Whether a `fetch` is the one that Node begins with; who stands before it is asked, see {@link DirectFetch}. */
function isRuntimesOwn(fetch: typeof globalThis.fetch): boolean {
  return fetch.toString().includes("require('internal/deps/undici/undici')")
}

/**
 * Meters the calls of a `fetch` that the global one does not stand behind: one that a library brings along, or one
 * that was set aside before the middleware was installed. Elsewhere it changes nothing: a call is counted once,
 * however many metered functions it passes.
 *
 * @param fetch answers with web streams, as undici's and every runtime's own do
 * @throws {Error} where it is none
 *
 * @example
 * ```ts
 * const client = new OpenAI({ fetch: wrapFetch(fetchOfMine) })
 * ```
 */
export function wrapFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  if (typeof fetch !== 'function') {
    throw new Error('cannot meter what is no fetch; write `fetch: wrapFetch(fetch)`')
  }
  let capture: FetchCapture | undefined
  return meteredFetch(fetch, () => {
    const { layer, dispatchers } = shared()
    if (!layer || !dispatchers) return undefined
    if (capture?.layer !== layer) capture = fetchCapture(shared(), layer, dispatchers, fetch)
    return capture
  })
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
  workOutLateEnds()
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
  workOutLateEnds()
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
