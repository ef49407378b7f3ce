/**
 * A WebSocket at the gate of its budgets: what would begin a paid answer waits for them, and their no closes the
 * connection.
 *
 * Invariant: the client gets whole frames, and last of all a close frame (1008, RFC 6455 section 7.4.1) that names the
 * decision; after that nothing passes in either direction.
 */
import type { Socket } from 'node:net'
import type { Verdict } from '../quota/admission.ts'
import { BudgetExceededError } from '../quota/refusal.ts'
import type { FrameReader } from '../streams/websocket-frames.ts'
import type { Call } from './call.ts'
import { reportFailure } from './report.ts'

/** How long a client may take to answer a close frame. */
const PATIENCE_MS = 2_000

type Emit = (bytes: Uint8Array) => void

export class SocketDoor {
  readonly #socket: Socket
  #waiting: (() => void)[] | undefined
  #refusal: BudgetExceededError | undefined
  #shut = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Nothing passes any more. */
  get closed(): boolean {
    return this.#refusal !== undefined
  }

  /** A message of the client asks for something. @param call stands for it until the provider answers */
  ask(call: Call): void {
    const hear = (verdict: Verdict | undefined) => {
      if (verdict instanceof BudgetExceededError) {
        call.refuse(verdict)
        this.#refuse(verdict)
        return
      }
      call.discard()
      if (verdict && verdict.delayMs > 0) this.#waitFor(pause(verdict.delayMs))
    }
    this.#hear(call.admit(), hear)
  }

  /** The provider has begun something that nobody asked for first. */
  begun(call: Call): void {
    this.#hear(call.admitBegun(), (verdict) => {
      if (verdict instanceof BudgetExceededError) this.#refuse(verdict)
    })
  }

  /** What the client writes. @returns whether it passes now; else `send` is called when it may, or never */
  passes(send: () => void): boolean {
    if (this.#shut) setImmediate(() => this.#socket.destroy())
    if (this.closed) return false
    this.#waiting?.push(send)
    return this.#waiting === undefined
  }

  /**
   * Bytes of the server have come and were read.
   *
   * @returns what of them the client gets
   */
  heard(bytes: Uint8Array, frames: FrameReader, emit: Emit): Uint8Array | undefined {
    if (!this.#refusal) return bytes
    if (this.#shut) return undefined
    if (frames.ended === undefined) return bytes
    emit(bytes.subarray(0, frames.ended))
    this.#close(emit)
    return undefined
  }

  /** As {@link heard}, between two pieces of the server. */
  settle(frames: FrameReader, emit: Emit): void {
    if (this.#refusal && !this.#shut && frames.between) this.#close(emit)
  }

  /** Is told when the connection is to be closed. */
  onRefused: () => void = () => {}

  #hear(verdict: Verdict | Promise<Verdict> | undefined, hear: (said: Verdict | undefined) => void): void {
    if (!(verdict instanceof Promise)) {
      hear(verdict)
      return
    }
    this.#waitFor(verdict.then(hear))
  }

  #waitFor(work: Promise<void>): void {
    const known = this.#waiting
    const waiting = known ?? []
    this.#waiting = waiting
    work
      .catch((error: unknown) => reportFailure('ask for admission', error))
      .finally(() => {
        if (known || this.#waiting !== waiting) return
        this.#waiting = undefined
        if (!this.closed) for (const send of waiting.splice(0)) send()
      })
  }

  #refuse(refusal: BudgetExceededError): void {
    if (this.#refusal) return
    this.#refusal = refusal
    this.#waiting = undefined
    this.onRefused()
  }

  #close(emit: Emit): void {
    this.#shut = true
    emit(closeFrame(`${this.#refusal?.code} (decision ${this.#refusal?.facts.decisionId})`))
    // Until the client has answered, as it does once it has read all before.
    setTimeout(() => this.#socket.destroy(), PATIENCE_MS).unref()
  }
}

/** @param reason at most 123 bytes */
function closeFrame(reason: string): Uint8Array {
  const text = Buffer.from(reason)
  return Buffer.concat([Buffer.from([0x88, text.length + 2, 0x03, 0xf0]), text])
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
