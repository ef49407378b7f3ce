import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forecast, MIN_DAYS } from './forecast.ts'

const weekly = (days: number): number[] => Array.from({ length: days }, (_, day) => (day % 7 < 5 ? 10 : 2))

test('what repeats every week is projected exactly, with a band of no width', () => {
  const history = weekly(70)
  const answer = forecast({ history, today: 4, spent: 100, daysLeft: 6 })
  expect(answer?.expected).toBeCloseTo(100 + 5 * 10 + 2 * 2, 9)
  expect(answer?.band?.low).toBeCloseTo(answer?.expected ?? 0, 9)
  expect(answer?.band?.high).toBeCloseTo(answer?.expected ?? 0, 9)
  expect(answer?.typicalError).toBeCloseTo(0, 9)
})

test('without two weeks there is no projection, without enough tests no band', () => {
  expect(forecast({ history: weekly(MIN_DAYS - 1), today: 1, spent: 1, daysLeft: 3 })).toBe(null)
  const answer = forecast({ history: weekly(MIN_DAYS), today: 1, spent: 1, daysLeft: 3 })
  expect([answer?.band, answer?.typicalError]).toEqual([null, null])
})

test('a month never ends below what it has cost, and the band holds the projection', () => {
  const cost = fc.double({ min: 0, max: 1000, noNaN: true })
  fc.assert(
    fc.property(
      fc.array(cost, { minLength: MIN_DAYS, maxLength: 120 }),
      ...[cost, cost, fc.integer({ min: 0, max: 30 })],
      (history, today, spent, daysLeft) => {
        const answer = forecast({ history, today, spent, daysLeft })
        expect(answer?.expected).toBeGreaterThanOrEqual(spent + today - 1e-9)
        if (!answer?.band) return
        expect(answer.band.low).toBeGreaterThanOrEqual(spent + today - 1e-9)
        expect(answer.band.low).toBeLessThanOrEqual(answer.expected + 1e-9)
        expect(answer.band.high).toBeGreaterThanOrEqual(answer.expected)
      },
    ),
  )
})

test('the band holds about four of five months to come, where days vary as they did before', () => {
  let seed = 1
  const random = (): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed / 2_147_483_647
  }
  let [inside, tests] = [0, 0]
  for (let round = 0; round < 300; round++) {
    const days = Array.from({ length: 130 }, (_, day) => (day % 7 < 5 ? 10 : 3) * (0.5 + random()))
    const answer = forecast({ history: days.slice(0, 120), today: 0, spent: 0, daysLeft: 9 })
    const actual = days.slice(120).reduce((sum, cost) => sum + cost, 0)
    if (!answer?.band) continue
    tests += 1
    if (actual >= answer.band.low && actual <= answer.band.high) inside += 1
  }
  expect(tests).toBe(300)
  expect(inside / tests).toBeGreaterThan(0.65)
  expect(inside / tests).toBeLessThan(0.95)
})
