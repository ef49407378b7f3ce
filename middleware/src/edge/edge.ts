/**
 * Metering where there is no Node (Cloudflare Workers, Deno, Bun, edge functions): an explicit `fetch`, nothing else.
 *
 * Invariant: Web APIs only, and nothing happens when the module is loaded or a meter is made: no timer, no I/O, no
 * random number, no global that is replaced.
 */
import type { Attributes } from '@opentelemetry/api'
import { type Attribution, addAttribution } from '../attribution.ts'
import { Call } from '../capture/call.ts'
import { meteredFetch } from '../capture/fetch.ts'
import { Jobs } from '../capture/jobs.ts'
import { type Core, createLayer } from '../capture/layer.ts'
import { reportFailure } from '../capture/report.ts'
import { checkOptions, type OptionKinds } from '../check-options.ts'
import type { SpanmeterOptions } from '../meter.ts'
import { HostTable } from '../providers/registry.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { exportHeaders } from '../telemetry/export-headers.ts'
import { createEdgeRecorder } from './edge-recorder.ts'

export { type CallFacts, defineProvider, type Endpoint, type Provider } from '../providers/provider.ts'
export type { Attribution }

/** What a service sets once. */
export interface EdgeOptions
  extends Pick<
    SpanmeterOptions<never>,
    'service' | 'environment' | 'headers' | 'token' | 'hosts' | 'providers'
  > {
  /** OTLP/HTTP base URL to send spans to. */
  endpoint: string
  /** What calls and exports go through; absent = the global one, at the time of the call. */
  fetch?: typeof globalThis.fetch
}

/** What keeps a request's work alive after its answer: Workers' `ctx`, or anything with its `waitUntil`. */
export interface Lifetime {
  waitUntil(work: Promise<unknown>): void
}

export interface EdgeMeter {
  /**
   * A `fetch` to give to an SDK's client, or to call: its calls are metered and attributed.
   *
   * @param lifetime where the spans are sent once the calls have ended; without it, call `flush()`
   * @throws {Error} where it is called in the place of the `fetch` that it makes
   */
  fetchFor(attribution?: Attribution, lifetime?: Lifetime): typeof globalThis.fetch
  /** Sends what has ended so far, waiting at most 5 s for each batch. Never rejects. */
  flush(): Promise<void>
}

const OPTIONS: OptionKinds = {
  endpoint: 'text',
  service: 'text',
  environment: 'text',
  headers: 'record',
  token: 'text',
  hosts: 'record',
  providers: 'list',
  fetch: 'function',
} satisfies Record<keyof EdgeOptions, OptionKinds[string]>
const TIMEOUT = 5_000
/** Marks nothing: at the edge no transport lies below another. */
const NOTHING_BELOW = { getStore: () => undefined, run: <T>(_: Call, work: () => T) => work() }

function checkUse(attribution: unknown, lifetime: Partial<Lifetime> | undefined): void {
  if (typeof attribution === 'string' || attribution instanceof URL || attribution instanceof Request) {
    throw new Error('cannot fetch with fetchFor itself; write `fetch: meter.fetchFor({ tenant }, ctx)`')
  }
  if (lifetime && typeof lifetime.waitUntil !== 'function') {
    throw new Error('cannot send spans in what has no waitUntil(); write meter.fetchFor({ tenant }, ctx)')
  }
}

/**
 * Makes a meter.
 *
 * @throws {Error} where the endpoint is no URL, a provider is unknown, or there is no such option
 *
 * @example
 * ```ts
 * const meter = createEdgeMeter({ service: 'chat', endpoint: 'https://collector.example' })
 *
 * export default {
 *   async fetch(request, env, ctx) {
 *     const fetch = meter.fetchFor({ tenant: request.headers.get('x-tenant-id') ?? undefined }, ctx)
 *     const openai = new OpenAI({ apiKey: env.OPENAI_API_KEY, fetch })
 *     …
 *   },
 * }
 * ```
 */
export function createEdgeMeter(options: EdgeOptions): EdgeMeter {
  checkOptions(options, OPTIONS, 'createEdgeMeter({ … })')
  const hosts = new HostTable()
  const jobs = new Jobs()
  for (const provider of options.providers ?? []) hosts.addProvider(provider)
  for (const [host, provider] of Object.entries(options.hosts ?? {})) hosts.addHost(host, provider)
  // Called as a plain function: the runtime's own refuses any other `this`.
  const send: typeof globalThis.fetch = (input, init) => (options.fetch ?? globalThis.fetch)(input, init)
  const { endpoint, service } = options
  const recorder = createEdgeRecorder({
    endpoint,
    fetch: send,
    headers: exportHeaders(options),
    ...(service === undefined ? {} : { service }),
  })

  function attributesOf(attribution: Attribution | undefined): Attributes {
    const attributes: Attributes = {}
    if (options.environment !== undefined) attributes[ATTR.deploymentEnvironment] = options.environment
    if (attribution) addAttribution(attributes, attribution)
    return attributes
  }

  return {
    fetchFor(attribution, lifetime) {
      checkUse(attribution, lifetime)
      const open: Core['open'] = (target, address, readRequest, active) => {
        let ended = () => {}
        const over = new Promise<void>((resolve) => {
          ended = resolve
        })
        const call = new Call({
          target,
          address,
          active,
          request: readRequest(target.match.endpoint.request?.paths),
          jobs,
          recorder,
          attributes: attributesOf(attribution),
          onEnd: () => ended(),
        })
        try {
          lifetime?.waitUntil(over.then(() => recorder.flush(TIMEOUT)))
        } catch (error) {
          reportFailure('wait for the end of a call', error)
        }
        return call
      }
      const layer = createLayer(
        { find: (address, method) => hosts.find(address, method), open },
        NOTHING_BELOW,
      )
      return meteredFetch(send, () => ({ layer }))
    },
    flush: () => recorder.flush(TIMEOUT),
  }
}
