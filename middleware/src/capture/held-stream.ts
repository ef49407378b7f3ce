/**
 * A stream of `node:http2` at the gate of its budgets: its head is not sent before they have answered.
 *
 * Invariant: the host has its stream at once, and what it writes waits in that stream, as it does while a session is
 * connecting. What a host waits for before it goes on (room in the stream, an answer) never waits for the host.
 */
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'
import { askGate } from './ask-gate.ts'
import type { Call } from './call.ts'

type Send = () => void

export class HeldStream {
  readonly stream: ClientHttp2Stream
  readonly #session: ClientHttp2Session
  readonly #call: Call
  #send: Send | undefined
  #asked = false

  /** @param request opens the stream; what a connecting session would send later is sent when the budgets say so */
  constructor(session: ClientHttp2Session, call: Call, request: () => ClientHttp2Stream) {
    this.#session = session
    this.#call = call
    const { stream, send } = openLater(session, request)
    this.stream = stream
    this.#send = send
    if (send) holdClose(session, stream)
  }

  /** Nobody was asked yet. */
  get waits(): boolean {
    return this.#send !== undefined && !this.#asked
  }

  /** The host gives the stream up. */
  abandon(): void {
    if (!this.#send) return
    this.#call.unsent()
    this.#send = undefined
    releaseClose(this.#session, this.stream)
  }

  /** What the request says is known, or no more of it will come before it is sent. */
  ask(): void {
    if (!this.waits) return
    this.#asked = true
    askGate(this.#call, { go: () => this.#go(), refuse: (refusal) => this.stream.destroy(refusal) })
  }

  #go(): void {
    const send = this.#send
    if (!send) return
    this.#send = undefined
    const session = this.#session
    if (session.connecting) session.once('connect', send)
    else send()
    releaseClose(session, this.stream)
  }
}

/** Opens a stream as on a session that is still connecting, and takes the sending out of its hands. */
function openLater(
  session: ClientHttp2Session,
  request: () => ClientHttp2Stream,
): { stream: ClientHttp2Stream; send: Send | undefined } {
  const symbol = Object.getOwnPropertySymbols(session).find(
    ({ description }) => description === 'kPendingRequestCalls',
  )
  const slots = session as unknown as Record<symbol, Send[] | null>
  if (!symbol || Object.hasOwn(session, 'connecting')) return { stream: request(), send: undefined }
  const before = slots[symbol] ?? null
  slots[symbol] = []
  Object.defineProperty(session, 'connecting', { value: true, configurable: true })
  try {
    const stream = request()
    const [send] = slots[symbol] ?? []
    return { stream, send }
  } finally {
    slots[symbol] = before
    delete (session as { connecting?: boolean }).connecting
  }
}

/** Streams that wait, by session: one that is closed meanwhile would not take them any more. */
const waiting = new WeakMap<ClientHttp2Session, { streams: Set<ClientHttp2Stream>; close?: () => void }>()

function holdClose(session: ClientHttp2Session, stream: ClientHttp2Stream): void {
  const known = waiting.get(session)
  if (known) {
    known.streams.add(stream)
    return
  }
  const held: { streams: Set<ClientHttp2Stream>; close?: () => void } = { streams: new Set([stream]) }
  waiting.set(session, held)
  const { close } = session
  session.close = (callback) => {
    held.close = () => close.call(session, callback)
  }
}

function releaseClose(session: ClientHttp2Session, stream: ClientHttp2Stream): void {
  const held = waiting.get(session)
  if (!held?.streams.delete(stream) || held.streams.size > 0) return
  waiting.delete(session)
  delete (session as Partial<ClientHttp2Session>).close
  held.close?.()
}
