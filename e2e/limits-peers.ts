/**
 * The same traffic against budgets that are kept in other ways: checked against what has been paid for, and counted
 * in one place.
 *
 * Invariant: the stream of calls, their costs and their durations are those of `simulate` for the same seed and rate;
 * networks are as fast, and nothing breaks.
 */
import { costOf } from './limits-simulation.ts'
import { World } from './limits-world.ts'

export const POLICIES = ['post_paid', 'post_paid_central', 'central_reservation'] as const
export type Policy = (typeof POLICIES)[number]

export interface PeerOutcome {
  overshoot: number
  /** Round trips for each call that was let through. */
  roundTripsPerCall: number
  /** Milliseconds that a call waits for its answer, on average. */
  waitMs: number
}

/** How often each instance writes down what it has spent, where it does that from time to time. */
const FLUSH_MS = 10_000

export async function simulatePeer(
  policy: Policy,
  {
    seed,
    limitUsd,
    instances,
    rate,
    seconds,
  }: { seed: number; limitUsd: number; instances: number; rate: number; seconds: number },
): Promise<PeerOutcome> {
  const world = new World(seed)
  const { random } = world
  const limit = BigInt(limitUsd) * 10n ** 12n
  const tally = { spent: 0n, counted: 0n, admitted: 0, trips: 0, waited: 0 }
  const unflushed = Array.from({ length: instances }, () => 0n)
  const hop = () => 4 + random() * 80
  const call = () => {
    const instance = Math.floor(random() * instances)
    const cost = costOf(random)
    const serve = () => {
      tally.admitted++
      tally.spent += cost
      world.later(2_000 + random() * 18_000, () => {
        if (policy === 'post_paid') unflushed[instance] = (unflushed[instance] ?? 0n) + cost
        else if (policy === 'post_paid_central') {
          tally.trips++
          tally.counted += cost
        } else tally.trips++
      })
    }
    const decide = () => {
      if (policy !== 'central_reservation') {
        if (tally.counted < limit) serve()
      } else if (tally.counted + cost <= limit) {
        tally.counted += cost
        serve()
      }
    }
    if (policy === 'post_paid') return decide()
    const wait = hop()
    tally.trips++
    tally.waited += wait
    world.later(wait, decide)
  }
  for (let i = 0; i < instances; i++) {
    const flush = () => {
      tally.counted += unflushed[i] ?? 0n
      unflushed[i] = 0n
      world.later(FLUSH_MS, flush)
    }
    world.later(random() * FLUSH_MS, flush)
  }
  const arrive = () => {
    if (world.now >= seconds * 1_000) return
    call()
    world.later((-Math.log(1 - random()) * 1_000) / rate, arrive)
  }
  world.later(0, arrive)
  await world.run(seconds * 1_000 + 60_000)
  const over = tally.spent > limit ? tally.spent - limit : 0n
  const asked = Math.max(1, tally.admitted)
  return {
    overshoot: Number(over) / 1e12,
    roundTripsPerCall: tally.trips / asked,
    waitMs: tally.waited / asked,
  }
}
