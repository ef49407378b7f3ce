/**
 * The last calls of a block, found again by what they say.
 *
 * Invariant: a look costs the same however many calls there are: it goes through those of one service and number of
 * tokens, the newest first, and through {@link MOST} of them at most. Memory is used again.
 */

/** So many calls are remembered. */
const KEPT = 4096
const SLOTS = 8192
const MOST = 1024
const NONE = -1
/** In the place of tokens that nobody knows. */
const UNKNOWN = -1

/** What is compared of a call: nanoseconds; NaN tokens where the provider did not say. */
export interface CallSpan {
  /** Number of the service in its block. */
  readonly service: number
  readonly start: number
  readonly end: number
  readonly tokens: number
}

type Fits = (call: CallSpan, row: number) => boolean

export class LastCalls {
  readonly #rows = new Int32Array(KEPT)
  /** The row with which each is a pair. */
  readonly #pairs = new Int32Array(KEPT)
  readonly #services = new Int32Array(KEPT)
  readonly #starts = new Float64Array(KEPT)
  readonly #ends = new Float64Array(KEPT)
  readonly #tokens = new Float64Array(KEPT)
  /** The newest call of each slot, and the one before each; by their numbers, which go on rising. */
  readonly #newest = new Int32Array(SLOTS).fill(NONE)
  readonly #before = new Int32Array(KEPT)
  readonly #seen = { service: 0, start: 0, end: 0, tokens: 0 }
  #first = 0
  #count = 0

  /** @param pair the row that it is a pair with, if any */
  add(row: number, { service, start, end, tokens }: CallSpan, pair: number | undefined): void {
    const number = this.#count++
    const at = number % KEPT
    if (this.#count - this.#first > KEPT) this.#first = this.#count - KEPT
    const slot = slotOf(service, tokens)
    this.#before[at] = this.#newest[slot] as number
    this.#newest[slot] = number
    this.#rows[at] = row
    this.#pairs[at] = pair ?? NONE
    this.#services[at] = service
    this.#starts[at] = start
    this.#ends[at] = end
    this.#tokens[at] = tokens
  }

  /** Makes `row` a pair with a call that is of none and that fits. @returns that call's row */
  pair(row: number, call: CallSpan, fits: Fits): number | undefined {
    const at = this.#find(call, fits)
    if (at === undefined) return undefined
    this.#pairs[at] = row
    return this.#rows[at]
  }

  /** @param freed told of each row whose pair is forgotten */
  truncate(rows: number, freed: (row: number) => void): void {
    for (; this.#count > this.#first; this.#count--) {
      const at = (this.#count - 1) % KEPT
      if ((this.#rows[at] as number) < rows) break
      this.#newest[slotOf(this.#services[at] as number, this.#tokens[at] as number)] = this.#before[
        at
      ] as number
    }
    for (let number = this.#first; number < this.#count; number++) {
      const at = number % KEPT
      if ((this.#pairs[at] as number) < rows) continue
      this.#pairs[at] = NONE
      freed(this.#rows[at] as number)
    }
  }

  clear(): void {
    this.#first = 0
    this.#count = 0
    this.#newest.fill(NONE)
  }

  #find(call: CallSpan, fits: Fits): number | undefined {
    const { service, tokens } = call
    if (!Number.isNaN(tokens)) {
      const known = this.#findIn(slotOf(service, tokens), fits)
      return known ?? this.#findIn(slotOf(service, Number.NaN), fits)
    }
    const end = Math.max(this.#first, this.#count - MOST)
    for (let number = this.#count - 1; number >= end; number--)
      if (this.#fits(number % KEPT, fits)) return number % KEPT
    return undefined
  }

  #findIn(slot: number, fits: Fits): number | undefined {
    let number = this.#newest[slot] as number
    for (let looks = 0; number >= this.#first && looks < MOST; looks++) {
      const at = number % KEPT
      if (this.#fits(at, fits)) return at
      number = this.#before[at] as number
    }
    return undefined
  }

  #fits(at: number, fits: Fits): boolean {
    if (this.#pairs[at] !== NONE) return false
    const seen = this.#seen
    seen.service = this.#services[at] as number
    seen.start = this.#starts[at] as number
    seen.end = this.#ends[at] as number
    seen.tokens = this.#tokens[at] as number
    return fits(seen, this.#rows[at] as number)
  }
}

function slotOf(service: number, tokens: number): number {
  const count = Number.isNaN(tokens) ? UNKNOWN : tokens
  return (Math.imul(service, 0x9e3779b1) ^ Math.imul(count, 0x85ebca6b)) & (SLOTS - 1)
}
