/**
 * What the calls of earlier blocks say of spans that come later: which spans contain one, and who named which answer.
 *
 * Invariant: memory is bounded by the number of generations and the size of each, and the oldest goes first. What was
 * decided by it is written down with the request, because reading that again finds another memory.
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

/** Looking something up asks each of them. */
const MAX_GENERATIONS = 5
/** Blocks become one generation for so long, milliseconds, so that a minute is remembered: exporters send every few seconds. */
const SPAN_MS = 15_000
/** And unless it has so many entries: the calls of a block that is full are a generation of their own. */
const MAX_ENTRIES = 50_000

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
    if (generations.length > MAX_GENERATIONS) generations.shift()
  }

  /** Whether a span of this key contains a call. */
  contains(key: string): boolean {
    return this.#generations.some(({ parents }) => parents.has(key))
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
