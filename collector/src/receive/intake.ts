/**
 * Accepts a request: decoded, durable, then acknowledged; a span that comes again is acknowledged again and stored
 * once.
 *
 * Invariant: `accept` resolves only when every span of the request is in the spool or in the store, those that
 * came before with another request too. What could not be stored is not remembered.
 */
import type { ContentKind, Frame } from '../spool/frame.ts'
import type { Segment } from '../spool/segment.ts'
import type { Spool } from '../spool/spool.ts'
import { BadInput } from './bad-input.ts'
import { type Decoded, Decoders, decodeInto, recallSpans } from './decode.ts'
import type { Repeats } from './repeats.ts'
import type { SpanMemory } from './span-memory.ts'
import { Turns } from './turns.ts'

/** The spool is over its bound: the sender should come again. */
export class SpoolFull extends Error {
  override readonly name = 'SpoolFull'
}

export interface IntakeOptions {
  spool: Spool
  /** The spans of the last minutes; starts with those that an earlier process accepted. */
  memory: SpanMemory
  /** How long spans are kept, milliseconds; older ones are refused. */
  keepMs?: number
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
  readonly #turns = new Turns()
  /** Writes that are under way. */
  readonly #appending = new Set<Promise<void>>()

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /** Throws `BadInput` when the request is malformed, `SpoolFull` when there is no room. */
  async accept(kind: ContentKind, body: Buffer, tenant?: string): Promise<Decoded> {
    const { spool, now } = this.#options
    const receivedAt = now()
    void spool.lookAtDisk()
    if (spool.full) throw new SpoolFull('cannot accept spans: the spool is full; send them again later')
    return this.#store({ kind, body, receivedAt, ...(tenant !== undefined && { tenant }) })
  }

  /** Remembers the spans of a request that an earlier process made durable. */
  recall(frame: Frame): void {
    try {
      recallSpans(frame, this.#decoders, this.#options.memory)
    } catch (error) {
      // what this release cannot read it cannot store either: the writer reports that
      if (!(error instanceof BadInput)) throw error
    }
  }

  async #store(frame: Frame): Promise<Decoded> {
    await this.#options.relief?.()
    const { decoded, written } = await this.#turns.take(() => this.#decode(frame))
    await written
    return decoded
  }

  /** Decodes a request into the block that is filled now, and begins to make it durable. */
  #decode(frame: Frame): { decoded: Decoded; written: Promise<unknown> } {
    const { spool, memory, repeats, onDecoded, keepMs } = this.#options
    const segment = spool.current()
    const started = performance.now()
    memory.advance(frame.receivedAt)
    segment.newSince = Math.max(segment.newSince, memory.vouchesFrom(frame.receivedAt))
    const keptSince = keepMs === undefined ? undefined : frame.receivedAt - keepMs
    const decoded = decodeInto(segment.block, frame, this.#decoders, memory, repeats, keptSince)
    onDecoded?.(decoded, (performance.now() - started) / 1000)
    const { sink } = this.#decoders
    const skip = sink.skipList()
    // a span that came before may be in a write that is still under way, and that write may fail
    const before = decoded.duplicates > 0 ? [...this.#appending] : []
    if (decoded.accepted === 0) return { decoded, written: Promise.all(before) }
    const keys = [...sink.keysAdded]
    const judged = { ...frame, counted: sink.countedList(), ...(skip !== undefined && { skip }) }
    const appending = this.#append(segment, judged, keys)
    return { decoded, written: Promise.all([appending, ...before]) }
  }

  async #append(segment: Segment, frame: Frame, keys: readonly number[]): Promise<void> {
    const { spool, memory } = this.#options
    const appending = spool.append(segment, frame)
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
}
