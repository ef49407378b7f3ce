/**
 * How far a budget of 100 USD is overspent, by how it is kept: the real lease code of both sides, and other ways, in
 * the same traffic on a virtual clock.
 *
 * Invariant: every side sees the same rate, costs and durations; a hold is what a call costs, for leases and for the
 * central reservation alike.
 */
import { POLICIES, type Policy, simulatePeer } from '../e2e/limits-peers.ts'
import { simulate } from '../e2e/limits-simulation.ts'
import type { BenchOptions, Figure } from './figure.ts'

export const description: string =
  'USD spent beyond a budget of 100 USD, and round trips a call: leases, against post-paid checks and a central counter'

const LIMIT_USD = 100
const INSTANCES = 4

export async function run(report: (figure: Figure) => void, { quick }: BenchOptions): Promise<void> {
  const seeds = quick ? 1 : 3
  for (const rate of quick ? [50] : [5, 50]) {
    // Long enough to come to the limit at 0.017 USD a call, and a minute beyond.
    const seconds = Math.ceil((LIMIT_USD / (rate * 0.0165)) * 1.05) + 60
    const world = { limitUsd: LIMIT_USD, instances: INSTANCES, rate, seconds }
    const leases = { overshoot: 0, trips: 0 }
    for (let seed = 1; seed <= seeds; seed++) {
      const outcome = await simulate({
        ...{ ...world, seed, holds: 'exact', loss: 0, crashes: 0, partitions: 0, restarts: 0, skewMs: 0 },
      })
      leases.overshoot = Math.max(leases.overshoot, outcome.overshoot)
      leases.trips += outcome.exchangesPerCall / seeds
    }
    const against = `${rate} calls/s`
    const add = (name: string, value: number, unit: string, peer: number, own: number) =>
      report({
        name: `${name}_${rate}`,
        value,
        unit,
        against: `leases, ${own.toFixed(2)}; ${against}`,
        ratio: (peer + 1e-9) / (own + 1e-9),
      })
    const whole = (overshoot: number) => LIMIT_USD + overshoot
    add('overshoot_leases', leases.overshoot, 'USD', whole(leases.overshoot), whole(leases.overshoot))
    add('round_trips_leases', leases.trips, 'per call', leases.trips, leases.trips)
    for (const policy of POLICIES) {
      const peer = await worst(policy, seeds, world)
      add(`overshoot_${policy}`, peer.overshoot, 'USD', whole(peer.overshoot), whole(leases.overshoot))
      if (policy !== 'post_paid')
        add(`round_trips_${policy}`, peer.roundTripsPerCall, 'per call', peer.roundTripsPerCall, leases.trips)
    }
  }
}

async function worst(policy: Policy, seeds: number, world: Omit<Parameters<typeof simulatePeer>[1], 'seed'>) {
  const outcome = { overshoot: 0, roundTripsPerCall: 0 }
  for (let seed = 1; seed <= seeds; seed++) {
    const one = await simulatePeer(policy, { ...world, seed })
    outcome.overshoot = Math.max(outcome.overshoot, one.overshoot)
    outcome.roundTripsPerCall += one.roundTripsPerCall / seeds
  }
  return outcome
}
