/**
 * Capture at `node:http` and `node:https` clients: axios, node-fetch, Azure's and whoever else ends in a
 * `ClientRequest`, however it got hold of `request`.
 *
 * Invariant: requests and answers behave as before. No listener is added that changes what an event means, an
 * answer is not made to flow, and what is not metered costs one look at the method.
 */
import { type Channel, channel } from 'node:diagnostics_channel'
import { ClientRequest, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Call } from './call.ts'
import type { AnswerHead } from './call-start.ts'
import { type AnswerFeed, feedAnswer } from './decoded-answer.ts'
import { givenUp, streamCause } from './given-up.ts'
import { HeldRequest, type Send } from './held-request.ts'
import { type Layer, mayBeMetered } from './layer.ts'
import { reportFailure } from './report.ts'
import { createRequestReader, type RequestReader } from './request.ts'
import { toBytes } from './to-bytes.ts'
import { watchSocket } from './websocket.ts'

interface Exchange {
  call: Call
  body: RequestReader
  /** Why the host gave the request up. */
  aborted?: { cause: unknown }
  feed?: AnswerFeed | undefined
  /** Keeps what is sent until the budgets have answered; absent = nobody is asked. */
  held?: HeldRequest | undefined
}

/** Whoever is told of each piece goes on with the next one, also while the first is kept. */
function calledBack(args: readonly unknown[]): void {
  const done = args.at(-1)
  if (typeof done === 'function') process.nextTick(done as () => void)
}

function silent<T extends unknown[]>(args: T): T {
  return args.filter((value) => typeof value !== 'function') as T
}

const NOT_SENT = { stream: false, length: 0 }

/** Patches `ClientRequest.prototype`. @returns a function that takes the patch off, or out of action */
export function captureHttp(layer: Layer): () => void {
  const exchanges = new WeakMap<ClientRequest, Exchange | null>()
  const prototype = ClientRequest.prototype
  const { write, end } = prototype
  let active = true

  /** The exchange that begins with the first thing that is sent. */
  function exchangeOf(request: ClientRequest): Exchange | undefined {
    const known = exchanges.get(request)
    if (known !== undefined) return known ?? undefined
    // What was given up before goes nowhere any more.
    const call =
      active && !request.destroyed
        ? layer.begin(
            request.method,
            () => urlOf(request),
            () => NOT_SENT,
          )
        : undefined
    exchanges.set(request, call ? watch(request, call, end as HeldRequest['sendWhole']) : null)
    return exchanges.get(request) ?? undefined
  }

  /** @returns whether the piece is kept, and sent later by `send` */
  function see(request: ClientRequest, args: unknown[], last: boolean, send: Send): boolean {
    try {
      const exchange = exchangeOf(request)
      if (!exchange) return false
      const piece = toBytes(args)
      if (piece) exchange.body.push(piece)
      if (last) exchange.call.requested(exchange.body.facts())
      return exchange.held?.keep(piece, send, last) ?? false
    } catch (error) {
      reportFailure('read a request', error)
      return false
    }
  }

  const patched = {
    write(this: ClientRequest, ...args: Parameters<typeof write>) {
      const send = () => write.apply(this, silent(args))
      const kept = mayBeMetered(this.method) && see(this, args, false, send)
      if (kept) calledBack(args)
      return kept ? true : write.apply(this, args)
    },
    end(this: ClientRequest, ...args: Parameters<typeof end>) {
      if (!mayBeMetered(this.method)) return end.apply(this, args)
      const send: Send = () => end.apply(this, args)
      const done: unknown = args.at(-1)
      if (typeof done === 'function') send.ended = done as () => void
      const kept = see(this, args, true, send)
      return kept ? this : end.apply(this, args)
    },
  }
  for (const [name, value] of Object.entries(patched)) {
    Object.defineProperty(prototype, name, { value, configurable: true, writable: true })
  }

  const answered = subscribe<{ request: ClientRequest; response: IncomingMessage }>(
    'http.client.response.finish',
    ({ request, response }) => {
      const exchange = exchanges.get(request)
      if (exchange) watchAnswer(exchange, response)
    },
  )
  const failed = subscribe<{ request: ClientRequest; error: unknown }>(
    'http.client.request.error',
    ({ request, error }) => {
      const exchange = exchanges.get(request)
      if (exchange && !exchange.feed) exchange.call.end('refused', exchange.aborted?.cause ?? error)
    },
  )

  return () => {
    active = false
    answered()
    failed()
    for (const name of ['write', 'end'] as const) {
      if (prototype[name] === patched[name]) delete (prototype as Partial<ClientRequest>)[name]
    }
  }
}

