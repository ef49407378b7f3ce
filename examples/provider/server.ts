/**
 * A local provider that speaks the APIs of OpenAI, Anthropic and others as the real services do on the wire, and
 * keeps a ledger of what it would bill.
 *
 * Invariant: the official SDKs cannot tell it from the real thing on the endpoints it has, and the ledger
 * is written from what was generated, never from what a meter reports.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApiError, type Exchange, type Pace } from './exchange.ts'
import { Ledger, type LedgerEntry, NO_TOKENS, type ProviderName } from './ledger.ts'
import { type Listening, listen } from './listen.ts'
import { PromptCache } from './prompt-cache.ts'
import { createId, seededRandom } from './random.ts'
import { RateLimits } from './rate-limits.ts'
import { findPath, SERVICES, type Service, type Surface } from './service.ts'
import { sendJson } from './wire.ts'

/** The largest request body, as OpenAI's and Anthropic's gateways have it within a few megabytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

export interface ProviderOptions {
  /** TCP ports on 127.0.0.1, one for each API as the real ones have a host each; by default a free one. */
  ports?: Partial<Record<ProviderName, number>>
  /** Fixes every token count and id. */
  seed?: string
  /** How slow the "models" are; default: not at all. */
  pace?: Pace
  /** Newest ledger entries to keep; default 100,000. */
  ledgerLimit?: number
  now?: () => number
}

export interface Provider {
  /** `http://127.0.0.1:<port>/v1`: what OpenAI's clients take as their base URL. */
  openaiUrl: string
  /** `http://127.0.0.1:<port>`: what Anthropic's clients take as their base URL. */
  anthropicUrl: string
  /** What the SDK of each provider takes as its base URL. */
  urls: Readonly<Record<ProviderName, string>>
  ledger: readonly LedgerEntry[]
  /** Stops listening and cuts what is open. */
  close(): Promise<void>
}

/** Starts all APIs over one ledger. @throws the listen error, for example `EADDRINUSE` */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const { ports = {}, seed = 'spanmeter', pace = { latency: 0, perToken: 0 }, now = Date.now } = options
  const ledger = new Ledger(options.ledgerLimit ?? 100_000)
  const shared = { cache: new PromptCache(), now, pace }
  const limits = new RateLimits()

  const handle = (service: Service) => (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://provider').pathname
    // by the provider's own clock
    response.sendDate = false
    response.setHeader('date', new Date(now()).toUTCString())
    if (request.method === 'GET' && path === '/__ledger') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ledger.entries))
      return
    }
    const priced = request.method === 'POST' ? findPath(service.surfaces, path) : undefined
    if (priced) return void serve(service, priced.found, priced.model, request, response)
    const free = findPath(service.free ?? {}, `${request.method} ${path}`)
    if (free) return void answerFree(free.found, request, response)
    notFound(service, request, response)
  }

  async function serve(
    service: Service,
    surface: Surface,
    pathModel: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const gone = new AbortController()
    const entry = ledger.open({
      provider: service.name,
      api: surface.api,
      requestId: '',
      requestBytes: 0,
      startedAt: now(),
    })
    const ids = seededRandom(`${seed}/${entry.number}`)
    entry.requestId = createId(service.requestId, 24, ids)
    // over HTTP/2 a response that broke off has a `finish` too
    response.once('finish', () => settle(entry, response.writableEnded ? 'completed' : 'aborted', now()))
    response.once('close', () => {
      gone.abort()
      settle(entry, 'aborted', now())
    })
    const exchange = {
      ...shared,
      request,
      response,
      entry,
      pathModel,
      ids,
      gone: gone.signal,
      body: {},
      account: '',
      random: ids,
    }
    try {
      const text = await readBody(request)
      entry.requestBytes = Buffer.byteLength(text)
      exchange.random = seededRandom(`${seed}/${text}`)
      exchange.account = service.account(request.headers)
      exchange.body = parseBody(text)
      await surface.answer(exchange, limits)
    } catch (error) {
      if (!(error instanceof ApiError))
        return refuse(service, exchange, new ApiError(400, 'invalid_request_error', String(error)))
      refuse(service, exchange, error)
    }
  }

  const open = new Map<ProviderName, Listening>()
  for (const service of SERVICES) {
    open.set(service.name, await listen(handle(service), ports[service.name] ?? 0, service.http2 === true))
  }
  const urls = Object.fromEntries(
    SERVICES.map(({ name, base }) => [name, `${open.get(name)?.url}${base}`]),
  ) as Record<ProviderName, string>
  return {
    openaiUrl: urls.openai,
    anthropicUrl: urls.anthropic,
    urls,
    ledger: ledger.entries,
    close: async () => {
      await Promise.all([...open.values()].map((server) => server.close()))
    },
  }
}

async function answerFree(
  answer: (body: Record<string, unknown>) => unknown,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const text = await readBody(request)
  const body = answer(text === '' ? {} : parseBody(text))
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** An unknown path is no call that anybody bills, so it is not in the ledger. */
function notFound(service: Service, request: IncomingMessage, response: ServerResponse): void {
  const type = service.name === 'openai' ? 'invalid_request_error' : 'not_found_error'
  const error = new ApiError(404, type, `Invalid URL (${request.method} ${request.url})`)
  const body = service.errorBody(error, 'req_none')
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Sends a refusal in the provider's own shape; nothing is billed for it. */
function refuse(service: Service, exchange: Exchange, error: ApiError): void {
  const { entry, response } = exchange
  entry.outcome = 'failed'
  if (response.headersSent) {
    response.destroy()
    return
  }
  const headers = { ...service.headers(exchange, error), ...retryHeaders(error) }
  sendJson(exchange, error.status, service.errorBody(error, entry.requestId), headers)
}

function retryHeaders({ retryAfter }: ApiError): Record<string, string> {
  if (retryAfter === undefined) return {}
  return { 'retry-after': String(Math.ceil(retryAfter / 1000)), 'retry-after-ms': String(retryAfter) }
}

/** Closes an entry once: the first of "everything sent" and "client gone" decides. */
function settle(entry: LedgerEntry, outcome: 'completed' | 'aborted', now: number): void {
  if (entry.endedAt !== undefined) return
  entry.endedAt = now
  if (entry.outcome === 'open') entry.outcome = outcome
  if (entry.outcome === 'failed') entry.billed = { ...NO_TOKENS }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES)
      throw new ApiError(413, 'request_too_large', 'Request exceeds the maximum size')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseBody(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ApiError(400, 'invalid_request_error', 'We could not parse the JSON body of your request.')
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new ApiError(400, 'invalid_request_error', 'The JSON body of a request must be an object.')
}
