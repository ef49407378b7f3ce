/**
 * What is kept of the spans and of their rollups.
 *
 * Invariant: a rollup is never made of spans of which some were removed: its sums outlive them.
 */

/** How long things are kept, seconds; infinite where it is for ever. */
export interface Kept {
  readonly spans: number
  /** By the name of the rollup's table. */
  readonly rollups: Readonly<Record<string, number>>
  /** Spans that started before, in seconds since 1970, were removed under an earlier configuration. */
  readonly removedBefore: number
}

export const EVERYTHING: Kept = {
  spans: Number.POSITIVE_INFINITY,
  rollups: {},
  removedBefore: Number.NEGATIVE_INFINITY,
}

const DAY = 86_400

/** From when on no span has been removed, seconds since 1970. */
export function wholeSince({ spans, removedBefore }: Kept, now: number): number {
  return Math.max(removedBefore, now - spans)
}

/** From when on rows of a rollup exist; a day later than they expire. */
export function rolledSince({ rollups }: Kept, table: string, now: number): number {
  return now - (rollups[table] ?? Number.POSITIVE_INFINITY) + DAY
}
