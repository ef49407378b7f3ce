/** What is set aside follows what such calls cost, and never falls below the bound where that is asked for. */
import { expect, it } from 'vitest'
import { type CallOutlook, HoldEstimator } from './hold-estimate.ts'

const NOW = Date.parse('2026-03-10T12:00:00Z')
/** 100,000 characters of a prompt that is cached from the second call on. */
const CALL: CallOutlook = {
  ...{ provider: 'anthropic', priceBook: 'anthropic', operation: 'chat', model: 'claude-haiku-4-5' },
  ...{ length: 100_000, maxOutput: 500 },
}
/** 25,000 tokens read from the cache at 0.10 USD a million, 200 of output at 5. */
const CACHED_USD = 0.0035

const after = (estimator: HoldEstimator, calls: number) => {
  for (let i = 0; i < calls; i++) {
    estimator.observe(CALL, estimator.estimate(CALL, NOW), CACHED_USD, 25_200, 200)
  }
  return estimator.estimate(CALL, NOW).usd
}

it('knows after some calls that their prompts are mostly read from a cache', () => {
  const fresh = after(new HoldEstimator(false), 0)
  // 33,333 tokens at 1 USD a million and 500 at 5.
  expect(fresh).toBeCloseTo(0.0358, 3)
  expect(after(new HoldEstimator(false), 29)).toBe(fresh)
  const learned = after(new HoldEstimator(false), 40)
  expect(learned).toBeGreaterThanOrEqual(CACHED_USD)
  expect(learned).toBeLessThan(CACHED_USD * 1.25)
})

it('is what the dearest of a hundred comes to, not the mean', () => {
  const estimator = new HoldEstimator(false)
  for (let i = 0; i < 100; i++) {
    const cold = i % 25 === 0
    estimator.observe(CALL, estimator.estimate(CALL, NOW), cold ? 0.03 : CACHED_USD, 25_200, 200)
  }
  expect(estimator.estimate(CALL, NOW).usd).toBeGreaterThanOrEqual(0.03)
})

it('stays at the bound where nothing may cost more than its hold', () => {
  const bound = new HoldEstimator(true)
  // Each character a token: 100,000 at 1 USD a million, and 500 at 5.
  expect(after(bound, 0)).toBeCloseTo(0.1025, 9)
  expect(after(bound, 100)).toBeCloseTo(0.1025, 9)
})
