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
import { answerRequest } from './http-answer.ts'
import { reportFailure } from './report.ts'

/** Bytes of a request that are kept until its budgets have answered. */
export const MAX_KEPT: number = 1024 * 1024

export class HeldRequest {
  readonly #request: ClientRequest
  readonly #call: Call
  readonly #seen: () => void
  #kept: (() => void)[] | undefined = []
  #bytes = 0
  #asked = false

  /** @param seen tells the call what was seen of the body */
  constructor(request: ClientRequest, call: Call, seen: () => void) {
    this.#request = request
    this.#call = call
    this.#seen = seen
  }

  /** Keeps a piece. @returns `false` where the way is free and the host sends it itself */
  keep(bytes: number, send: () => void, last: boolean): boolean {
    if (!this.#kept) return false
    this.#kept.push(send)
    this.#bytes += bytes
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
    askGate(this.#call, { go: () => this.#go(), refuse: (refusal) => this.#refuse(refusal) })
  }

  #refuse(refusal: BudgetExceededError): void {
    this.#kept = []
    // A client of WebSockets hands an error on, and of an answer only its status.
    if (this.#call.origin.target.match.endpoint.socket) this.#request.destroy(refusal)
    else answerRequest(this.#request, refusal.answer())
  }

  #go(): void {
    const kept = this.#kept ?? []
    this.#kept = undefined
    try {
      for (const send of kept) if (!this.#request.destroyed) send()
    } catch (error) {
      // Nobody is there any more to whom what the host wrote wrongly could be thrown.
      this.#request.destroy(error as Error)
    }
  }
}
