/**
 * Quantiles of positive numbers, without keeping them.
 *
 * Invariant: bounded; a quantile is never less than the true one, and at most 8 % more. What is old fades.
 */

const BASE = Math.log(1.08)
const BUCKETS = 512
const ZERO = 256
/** From so many on, everything that was seen counts half. */
const FADE_AT = 4_000

export class Sketch {
  #counts: Float64Array | undefined
  #total = 0

  /** How many numbers count, as far as they have not faded. */
  get size(): number {
    return this.#total
  }

  add(value: number): void {
    if (!(value >= 0) || !Number.isFinite(value)) return
    this.#counts ??= new Float64Array(BUCKETS)
    const index = value === 0 ? 0 : Math.ceil(Math.log(value) / BASE) + ZERO
    const bucket = Math.min(BUCKETS - 1, Math.max(0, index))
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    if (++this.#total < FADE_AT) return
    for (let i = 0; i < BUCKETS; i++) this.#counts[i] = (this.#counts[i] ?? 0) / 2
    this.#total /= 2
  }

  /** The value that the part `q` of all numbers does not exceed; 0 where nothing was seen. */
  quantile(q: number): number {
    if (!this.#counts || this.#total === 0) return 0
    let left = this.#total * (1 - q)
    for (let i = BUCKETS - 1; i > 0; i--) {
      left -= this.#counts[i] ?? 0
      if (left < 0) return Math.exp((i - ZERO) * BASE)
    }
    return 0
  }
}