function watch(request: ClientRequest, call: Call, end: HeldRequest['sendWhole']): Exchange {
  const exchange: Exchange = { call, body: createRequestReader(call.requestFields) }
  const seen = () => call.requested(exchange.body.facts())
  if (call.gated) exchange.held = new HeldRequest(request, call, seen, end)
  const destroy = request.destroy
  // Otherwise a host that leaves looks like a peer that does.
  request.destroy = function destroyMetered(this: ClientRequest, error?: Error) {
    exchange.aborted ??= { cause: givenUp(error) }
    exchange.held?.abandon()
    return destroy.call(this, error)
  }
  request.once('close', () => {
    if (!exchange.feed) call.end('refused', exchange.aborted?.cause)
  })
  if (call.origin.target.match.endpoint.socket) watchUpgrade(request, call)
  return exchange
}

/** Not by a listener: a request that has one for `upgrade` behaves otherwise. */
function watchUpgrade(request: ClientRequest, call: Call): void {
  const emit = request.emit
  request.emit = function emitMetered(this: ClientRequest, ...args: Parameters<typeof emit>) {
    const [event, response, socket, first] = args
    if (event === 'upgrade') {
      watchSocket(call, headersOf(response as IncomingMessage), socket as Socket, first as Buffer)
    }
    return emit.apply(this, args)
  }
}

function headersOf({ headers }: IncomingMessage): AnswerHead['headers'] {
  return {
    get(name) {
      const value = headers[name]
      return value === undefined ? null : String(value)
    },
  }
}

function watchAnswer(exchange: Exchange, response: IncomingMessage): void {
  const { call } = exchange
  try {
    // As of now: clients change headers once they have them.
    const feed = feedAnswer(call, { status: response.statusCode ?? 0, headers: headersOf(response) })
    if (!feed) return
    exchange.feed = feed
    const push = response.push
    response.push = function pushMetered(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding) {
      if (chunk === null) feed.end('done')
      else if (chunk instanceof Uint8Array) feed.chunk(chunk)
      return push.call(this, chunk, encoding)
    }
    response.once('close', () => feed.end('cut', exchange.aborted?.cause ?? streamCause(response.errored)))
  } catch (error) {
    reportFailure('watch an answer', error)
    call.end('unread')
  }
}

/** Where a request goes: its `host` header, which has the port, and the target that a proxy is told. */
function urlOf(request: ClientRequest): URL | undefined {
  const { path, protocol } = request
  if (path.startsWith('http://') || path.startsWith('https://')) return new URL(path)
  const host = request.getHeader('host') ?? writtenHost(request)
  return new URL(`${protocol}//${typeof host === 'string' ? host : request.host}${path}`)
}

/** Headers that were given as a list are written at once, and not to be asked for. */
function writtenHost(request: ClientRequest): string | undefined {
  const { _header: written } = request as { _header?: string | null }
  return /^host:[ \t]*(\S+)/im.exec(written ?? '')?.[1]
}

function subscribe<T>(name: string, listener: (message: T) => void): () => void {
  const source: Channel = channel(name)
  const onMessage = (message: unknown) => {
    try {
      listener(message as T)
    } catch (error) {
      reportFailure(`follow ${name}`, error)
    }
  }
  source.subscribe(onMessage)
  return () => source.unsubscribe(onMessage)
}
