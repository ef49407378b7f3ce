/** Budgets hold, whatever breaks: the real lease code of both sides in a world on a virtual clock. */
import { describe, expect, it } from 'vitest'
import { type Outcome, type Scenario, simulate } from '../limits-simulation.ts'

const QUIET: Scenario = {
  ...{ seed: 1, limitUsd: 4, instances: 4, rate: 15, seconds: 30, holds: 'exact' },
  ...{ loss: 0, crashes: 0, partitions: 0, restarts: 0, skewMs: 0 },
}

/** What holds in every run. */
function expectLaw(outcome: Outcome): void {
  const { overshoot, freed, underestimated, leftHeld, phantom, committed, spent, limit } = outcome
  // What was given up on may have been spent; what calls cost beyond their holds was.
  expect(overshoot).toBeLessThanOrEqual(freed + underestimated)
  expect(committed).toBeLessThanOrEqual(spent + 1e-9)
  expect(spent).toBeGreaterThan(limit * 0.3)
  expect(leftHeld).toBe(0n)
  expect(phantom).toBe(false)
}

describe('with holds that are exact', () => {
  it.each<[string, Partial<Scenario>]>([
    ['nothing breaks', {}],
    ['messages are lost and come twice', { loss: 0.05 }],
    ['networks are cut', { partitions: 3, loss: 0.02, seed: 4 }],
    ['the collector dies and comes back', { restarts: 3, loss: 0.02 }],
    ['its clock jumps', { skewMs: 3_000 }],
  ])('never spends more than the limit: %s', async (_name, what) => {
    const outcome = await simulate({ ...QUIET, ...what })
    expectLaw(outcome)
    if (outcome.freed === 0) expect([outcome.overshoot, outcome.worst]).toEqual([0, 0])
    expect(outcome.refused).toBeGreaterThan(0)
    expect(outcome.spent).toBeGreaterThan(outcome.limit * 0.9)
    if (outcome.freed === 0) expect(outcome.committed).toBeCloseTo(outcome.spent, 9)
  })
})

it('spends beyond the limit no more than crashed instances held, and calls cost beyond their holds', async () => {
  const everything = {
    loss: 0.05,
    partitions: 2,
    restarts: 2,
    crashes: 4,
    skewMs: 2_000,
    holds: 'wrong',
  } as const
  for (const seed of [7, 8]) expectLaw(await simulate({ ...QUIET, ...everything, seed }))
})
