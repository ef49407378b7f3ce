/**
 * The interface of a provider plugin: which hosts and paths are its own, and where usage stands in an answer.
 *
 * Invariant: a plugin is data and pure functions over parsed answers; it sees no request, no headers but those
 * it names, and nothing that it is given leaves the process except through {@link CallFacts}.
 */
import type { Usage } from '../pricing/usage.ts'
import type { JsonObject } from '../streams/json-picker.ts'

export type { JsonObject, Usage }

/** What an answer says about its call. Plugins fill it in; later reports overwrite earlier ones. */
export interface CallFacts {
  responseModel?: string
  responseId?: string
  finishReasons?: string[]
  /** As reported so far; complete once `complete` is set. */
  usage?: Usage
  /** The provider has said all that it will say: ending the stream now is not an abort. */
  complete?: boolean
  /** The provider's error code or type: the call failed, also where the status was 200. */
  error?: string
  serviceTier?: string
  /** Remarks that change the price, as `kind:value` (`service_tier:flex`); see `pricing/price-modifiers.ts`. */
  modifiers?: string[]
}

/** How one endpoint's server-sent events are read. */
export interface EventStream {
  /**
   * Says from an event's name and raw data whether {@link read} needs it; called for every event, so it must be
   * cheap. `data` has one character per byte.
   */
  matters(event: string, data: string): boolean
  /** Characters of generated text in an event; only used to estimate where no usage is reported. */
  textLength(event: string, data: string): number
  /** Takes what counts from an event whose data is JSON. */
  read(body: JsonObject, facts: CallFacts): void
  /** Dotted paths that `read` looks at: all that is kept of an event too large to be parsed as a whole. */
  paths: readonly string[]
  /** Data that ends the stream and is not JSON (`[DONE]`). */
  terminator?: string
}

/** One endpoint whose calls are metered. Only `POST` requests are. */
export interface Endpoint {
  /** End of the URL's path, so that a gateway may put its own prefix before it: `/chat/completions`. */
  path: string
  /** `gen_ai.operation.name`. */
  operation: string
  /** Attributes that every span of this endpoint carries. */
  attributes?: Readonly<Record<string, string>>
  /** Takes what counts from a JSON answer, successful or not. */
  read(body: JsonObject, facts: CallFacts): void
  /** Dotted paths that `read` looks at: all that is kept of a body too large to be parsed as a whole. */
  paths: readonly string[]
  stream?: EventStream
}

/** A provider of paid APIs. */
export interface Provider {
  /** `gen_ai.provider.name`; also how `hosts` in the options refers to it. */
  name: string
  /** Host names, exact (`api.openai.com`) or by suffix (`*.api.openai.com`), without port. */
  hosts: readonly string[]
  /** Id in the price book, where it is not `name`. */
  priceBook?: string
  /** Response headers with the provider's id of the call, the first present counts. */
  requestIdHeaders: readonly string[]
  endpoints: readonly Endpoint[]
}

/**
 * Checks a provider plugin and returns it.
 *
 * @throws {Error} listing every fault, so that a plugin fails where it is written and not at its first call
 *
 * @example
 * ```ts
 * const acme = defineProvider({
 *   name: 'acme',
 *   hosts: ['api.acme.example'],
 *   requestIdHeaders: ['x-request-id'],
 *   endpoints: [{
 *     path: '/v1/complete',
 *     operation: 'text_completion',
 *     paths: ['model', 'tokens'],
 *     read(body, facts) {
 *       facts.usage = { input: Number(body.tokens_in), output: Number(body.tokens_out) }
 *       facts.complete = true
 *     },
 *   }],
 * })
 * ```
 */
export function defineProvider<P extends Provider>(provider: P): P {
  const faults: string[] = []
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(provider.name))
    faults.push('name: want lower case letters, digits, . _ -')
  for (const host of provider.hosts) {
    if (!/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host)) faults.push(`hosts: ${host} is no host name`)
  }
  if (provider.endpoints.length === 0) faults.push('endpoints: want at least one')
  for (const endpoint of provider.endpoints) {
    if (!/^\/.*[^/]$/.test(endpoint.path))
      faults.push(`endpoints: path ${endpoint.path} must start with / only`)
    if (endpoint.operation === '') faults.push(`endpoints: ${endpoint.path} has no operation`)
    if (endpoint.paths.length === 0) faults.push(`endpoints: ${endpoint.path} reads no paths`)
  }
  if (faults.length > 0) {
    throw new Error(`cannot define provider ${provider.name}: ${faults.join('; ')}; correct the plugin`)
  }
  return provider
}
