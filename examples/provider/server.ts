/**
 * A local provider that speaks OpenAI's and Anthropic's APIs as the real services do on the wire, and
 * keeps a ledger of what it would bill.
 *
 * Invariant: the official SDKs cannot tell it from the real thing on the endpoints it has, and the ledger
 * is written from what was generated, never from what a meter reports.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { answerMessage, anthropicAccount, anthropicErrorBody, messageHeaders } from './anthropic-messages.ts'
import { ApiError, type Exchange, type Pace } from './exchange.ts'
import { Ledger, type LedgerEntry, NO_TOKENS } from './ledger.ts'
import { answerChat } from './openai-chat.ts'
import { openaiAccount, openaiErrorBody, openaiHeaders } from './openai-common.ts'
import { answerEmbeddings } from './openai-embeddings.ts'
import { answerResponse } from './openai-responses.ts'
import { PromptCache } from './prompt-cache.ts'
import { createId, seededRandom } from './random.ts'
import { RateLimits } from './rate-limits.ts'
import { sendJson } from './wire.ts'

/** The largest request body, as OpenAI's and Anthropic's gateways have it within a few megabytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024

export interface ProviderOptions {
  /** TCP ports on 127.0.0.1, one for each API as the real ones have a host each; 0 (default) takes a free one. */
  ports?: { openai: number; anthropic: number }
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
  ledger: readonly LedgerEntry[]
  /** Stops listening and cuts what is open. */
  close(): Promise<void>
}

/** One priced endpoint. */
interface Surface {
  provider: LedgerEntry['provider']
  api: LedgerEntry['api']
  answer: (exchange: Exchange, limits: RateLimits) => Promise<void>
}

const SURFACES: Readonly<Record<string, Surface>> = {
  '/v1/chat/completions': { provider: 'openai', api: 'chat_completions', answer: answerChat },
  '/v1/responses': { provider: 'openai', api: 'responses', answer: answerResponse },
  '/v1/embeddings': { provider: 'openai', api: 'embeddings', answer: answerEmbeddings },
  '/v1/messages': { provider: 'anthropic', api: 'messages', answer: answerMessage },
}

/** Starts both APIs over one ledger. @throws the listen error, for example `EADDRINUSE` */
export async function startProvider(options: ProviderOptions = {}): Promise<Provider> {
  const {
    ports = { openai: 0, anthropic: 0 },
    seed = 'spanmeter',
    pace = { latency: 0, perToken: 0 },
    now = Date.now,
  } = options
  const ledger = new Ledger(options.ledgerLimit ?? 100_000)
  const shared = { cache: new PromptCache(), now, pace }
  const limits = new RateLimits()

  const listen = (provider: LedgerEntry['provider']) =>
    createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://provider').pathname
      if (request.method === 'GET' && path === '/__ledger') {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(ledger.entries))
        return
      }
      const surface = request.method === 'POST' ? SURFACES[path] : undefined
      if (surface?.provider === provider) void serve(surface, request, response)
      else notFound(provider, request, response)
    })

  async function serve(surface: Surface, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController()
    const entry = ledger.open({
      provider: surface.provider,
      api: surface.api,
      requestId: '',
      requestBytes: 0,
      startedAt: now(),
    })
    const ids = seededRandom(`${seed}/${entry.number}`)
    entry.requestId = createId(surface.provider === 'openai' ? 'req_' : 'req_011C', 24, ids)
    response.once('finish', () => settle(entry, 'completed', now()))
    response.once('close', () => {
      gone.abort()
      settle(entry, 'aborted', now())
    })
    const exchange = {
      ...shared,
      request,
      response,
      entry,
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
      exchange.account =
        surface.provider === 'openai'
          ? openaiAccount(request.headers.authorization)
          : anthropicAccount(request.headers)
      exchange.body = parseBody(text)
      await surface.answer(exchange, limits)
    } catch (error) {
      if (!(error instanceof ApiError))
        return refuse(exchange, new ApiError(400, 'invalid_request_error', String(error)))
      refuse(exchange, error)
    }
  }

  const openai = await open(listen('openai'), ports.openai)
  const anthropic = await open(listen('anthropic'), ports.anthropic)
  return {
    openaiUrl: `${address(openai)}/v1`,
    anthropicUrl: address(anthropic),
    ledger: ledger.entries,
    close: async () => {
      await Promise.all([openai, anthropic].map(close))
    },
  }
}

function open(server: Server, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** An unknown path is no call that anybody bills, so it is not in the ledger. */
function notFound(
  provider: LedgerEntry['provider'],
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = `${request.method} ${request.url}`
  const body =
    provider === 'openai'
      ? openaiErrorBody(new ApiError(404, 'invalid_request_error', `Invalid URL (${url})`))
      : anthropicErrorBody(new ApiError(404, 'not_found_error', `Not found: ${url}`), 'req_none')
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Sends a refusal in the provider's own shape; nothing is billed for it. */
function refuse(exchange: Exchange, error: ApiError): void {
  const { entry, response } = exchange
  entry.outcome = 'failed'
  if (response.headersSent) {
    response.destroy()
    return
  }
  const headers = retryHeaders(error)
  if (entry.provider === 'openai') {
    sendJson(exchange, error.status, openaiErrorBody(error), { ...openaiHeaders(exchange), ...headers })
  } else {
    const body = anthropicErrorBody(error, entry.requestId)
    sendJson(exchange, error.status, body, { ...messageHeaders(exchange), ...headers })
  }
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
