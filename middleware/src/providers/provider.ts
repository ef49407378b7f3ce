/**
 * The interface of a provider plugin: which hosts and paths are its own, and where usage stands in an answer.
 *
 * Invariant: a plugin is data and pure functions over parsed answers; of a request it sees the fields that it
 * names, of the headers those that it names, and nothing that it is given leaves the process except through
 * {@link CallFacts}.
 */
import type { Usage } from '../pricing/usage.ts'
import type { JsonObject } from '../streams/json-picker.ts'
import type { CallFacts, Job, Metered, Share } from './call-facts.ts'

export type { CallFacts, Job, JsonObject, Metered, Share, Usage }

/** What a plugin reads from a request; nothing else of it is looked at. */
export interface RequestReading {
  /** Dotted paths into a JSON body, or names of form fields. */
  paths: readonly string[]
  /** Names of query parameters; a field of the body that has the same name goes before it. */
  query?: readonly string[]
  /** Takes what counts; called before the answer is there, possibly more than once. */
  read(fields: JsonObject, facts: CallFacts): void
}

/** How one endpoint's streams are read: server-sent events, or JSON objects one a line, which have no name. */
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
  /** The format has no mark for its end: a stream that ends by itself, without an error, was complete. */
  endsUnmarked?: boolean
  /** The answer is JSON objects, one a line, whatever its content type says (files of results). */
  lines?: boolean
  /** Where the client does not ask for events, the stream is one JSON array (of type `application/json`). */
  asArray?: boolean
}

/** What holds for a WebSocket as long as it is open; a plugin keeps in it what later messages need. */
export interface SocketSession {
  /** The model of the calls to come: the URL's, until a message says another one. */
  model?: string | undefined
  /** Whatever else the plugin has to remember. */
  readonly notes: Map<string, string | number>
  /** For how long it has been open, in milliseconds' precision. */
  seconds(): number
  /** What the client sends is not looked at any more. */
  deaf?: boolean
}

/** What a message means: it begins, goes on with or ends the call of that id. */
export interface SocketStep {
  /** Unique within the session. A call that is not open yet begins. */
  id: string
  /** How the call is recorded; its `path` does not count. */
  endpoint: Endpoint
  /** Given to the endpoint's `read`. */
  body: JsonObject
  /** The call is over. */
  done?: boolean
  /** The model of the call, where it is not the session's. */
  model?: string | undefined
}

/** How calls that are made over a WebSocket are read from its messages, which are JSON. */
export interface SocketReading {
  /** What begins with the connection itself. */
  open?(session: SocketSession): readonly SocketStep[]
  /** As {@link EventStream.matters}, of a message of the server. */
  matters(data: string): boolean
  /** Takes a message of the server. */
  read(message: JsonObject, session: SocketSession): readonly SocketStep[]
  /** As {@link matters}, of a message of the client; absent = what it sends is not looked at. */
  mattersSent?(data: string): boolean
  /** Whether a message of the client, by its beginning, asks for something that is paid. */
  asks?(data: string): boolean
  /** Takes a message of the client. */
  readSent?(message: JsonObject, session: SocketSession): readonly SocketStep[]
  /**
   * Characters of generated text in a message of the server, 0 where it is of another kind (sound);
   * `undefined` where it is no part of an answer.
   */
  textLength(data: string): number | undefined
  /**
   * Dotted paths that `read` and `readSent` look at: all that is kept of a large message, and `#part`, which is true
   * where `textLength` took its beginning for a part of an answer.
   */
  paths: readonly string[]
  /** What is left to say when the connection has closed. */
  close?(session: SocketSession): readonly SocketStep[]
}

