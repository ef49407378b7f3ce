/**
 * A sum over the last so many milliseconds.
 *
 * Invariant: never less than what was added within the window; what was added in one sixtieth of it leaves together.
 */

const SLICES = 60

export class RollingSum {
  readonly #windowMs: number
  readonly #sliceMs: number
  #slices: [number, bigint][] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
    this.#sliceMs = Math.max(1, Math.ceil(windowMs / SLICES))
  }

  add(at: number, amount: bigint): void {
    if (amount === 0n) return
    const slice = Math.floor(at / this.#sliceMs) * this.#sliceMs
    const last = this.#slices.at(-1)
    if (last && last[0] >= slice) last[1] += amount
    else this.#slices.push([slice, amount])
  }

  sum(now: number): bigint {
    const from = now - this.#windowMs - this.#sliceMs
    while (this.#slices[0] && this.#slices[0][0] <= from) this.#slices.shift()
    let sum = 0n
    for (const [, amount] of this.#slices) sum += amount
    return sum
  }

  /** Everything, as {@link slices} gave it. */
  restore(slices: readonly (readonly [number, bigint])[]): void {
    this.#slices = slices.map(([at, amount]) => [at, amount])
  }

  get slices(): readonly (readonly [number, bigint])[] {
    return this.#slices
  }
}
