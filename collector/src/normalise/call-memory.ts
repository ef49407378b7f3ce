/**
 * What the calls of earlier blocks say of spans that come later: which spans contain one, and who named which answer.
 *
 * Invariant: memory is bounded by a number of calls, and the oldest go first. What was decided by it is written down with the
 * request, because reading that again finds another memory.
 */

/** A call that named its answer. */
export interface Answer {
  readonly scope: string
  /** Nanoseconds; as exact as it takes to see whether two calls overlap. */
  readonly start: number
  readonly end: number
  /** Its row in its block. */
  readonly row: number
}

/** What the calls of a block said. */
export interface Said {
  /** Spans that contain a call. */
  readonly parents: Map<string, number>
  /** Ids of answers → who said so first. */
  readonly answers: Map<string, Answer>
}

interface Generation extends Said {
  /** When its first block came, milliseconds since 1970. */
  readonly since: number
}

/** Looking something up asks each generation. */
const MAX_GENERATIONS = 5
/** Blocks become one generation for so long, milliseconds, so that a minute is remembered: exporters send every few seconds. */
const SPAN_MS = 15_000
/** And unless it has so many entries: the calls of a block that is full are a generation of their own. */
const MAX_ENTRIES = 50_000
/** Beyond so many in all the oldest generation goes, unless it is the only one. */
const MAX_IN_ALL = MAX_GENERATIONS * MAX_ENTRIES

export class CallMemory {
  /** The newest is the last. */
  readonly #generations: Generation[] = []

  /** Remembers a block, whose maps are the memory's from now on. `now` is in milliseconds since 1970. */
  take(said: Said, now: number): void {
    const generations = this.#generations
    const last = generations.at(-1)
    if (last !== undefined && now - last.since < SPAN_MS && sizeOf(last) + sizeOf(said) <= MAX_ENTRIES) {
      for (const [key, row] of said.parents) last.parents.set(key, row)
      for (const [id, answer] of said.answers) if (!last.answers.has(id)) last.answers.set(id, answer)
      return
    }
    generations.push({ ...said, since: now })
    while (generations.length > MAX_GENERATIONS || (generations.length > 1 && this.size > MAX_IN_ALL))
      generations.shift()
  }

  /** How many entries it has. */
  get size(): number {
    return this.#generations.reduce((sum, generation) => sum + sizeOf(generation), 0)
  }

  /** Whether a span of this key contains a call. */
  contains(key: string): boolean {
    for (const { parents } of this.#generations) if (parents.has(key)) return true
    return false
  }

  /** Who named this answer first. */
  answer(id: string): Answer | undefined {
    for (const { answers } of this.#generations) {
      const answer = answers.get(id)
      if (answer !== undefined) return answer
    }
    return undefined
  }
}

function sizeOf({ parents, answers }: Said): number {
  return parents.size + answers.size
}
