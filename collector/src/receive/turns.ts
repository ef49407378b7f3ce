/**
 * Work that takes turns with everything else that the event loop has to do.
 *
 * Invariant: work begins in the order in which it came, and what piles up takes {@link SLICE_MS} at a time, or one
 * piece where that takes longer.
 */

/** Milliseconds. */
const SLICE_MS = 5

export class Turns {
  readonly #waiting: (() => void)[] = []

  /** Does `work` in a later turn. Rejects with what it throws. */
  take<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const length = this.#waiting.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
      if (length === 1) setImmediate(() => this.#slice())
    })
  }

  #slice(): void {
    const until = performance.now() + SLICE_MS
    let done = 0
    do this.#waiting[done++]?.()
    while (done < this.#waiting.length && performance.now() < until)
    this.#waiting.splice(0, done)
    if (this.#waiting.length > 0) setImmediate(() => this.#slice())
  }
}
