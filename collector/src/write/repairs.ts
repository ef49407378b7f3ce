/**
 * Segments whose rows are stored and whose rollups are still to be compared with them.
 *
 * Invariant: a segment is done only when a repair that began after it was added has ended well; many of them share
 * one repair.
 */
import type { SealedSegment } from '../spool/segment.ts'

export interface RepairsOptions {
  /** Makes the rollups of these hours agree; starts in seconds since 1970. */
  repair: (hours: readonly number[]) => Promise<void>
  done: (segment: SealedSegment) => Promise<void>
  failed: (error: unknown, delayMs: number) => void
  /** Waits; ends at once when everything is to end. */
  pause: (milliseconds: number) => Promise<void>
}

/** So many wait for each other at most. */
const MAX_TOGETHER = 50
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 15_000

export class Repairs {
  readonly #options: RepairsOptions
  readonly #hours = new Map<SealedSegment, readonly number[]>()
  #running: Promise<void> | undefined
  #stopped = false

  constructor(options: RepairsOptions) {
    this.#options = options
  }

  /** Segments that are not done. */
  get waiting(): number {
    return this.#hours.size
  }

  /** Takes a segment whose rows are stored. */
  add(segment: SealedSegment, hours: readonly number[]): void {
    segment.block = undefined
    this.#hours.set(segment, hours)
    if (this.#hours.size >= MAX_TOGETHER) void this.finish()
  }

  /** Repairs what waits; resolves when nothing does. */
  finish(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS
    while (this.#hours.size > 0 && !this.#stopped) {
      const some = [...this.#hours]
      try {
        await this.#options.repair([...new Set(some.flatMap(([, hours]) => hours))].sort((a, b) => a - b))
        for (const [segment] of some) {
          await this.#options.done(segment)
          this.#hours.delete(segment)
        }
        delayMs = FIRST_DELAY_MS
      } catch (error) {
        if (this.#stopped) return
        this.#options.failed(error, delayMs)
        await this.#options.pause(delayMs)
        delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)
      }
    }
  }
}
