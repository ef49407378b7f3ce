/** The law of `limits-law.test.ts` over many worlds. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { simulate } from '../limits-simulation.ts'

it('holds in every world', { timeout: 300_000 }, async () => {
  const world = fc.record({
    seed: fc.integer({ min: 1, max: 1 << 30 }),
    limitUsd: fc.integer({ min: 1, max: 8 }),
    instances: fc.integer({ min: 1, max: 12 }),
    rate: fc.integer({ min: 2, max: 30 }),
    seconds: fc.constant(30),
    holds: fc.constantFrom('exact' as const, 'generous' as const, 'wrong' as const),
    loss: fc.constantFrom(0, 0.02, 0.1),
    crashes: fc.integer({ min: 0, max: 5 }),
    partitions: fc.integer({ min: 0, max: 4 }),
    restarts: fc.integer({ min: 0, max: 3 }),
    skewMs: fc.constantFrom(0, 500, 5_000),
  })
  await fc.assert(
    fc.asyncProperty(world, async (scenario) => {
      const { overshoot, freed, underestimated, leftHeld, phantom, committed, spent } =
        await simulate(scenario)
      expect(overshoot).toBeLessThanOrEqual(freed + underestimated + 1e-9)
      expect(committed).toBeLessThanOrEqual(spent + 1e-9)
      expect(leftHeld).toBe(0n)
      expect(phantom).toBe(false)
    }),
    { numRuns: 60, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: false },
  )
})
