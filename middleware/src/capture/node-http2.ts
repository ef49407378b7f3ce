/**
 * Capture at `node:http2` client sessions: the Bedrock SDK, and whatever else opens one.
 *
 * Invariant: sessions and streams behave as before; the only listeners are for events that nothing depends on.
 * Sessions that undici opens belong to the dispatcher's capture, which sees their calls first.
 */
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { Duplex } from 'node:stream'
import type { Call } from './call.ts'
import { type AnswerFeed, feedAnswer } from './decoded-answer.ts'
import { streamCause } from './given-up.ts'
import { HeldStream } from './held-stream.ts'
import { type Layer, mayBeMetered } from './layer.ts'
import { reportFailure } from './report.ts'
import { createRequestReader } from './request.ts'
import { toBytes } from './to-bytes.ts'

type Headers = Record<string, unknown>
type Request = ClientHttp2Session['request']

const NOT_SENT = { stream: false, length: 0 }

/** Patches all sessions, also those that are open. @returns a function that takes the patch off, or out of action */
export function captureHttp2(layer: Layer): () => void {
  const prototype = sessionPrototype()
  const request = prototype.request
  let active = true

  function begin(session: ClientHttp2Session, headers: Headers | undefined): Call | undefined {
    const method = headers?.[':method']
    if (!headers || !mayBeMetered(method) || own(session, 'client')) return undefined
    return layer.begin(
      method,
      () => urlOf(session, headers),
      () => NOT_SENT,
    )
  }

  const requestMetered: Request = function request2(this: ClientHttp2Session, headers, ...rest) {
    const call = active ? begin(this, headers as Headers | undefined) : undefined
    if (!call) return request.call(this, headers, ...rest)
    const open = () => {
      const opened = layer.hand(call, () => request.call(this, headers, ...rest))
      // It was given up before, and goes nowhere any more.
      if (opened.destroyed) call.abortedBefore = true
      return opened
    }
    const held = call.gated ? new HeldStream(this, call, open) : undefined
    const stream = held?.stream ?? open()
    try {
      watch(stream, call, held)
    } catch (error) {
      reportFailure('watch an answer', error)
      call.discard()
    }
    return stream
  }
  prototype.request = requestMetered
  return () => {
    active = false
    if (prototype.request === requestMetered) prototype.request = request
  }
}

/** Of a session that leads nowhere: Node has no other way to the class of those that are open already. */
function sessionPrototype(): ClientHttp2Session {
  const nowhere = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  // loaded when it is needed: importing the package would wait for it
  const http2 = process.getBuiltinModule('node:http2')
  const session = http2.connect('http://spanmeter.invalid', { createConnection: () => nowhere })
  session.on('error', () => {}).destroy()
  return Object.getPrototypeOf(session)
}

function urlOf(session: ClientHttp2Session, headers: Headers): URL {
  const protocol = own(session, 'protocol') ?? (session.encrypted ? 'https:' : 'http:')
  const authority = headers[':authority'] ?? headers.host ?? own(session, 'authority')
  return new URL(String(headers[':path'] ?? '/'), `${protocol}//${authority}`)
}

/** What a session keeps behind a symbol: its address, and where undici has opened it, undici's `client`. */
function own(session: ClientHttp2Session, name: string): unknown {
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === name)
  return symbol && (session as unknown as Record<symbol, unknown>)[symbol]
}

/** Who sends and hears at the same time may wait for an answer before going on. */
const TALKING = 'realtime'

function watch(stream: ClientHttp2Stream, call: Call, held: HeldStream | undefined): void {
  const body = createRequestReader(call.requestFields)
  const { write, end, push } = stream
  let feed: AnswerFeed | undefined
  let answered = false
  /** What comes before the event that has the head, which is a turn late. */
  let early: (Uint8Array | null)[] = []

  function pass(chunk: Uint8Array | null): void {
    if (chunk) feed?.chunk(chunk)
    else if (!stream.rstCode) feed?.end('done')
  }

  function see(args: readonly unknown[], last: boolean): void {
    try {
      const piece = toBytes(args)
      if (piece) body.push(piece)
      if (last) call.requested(body.facts())
    } catch (error) {
      reportFailure('read a request', error)
    }
  }
  stream.write = function writeMetered(this: ClientHttp2Stream, ...args: Parameters<typeof write>) {
    see(args, false)
    const isFree = write.apply(this, args)
    // Whoever is told of each piece may wait for that before going on.
    if (held?.waits && (!isFree || typeof args.at(-1) === 'function')) {
      call.requested(body.facts())
      held.ask()
    }
    return isFree
  } as typeof write
  stream.end = function endMetered(this: ClientHttp2Stream, ...args: Parameters<typeof end>) {
    see(args, true)
    const ended = end.apply(this, args)
    held?.ask()
    return ended
  } as typeof end
  stream.prependOnceListener('response', (headers) => {
    answered = true
    try {
      feed = feedAnswer(call, {
        status: Number(headers[':status'] ?? 0),
        headers: {
          get(name) {
            const value = headers[name]
            return value === undefined ? null : String(value)
          },
        },
      })
    } catch (error) {
      reportFailure('watch an answer', error)
      call.end('unread')
    }
    for (const chunk of early) pass(chunk)
    early = []
  })
  stream.push = function pushMetered(this: ClientHttp2Stream, chunk: unknown, encoding?: BufferEncoding) {
    if (chunk === null || chunk instanceof Uint8Array) {
      if (answered) pass(chunk)
      else early.push(chunk)
    }
    return push.call(this, chunk, encoding)
  }
  stream.once('close', () => {
    held?.abandon()
    const cause = streamCause(stream.errored)
    if (answered) feed?.end('cut', cause)
    else call.end('refused', cause)
  })
  if (stream.writableEnded || call.origin.target.match.endpoint.operation === TALKING) held?.ask()
}
