/**
 * What a benchmark reports, and the shape that every file `bench/<name>.ts` has.
 *
 * Invariant: both sides of a ratio were measured in the same run, and a ratio above 1 is in our favour.
 */

/** One measured number beside the one it is compared with. */
export interface Figure {
  /** Stable, snake_case: results of different days are compared by it. */
  name: string
  value: number
  /** Unit of `value`: `us/call`, `spans/s`, `ms`. */
  unit: string
  /** What `ratio` compares with: a peer, or a limit that we set ourselves, with its number. */
  against: string
  /** Above 1 is in our favour, whichever direction is better for the unit. */
  ratio: number
}

export interface BenchOptions {
  /** Seconds instead of minutes: enough to see that it works, too short to quote. */
  quick: boolean
  /** How many calls a store has instead of the usual number. */
  calls?: number | undefined
  /** Directory of a large store that is filled once and used again; absent: one that goes at the end. */
  data?: string | undefined
}

/** What `bench/<name>.ts` exports. */
export interface Bench {
  /** One sentence: what is measured, and against what. */
  description: string
  run(report: (figure: Figure) => void, options: BenchOptions): Promise<void>
}
