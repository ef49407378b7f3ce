/**
 * One configured meter: whom its calls are attributed to, and how its spans leave.
 *
 * Invariant: what functions of the options throw is reported and leaves that one attribute out.
 */
import type { Attributes } from '@opentelemetry/api'
import { type Attribution, addAttribution } from './attribution.ts'
import { reportFailure } from './capture/report.ts'
import { checkMeterPrices, type MeterPrices } from './meters/meter-prices.ts'
import type { ApiRow } from './paid-apis.ts'
import { compileUnitPrices, type FindUnitPrice, type UnitPriceRow } from './pricing/unit-prices.ts'
import type { Provider } from './providers/provider.ts'
import { type LimitsOptions, Quota } from './quota/quota.ts'
import { ATTR } from './telemetry/attributes.ts'
import { createEndpointRecorder } from './telemetry/endpoint-recorder.ts'
import { exportHeaders } from './telemetry/export-headers.ts'
import { createFallbackRecorder } from './telemetry/fallback-recorder.ts'
import { createHeardRecorder } from './telemetry/heard-recorder.ts'
import { measured } from './telemetry/measured-recorder.ts'
import { recordOtelMetrics } from './telemetry/otel-metrics.ts'
import type { Recorder } from './telemetry/recorder.ts'
import { warnOnce } from './warn-once.ts'

/** A fixed value, or a function of the framework's context that is asked at every call. */
export type Attributed<C, T = string> = T | ((context: C) => T | undefined)

/** What a service sets once. `C` is the request context of its framework. */
export interface SpanmeterOptions<C = unknown> {
  /** Name of this service: `service.name`. */
  service?: string
  /** `deployment.environment.name`. */
  environment?: string
  /** OTLP/HTTP base URL to send spans to; absent = the tracer provider that the host registered. */
  endpoint?: string
  /** As `endpoint`, but only for as long as the host has registered no tracer provider. */
  fallbackEndpoint?: string
  /** Headers for the exports to either endpoint. */
  headers?: Record<string, string>
  /** API token of the collector at either endpoint: sent as `authorization: Bearer ...`. */
  token?: string
  tenant?: Attributed<C>
  user?: Attributed<C>
  /** Name of the API key that the caller uses; never the key. */
  key?: Attributed<C>
  /** Name of the agent at work, or its id and name. */
  agent?: Attributed<C, string | { id?: string; name?: string }>
  /** Id of the conversation, only where there really is one. */
  conversation?: Attributed<C>
  feature?: Attributed<C>
  /** `false`: no SERVER span for the requests that the service answers. A host's own is never doubled. */
  serverSpans?: boolean
  /** Self-hosted or gateway hosts, with or without port, and the provider whose API they speak. */
  hosts?: Record<string, string | Provider>
  /** Further provider plugins, see `defineProvider`. */
  providers?: readonly Provider[]
  /** What a unit of each meter costs: `{ voice_minute: { unitPrice: '0.02', unit: 'min' } }`. */
  meters?: MeterPrices
  /** Prices of what providers do not bill in tokens and the price book does not know: audio, images, searches. */
  unitPrices?: readonly UnitPriceRow[]
  /**
   * `true`: OpenAI-compatible chat streams that do not ask for their usage are sent with
   * `stream_options.include_usage`, and the chunk that answers it is kept from the caller. Calls of `fetch` only.
   */
  injectStreamUsage?: boolean
  /** Further paid APIs, one row each; see {@link ApiRow}. */
  apis?: readonly ApiRow[]
  /** Keeps the budgets that the collector has: calls that would break one are refused before they are made. */
  limits?: boolean | LimitsOptions
}

const NAMES = ['tenant', 'user', 'key', 'agent', 'conversation', 'feature'] as const

