/** Times of one thing done again and again. */

/** Milliseconds of `runs` runs after one that warms up, ascending. */
export async function timesOf(runs: number, work: () => Promise<void>): Promise<number[]> {
  await work()
  const times: number[] = []
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)
}

/** The value below which `share` of sorted values lie. */
export function quantileOf(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}
