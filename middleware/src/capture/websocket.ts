/**
 * Capture of calls over WebSockets, for whoever opened one: the global `WebSocket` and undici's by the dispatcher,
 * `ws` and others by `node:http`.
 *
 * Invariant: frames pass as they are. The connection's socket stays the object that it is; what it emits and is given
 * is looked at on the way, and what is broken there ends the looking, not the connection.
 */
import type { Socket } from 'node:net'
import { context } from '@opentelemetry/api'
import type { CallFacts, Endpoint } from '../providers/provider.ts'
import { createFrameReader, type FrameReader, type MessageSink } from '../streams/websocket-frames.ts'
import { ATTR } from '../telemetry/attributes.ts'
import type { Call } from './call.ts'
import type { AnswerHead } from './call-start.ts'
import { createInflater, type Inflater } from './inflate-messages.ts'
import { readAsked } from './read-asked.ts'
import { reportFailure } from './report.ts'
import { readHeaders } from './response-headers.ts'
import { createSocketCalls, type SocketCalls } from './socket-calls.ts'
import { SocketDoor } from './socket-door.ts'
import { toBytes } from './to-bytes.ts'

/**
 * A request has become a WebSocket.
 *
 * @param call of the request, which is none any more
 * @param first bytes that the server sent together with its answer
 */
export function watchSocket(
  call: Call,
  head: AnswerHead['headers'],
  socket: Socket,
  first?: Uint8Array,
): void {
  call.discard()
  try {
    const door = call.origin.gate ? new SocketDoor(socket) : undefined
    const calls = callsOf(call, head, door)
    if (calls) tap(socket, calls, head.get('sec-websocket-extensions'), first, door)
  } catch (error) {
    reportFailure('watch a connection', error)
  }
}

function callsOf(
  { origin }: Call,
  head: AnswerHead['headers'],
  door: SocketDoor | undefined,
): SocketCalls | undefined {
  const { target, address, again } = origin
  const { model: _, ...match } = target.match
  const { provider, endpoint } = match
  const reading = endpoint.socket
  if (!reading || !again) return undefined
  const parent = context.active()
  const asked: CallFacts = {}
  readAsked(endpoint, address, {}, asked)
  const attributes = { ...origin.attributes }
  const id = readHeaders(provider, head, {})
  if (id !== undefined) attributes[ATTR.requestId] = id
  const open = (of: Endpoint, model: string | undefined) =>
    context.with(parent, () =>
      again({
        ...origin,
        target: { ...target, match: { ...match, endpoint: of } },
        attributes,
        request: { stream: true, length: 0, ...(model === undefined ? {} : { model }) },
      }),
    )
  const begin = (of: Endpoint, model: string | undefined) => {
    const begun = open(of, model)
    door?.begun(begun)
    return begun
  }
  return createSocketCalls(
    reading,
    asked.requestModel,
    begin,
    door && ((model) => door.ask(open(endpoint, model))),
  )
}

function tap(
  socket: Socket,
  calls: SocketCalls,
  extensions: string | null,
  first: Uint8Array | undefined,
  door: SocketDoor | undefined,
): void {
  const received = reader(calls, 'server', createInflater(extensions, 'server'))
  const sent = calls.listens ? reader(calls, 'client', createInflater(extensions, 'client')) : undefined
  let unreadable = false
  let cause: unknown
  function look(bytes: Uint8Array, at: FrameReader): void {
    try {
      if (!unreadable) at.push(bytes)
    } catch (error) {
      unreadable = true
      reportFailure('watch a connection', error)
    }
  }
  // Clients that do not read these bytes themselves put them back, and then the socket emits them.
  let early = first?.length ? first : undefined
  function lookEarly(): void {
    if (!early) return
    look(early, received)
    early = undefined
  }

  const { emit, write, unshift } = socket
  if (early) {
    function unshiftWatched(this: Socket, ...args: Parameters<typeof unshift>): void {
      early = undefined
      unshift.apply(this, args)
    }
    own(socket, 'unshift', unshiftWatched)
  }
  function emitWatched(this: Socket, event: string, ...values: unknown[]): boolean {
    const [value] = values
    if (event === 'data' || event === 'close') lookEarly()
    if (event === 'data') {
      if (!(value instanceof Uint8Array)) return Reflect.apply(emit, this, [event, ...values])
      look(value, received)
      const passing = door ? door.heard(value, received, emitBytes) : value
      return passing === undefined || Reflect.apply(emit, this, [event, passing])
    }
    if (event === 'error') cause = value
    else if (event === 'close') calls.close(cause)
    return Reflect.apply(emit, this, [event, ...values])
  }
  const emitBytes = (bytes: Uint8Array) => void Reflect.apply(emit, socket, ['data', bytes])
  if (door) door.onRefused = () => setImmediate(() => door.settle(received, emitBytes))
  own(socket, 'emit', emitWatched as Socket['emit'])
  if (!sent && !door) return
  function writeWatched(this: Socket, ...args: Parameters<typeof write>): boolean {
    const bytes = sent && calls.listens && !door?.closed ? toBytes(args) : undefined
    if (bytes) look(bytes, sent as FrameReader)
    if (!door || door.passes(() => void write.apply(socket, args))) return write.apply(this, args)
    const done = args.at(-1)
    if (door.closed && typeof done === 'function') process.nextTick(done)
    return true
  }
  own(socket, 'write', writeWatched as Socket['write'])
}

function own<K extends 'emit' | 'unshift' | 'write'>(socket: Socket, name: K, value: Socket[K]): void {
  Object.defineProperty(socket, name, { value, configurable: true, writable: true })
}

/** Once a compressed message is lost, later ones cannot be read: they may refer to it. */
function reader(calls: SocketCalls, side: 'client' | 'server', inflater: Inflater | undefined): FrameReader {
  let lost = false
  const frames = createFrameReader({
    onMessage(compressed) {
      const sink = calls.message(side)
      return compressed ? (inflater ? inflated(sink, inflater) : NOTHING) : sink
    },
  })
  function inflated(sink: MessageSink, through: Inflater): MessageSink {
    const attempt = (work: () => void) => {
      try {
        if (!lost) work()
      } catch (error) {
        lost = true
        reportFailure('decompress a message', error)
      }
    }
    return {
      push: (latin1) => attempt(() => through.push(latin1)),
      end() {
        let plain = ''
        attempt(() => {
          plain = through.end()
        })
        if (!lost) {
          sink.push(plain)
          sink.end()
        }
      },
    }
  }
  return {
    get broken() {
      return frames.broken
    },
    get ended() {
      return frames.ended
    },
    get between() {
      return frames.between
    },
    push(bytes) {
      if (frames.broken) return
      frames.push(bytes)
      if (frames.broken) reportFailure('read the frames of a connection', new Error('these are no frames'))
    },
  }
}

const NOTHING: MessageSink = { push() {}, end() {} }
