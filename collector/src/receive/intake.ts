/**
 * Accepts a request: decoded, durable, then acknowledged; a request that comes again is acknowledged again
 * and stored once.
 *
 * Invariant: `accept` resolves only when every accepted span of the request is in the spool.
 */
import { createHash } from 'node:crypto'
import type { ContentKind, Frame } from '../spool/frame.ts'
import type { Spool } from '../spool/spool.ts'
import { type Decoded, Decoders, decodeInto } from './decode.ts'

/** The spool is over its bound: the sender should come again. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}

/** How long a request is remembered, milliseconds: longer than exporters retry. */
const REMEMBER_MS = 10 * 60_000
const MAX_REMEMBERED = 200_000

export interface IntakeOptions {
  spool: Spool
  /** Milliseconds since 1970. */
  now: () => number
  onDecoded?: (decoded: Decoded, seconds: number) => void
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #decoders = new Decoders()
  readonly #seen = new Map<string, { at: number; outcome: Promise<Decoded> }>()

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Throws `BadInput` when the request is malformed, `SpoolFull` when there is no room. */
  async accept(kind: ContentKind, body: Buffer): Promise<Decoded> {
    const { spool, now } = this.#options
    const receivedAt = now()
    const key = fingerprint(kind, body)
    const before = this.#seen.get(key)
    if (before !== undefined && receivedAt - before.at < REMEMBER_MS) return before.outcome
    if (spool.full) throw new SpoolFull('cannot accept spans: the spool is full; send them again later')
    const outcome = this.#store({ kind, body, receivedAt })
    this.#remember(key, receivedAt, outcome)
    try {
      return await outcome
    } catch (error) {
      this.#seen.delete(key)
      throw error
    }
  }

  /** Remembers a request that an earlier process made durable. */
  recall({ kind, body, receivedAt }: Frame): void {
    const outcome = Promise.resolve({ accepted: 0, rejected: 0, cut: 0, firstReason: undefined })
    this.#remember(fingerprint(kind, body), receivedAt, outcome)
  }

  async #store(frame: Frame): Promise<Decoded> {
    const { spool, onDecoded } = this.#options
    const segment = spool.current()
    const started = performance.now()
    const decoded = decodeInto(segment.block, frame, this.#decoders)
    onDecoded?.(decoded, (performance.now() - started) / 1000)
    if (decoded.accepted > 0) await spool.append(segment, frame)
    return decoded
  }

  #remember(key: string, at: number, outcome: Promise<Decoded>): void {
    this.#seen.delete(key)
    this.#seen.set(key, { at, outcome })
    for (const [oldest, entry] of this.#seen) {
      if (this.#seen.size <= MAX_REMEMBERED && at - entry.at < REMEMBER_MS) break
      this.#seen.delete(oldest)
    }
  }
}

/** Two requests with the same fingerprint are one: spans have ids of their own, so bodies never repeat by chance. */
function fingerprint(kind: ContentKind, body: Buffer): string {
  return createHash('sha256').update(kind).update(body).digest('base64')
}
