/**
 * A request of `node:http` at the gate of its budgets: nothing of it is sent before they have answered.
 *
 * Invariant: what the host writes is sent in its order, all of it or nothing; what is kept is bounded, and a request
 * that is larger is decided by its beginning. A refused one is answered with the refusal.
 */
import type { ClientRequest } from 'node:http'
import type { BudgetExceededError } from '../quota/refusal.ts'
import { askGate } from './ask-gate.ts'
import type { Call } from './call.ts'
import { Draft, type Rewritten, type Source } from './draft.ts'
import { answerRequest } from './http-answer.ts'
import { reportFailure } from './report.ts'

/** Bytes of a request that are kept until its budgets have answered. */
export const MAX_KEPT: number = 1024 * 1024

/** Sends a piece as the host wrote it. */
export interface Send {
  (): void
  /** Whom the host has told to be called when the last piece is out. */
  ended?: (() => void) | undefined
}

export class HeldRequest {
  readonly sendWhole: (this: ClientRequest, body: Uint8Array, ended?: () => void) => unknown
  readonly #request: ClientRequest
  readonly #call: Call
  readonly #seen: () => void
  #kept: Send[] | undefined = []
  #pieces: Uint8Array[] = []
  #bytes = 0
  #asked = false

  /**
   * @param seen tells the call what was seen of the body
   * @param end sends a body, which is then the whole of it
   */
  constructor(request: ClientRequest, call: Call, seen: () => void, end: HeldRequest['sendWhole']) {
    this.#request = request
    this.#call = call
    this.#seen = seen
    this.sendWhole = end
  }

  /** Keeps a piece. @returns `false` where the way is free and the host sends it itself */
  keep(piece: Uint8Array | undefined, send: Send, last: boolean): boolean {
    if (!this.#kept) return false
    this.#kept.push(send)
    if (piece) this.#pieces.push(piece)
    this.#bytes += piece?.byteLength ?? 0
    if ((last || this.#bytes > MAX_KEPT) && !this.#asked) this.#ask(last)
    return true
  }

  /** The host gives the request up. */
  abandon(): void {
    if (this.#kept) this.#call.unsent()
  }

  #ask(last: boolean): void {
    this.#asked = true
    try {
      if (!last) this.#seen()
    } catch (error) {
      reportFailure('read a request', error)
    }
    const ways = {
      go: (rewritten?: Rewritten) => this.#go(rewritten),
      refuse: (refusal: BudgetExceededError) => this.#refuse(refusal),
    }
    askGate(this.#call, ways, last ? new Draft(() => this.#draft()) : undefined)
  }

  /** Headers that are written already cannot be changed, and a client of WebSockets writes no body. */
  #draft(): Source | undefined {
    const request = this.#request
    if (request.headersSent) return undefined
    const { target } = this.#call.origin
    const body = Buffer.concat(this.#pieces)
    return { target, address: request.path, body, header: (name) => request.getHeader(name) }
  }

  #refuse(refusal: BudgetExceededError): void {
    this.#kept = []
    // A client of WebSockets hands an error on, and of an answer only its status.
    if (this.#call.origin.target.match.endpoint.socket) this.#request.destroy(refusal)
    else answerRequest(this.#request, refusal.answer())
  }

  #go(rewritten?: Rewritten): void {
    const kept = this.#kept ?? []
    this.#kept = undefined
    this.#pieces = []
    try {
      if (rewritten?.address !== undefined) this.#request.path = rewritten.address
      if (rewritten?.body !== undefined && !this.#request.destroyed) {
        this.#sendAnew(Buffer.from(rewritten.body), kept.at(-1)?.ended)
        return
      }
      for (const send of kept) if (!this.#request.destroyed) send()
    } catch (error) {
      // Nobody is there any more to whom what the host wrote wrongly could be thrown.
      this.#request.destroy(error as Error)
    }
  }

  /** One body in the place of all pieces; its length stands where the host said one. */
  #sendAnew(body: Uint8Array, ended: (() => void) | undefined): void {
    const request = this.#request
    for (const name of request.getRawHeaderNames()) {
      if (name.toLowerCase() === 'content-length') request.setHeader(name, body.byteLength)
    }
    this.sendWhole.call(request, body, ended)
  }
}