/** One endpoint whose calls are metered. */
export interface Endpoint {
  /**
   * End of the URL's path, so that a gateway may put its own prefix before it: `/chat/completions`. One
   * `{model}` stands for a segment, up to what follows it, that names the model: `/models/{model}:generate`;
   * `{model+}` for several and `{model-}` for one that has a dash in it. `{id}` stands for a segment that does not
   * count, `{job}` for the id of the job that is asked for: {@link CallFacts.job} begins with it.
   * Of several endpoints whose path fits, the first counts.
   */
  path: string
  /** `POST` unless said. */
  method?: 'GET' | 'POST'
  /**
   * The call asks how a job is doing: it is recorded only where the answer says that the job is done, and once
   * per job, however often it is asked, also where the answer that began it said so already. `begun` = and only where
   * the call that began it was seen, because others of the same shape are counted when they are made.
   */
  poll?: boolean | 'begun'
  /** Models that the endpoint is for, where the path names one; of another model's call the next endpoint counts. */
  models?: RegExp
  /** What of the request counts. */
  request?: RequestReading
  /** Keys that are counted in a body too large to be parsed as a whole: `data` becomes `#data` for `read`. */
  counts?: readonly string[]
  /** `gen_ai.operation.name`. */
  operation: string
  /** Dotted path of the request's field that caps its answer, in tokens; absent where there is none. */
  maxOutput?: string
  /** Attributes that every span of this endpoint carries. */
  attributes?: Readonly<Record<string, string | boolean>>
  /** Takes what counts from a JSON answer, successful or not. */
  read(body: JsonObject, facts: CallFacts): void
  /** Dotted paths that `read` looks at: all that is kept of a body too large to be parsed as a whole. */
  paths: readonly string[]
  stream?: EventStream
  /**
   * The path is a WebSocket's: a request that opens one is no call by itself, those that its messages tell are. A
   * request that is refused is recorded as a call that failed.
   */
  socket?: SocketReading
}

/** A provider of paid APIs. */
export interface Provider {
  /** `gen_ai.provider.name`; also how `hosts` in the options refers to it. */
  name: string
  /**
   * Host names without port: exact (`api.openai.com`), or by suffix at a dot or a dash (`*.api.openai.com`,
   * `*-aiplatform.googleapis.com`), or with a star for the second label (`bedrock-runtime.*.amazonaws.com`).
   * Empty where only `hosts` in the options says where it runs.
   */
  hosts: readonly string[]
  /** Id in the price book, where it is not `name`. */
  priceBook?: string
  /** Response headers with the provider's id of the call, the first present counts. */
  requestIdHeaders: readonly string[]
  /** Further response headers that count; a plugin sees no others. */
  headers?: ResponseHeaders
  /** Models in requests are names that the customer gave (deployments): only the answer's model is priced. */
  deployments?: boolean
  /**
   * Which book and name price a model whose name in the request says who serves it (`openai/gpt-5`);
   * `undefined` where it does not.
   */
  pricedAs?(requestModel: string): { priceBook: string; model: string } | undefined
  /**
   * For gateways that pass other APIs through, under a prefix or a host name of theirs: whose API a path is, by
   * `name`, and the rest of the path; `undefined` where it is the gateway's own. Headers of both are read.
   */
  passesOn?(path: string, hostname: string): PassedOn | undefined
  /** May be empty for a gateway that only passes on. */
  endpoints: readonly Endpoint[]
}

/** Headers that a plugin reads from the head of an answer. */
export interface ResponseHeaders {
  /** Lower case. */
  names: readonly string[]
  /** Takes what counts; `values` holds those of `names` that are present. */
  read(values: Readonly<Record<string, string>>, facts: CallFacts): void
}

/** Where a gateway sends a call. */
export interface PassedOn {
  /** `name` of the provider whose API is spoken. */
  provider: string
  /** The path without the gateway's prefix, from its slash on. */
  path: string
  /** Id in the price book, where the gateway's prices are not that provider's. */
  priceBook?: string
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
 *     paths: ['tokens_in', 'tokens_out'],
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
    if (!/^(\*[.-]|[a-z0-9-]+\.\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(host))
      faults.push(`hosts: ${host} is no host name`)
  }
  if (provider.endpoints.length === 0 && !provider.passesOn) faults.push('endpoints: want at least one')
  for (const name of [...provider.requestIdHeaders, ...(provider.headers?.names ?? [])]) {
    if (name !== name.toLowerCase()) faults.push(`headers: ${name} must be in lower case`)
  }
  for (const endpoint of provider.endpoints) {
    if (!/^\/.*[^/]$/.test(endpoint.path))
      faults.push(`endpoints: path ${endpoint.path} must start with / only`)
    if (/[{}]/.test(endpoint.path.replace(/\/\{(?:model[+-]?|job)\}/g, '').replaceAll('/{id}', '')))
      faults.push(
        `endpoints: path ${endpoint.path} may hold one {model}, one {job} and any {id}, each after a slash, and no other braces`,
      )
    if (endpoint.operation === '') faults.push(`endpoints: ${endpoint.path} has no operation`)
    if (endpoint.paths.length === 0) faults.push(`endpoints: ${endpoint.path} reads no paths`)
  }
  if (faults.length > 0) {
    throw new Error(`cannot define provider ${provider.name}: ${faults.join('; ')}; correct the plugin`)
  }
  return provider
}
