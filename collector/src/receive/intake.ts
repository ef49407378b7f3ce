/**
 * Accepts a request: decoded, durable, then acknowledged; a request or a span that comes again is acknowledged
 * again and stored once.
 *
 * Invariant: `accept` resolves only when every span of the request is in the spool or in the store, those that
 * came before with another request too. What could not be stored is not remembered.
 */
import { createHash } from 'node:crypto'
import type { ContentKind, Frame } from '../spool/frame.ts'
import type { Spool } from '../spool/spool.ts'
import { BadInput } from './bad-input.ts'
import { countRepeated, type Decoded, Decoders, decodeInto, recallSpans } from './decode.ts'
import type { Repeats } from './repeats.ts'
import type { SpanMemory } from './span-memory.ts'

/** The spool is over its bound: the sender should come again. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}

/** How long a request is remembered, milliseconds: longer than exporters retry. */
const REMEMBER_MS = 10 * 60_000
/** At most so many requests. */
const MAX_REMEMBERED = 200_000
const NOTHING: Decoded = {
  ...{ accepted: 0, rejected: 0, duplicates: 0, late: 0, ahead: 0, cut: 0 },
  firstReason: undefined,
}

export interface IntakeOptions {
  spool: Spool
  /** The spans of the last minutes; starts with those that an earlier process accepted. */
  memory: SpanMemory
  /** Counts what came again. */
  repeats?: Repeats
  /** Milliseconds since 1970. */
  now: () => number
  onDecoded?: (decoded: Decoded, seconds: number) => void
  /** Holds a request up while the stage after this one falls behind. */
  relief?: () => Promise<void>
}

export class Intake {
  readonly #options: IntakeOptions
  readonly #decoders = new Decoders()
  /** Writes that are under way. */
  readonly #appending = new Set<Promise<void>>()
  readonly #seen = new Map<string, { at: number; outcome: Promise<Decoded> }>()

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Throws `BadInput` when the request is malformed, `SpoolFull` when there is no room. */
  async accept(kind: ContentKind, body: Buffer, tenant?: string): Promise<Decoded> {
    const { spool, now } = this.#options
    const receivedAt = now()
    const key = fingerprint({ kind, body, tenant })
    const before = this.#seen.get(key)
    if (before !== undefined && receivedAt - before.at < REMEMBER_MS) {
      const outcome = await before.outcome
      this.#countAgain({ kind, body, receivedAt, tenant })
      return outcome
    }
    void spool.lookAtDisk()
    if (spool.full) throw new SpoolFull('cannot accept spans: the spool is full; send them again later')
    const outcome = this.#store({ kind, body, receivedAt, ...(tenant !== undefined && { tenant }) })
    this.#remember(key, receivedAt, outcome)
    try {
      return await outcome
    } catch (error) {
      this.#seen.delete(key)
      throw error
    }
  }

  /** Remembers a request that an earlier process made durable, and its spans. */
  recall(frame: Frame): void {
    const outcome = Promise.resolve(NOTHING)
    this.#remember(fingerprint(frame), frame.receivedAt, outcome)
    try {
      recallSpans(frame, this.#decoders, this.#options.memory)
    } catch (error) {
      // what this release cannot read it cannot store either: the writer reports that
      if (!(error instanceof BadInput)) throw error
    }
  }

  async #store(frame: Frame): Promise<Decoded> {
    const { spool, memory, repeats, onDecoded, relief } = this.#options
    await relief?.()
    const segment = spool.current()
    const started = performance.now()
    memory.advance(frame.receivedAt)
    segment.newSince = Math.max(segment.newSince, memory.vouchesFrom(frame.receivedAt))
    const decoded = decodeInto(segment.block, frame, this.#decoders, memory, repeats)
    onDecoded?.(decoded, (performance.now() - started) / 1000)
    const { sink } = this.#decoders
    const skip = sink.skipList()
    // a span that came before may be in a write that is still under way, and that write may fail
    const before = decoded.duplicates > 0 ? [...this.#appending] : []
    if (decoded.accepted > 0) {
      const keys = [...sink.keysAdded]
      const appending = spool.append(segment, skip === undefined ? frame : { ...frame, skip })
      this.#appending.add(appending)
      try {
        await appending
      } catch (error) {
        memory.takeBack(keys)
        throw error
      } finally {
        this.#appending.delete(appending)
      }
    }
    await Promise.all(before)
    return decoded
  }

  #countAgain(frame: Frame): void {
    const { repeats, onDecoded } = this.#options
    if (repeats === undefined) return
    const duplicates = countRepeated(frame, this.#decoders, repeats)
    onDecoded?.({ ...NOTHING, duplicates }, 0)
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
function fingerprint({ kind, body, tenant = '' }: Omit<Frame, 'receivedAt'>): string {
  return createHash('sha256').update(`${kind} ${tenant}\n`).update(body).digest('base64')
}