export class Meter {
  readonly recorder: Recorder
  /** Whether requests that the service answers get a span. */
  readonly serverSpans: boolean
  /** Prices of what `meter()` records. */
  readonly prices: MeterPrices | undefined
  /** Prices of what calls are billed by, apart from tokens. */
  readonly unitPrice: FindUnitPrice | undefined
  /** Whether chat streams are asked for their usage. */
  readonly injectStreamUsage: boolean
  /** Keeps limits, where it is to. */
  readonly quota: Quota | undefined
  readonly #options: SpanmeterOptions<never>
  /** What every call has, where nothing of it depends on a request. */
  readonly #fixed: Attributes | undefined

  /** @throws {Error} where the endpoint is not a URL or a meter's price no decimal */
  constructor(options: SpanmeterOptions<never>) {
    if (options.meters) checkMeterPrices(options.meters)
    this.#options = options
    this.prices = options.meters
    this.unitPrice = options.unitPrices && compileUnitPrices(options.unitPrices)
    this.serverSpans = options.serverSpans ?? true
    this.injectStreamUsage = options.injectStreamUsage ?? false
    this.quota = createQuota(options)
    this.recorder = measured(createRecorder(options))
    if (NAMES.every((name) => typeof options[name] !== 'function'))
      this.#fixed = this.#attributes(undefined, undefined)
    recordOtelMetrics()
  }

  /** Attributes of a call that is made now. @param request the framework's context, if a request is served */
  attributes(request: { context: unknown } | undefined, own: Attribution | undefined): Readonly<Attributes> {
    return (own === undefined ? this.#fixed : undefined) ?? this.#attributes(request, own)
  }

  #attributes(request: { context: unknown } | undefined, own: Attribution | undefined): Attributes {
    const attributes: Attributes = {}
    const { service, environment, endpoint } = this.#options
    // With an endpoint the name is the resource's; the host's provider has a resource that is not ours to set.
    if (service !== undefined && endpoint === undefined) attributes[ATTR.serviceName] = service
    if (environment !== undefined) attributes[ATTR.deploymentEnvironment] = environment
    // of one shape: it is made for every call
    addAttribution(attributes, {
      tenant: own?.tenant ?? this.#read('tenant', request),
      user: own?.user ?? this.#read('user', request),
      key: own?.key ?? this.#read('key', request),
      agent: own?.agent ?? this.#read('agent', request),
      conversation: own?.conversation ?? this.#read('conversation', request),
      feature: own?.feature ?? this.#read('feature', request),
      run: own?.run,
    } as Attribution)
    return attributes
  }

  #read(name: (typeof NAMES)[number], request: { context: unknown } | undefined): unknown {
    const option: unknown = this.#options[name]
    if (typeof option !== 'function') return option
    if (!request) return undefined
    try {
      const value: unknown = option(request.context)
      if (value instanceof Promise) warnOnce(LATE(name))
      return value
    } catch (error) {
      reportFailure(`read ${name} from the request`, error)
      return undefined
    }
  }
}

const LATE = (name: string) =>
  `the option \`${name}\` gives a promise, which is left out: a call waits for nobody; find the value out earlier, ` +
  `in a middleware, and give it from the request`

function createQuota(options: SpanmeterOptions<never>): Quota | undefined {
  const { limits, endpoint, fallbackEndpoint, service } = options
  if (!limits) return undefined
  const more = limits === true ? {} : limits
  const collector = more.collector ?? endpoint ?? fallbackEndpoint
  if (collector === undefined) {
    throw new Error('cannot keep limits: no collector is known; set `endpoint`, or `limits.collector`')
  }
  return new Quota({ ...more, endpoint: collector, headers: exportHeaders(options), service })
}

const NAMELESS =
  'calls will not say which service made them; set the option `service` (or, where nothing is in the code, SPANMETER_SERVICE)'

function createRecorder(options: SpanmeterOptions<never>): Recorder {
  const { endpoint, fallbackEndpoint, service } = options
  const rest = { service, headers: exportHeaders(options) }
  if (endpoint !== undefined) {
    if (!service) warnOnce(NAMELESS)
    return createEndpointRecorder({ endpoint, ...rest })
  }
  if (fallbackEndpoint === undefined) return createHeardRecorder()
  return createFallbackRecorder({ endpoint: fallbackEndpoint, ...rest })
}
