/** Periods tile time in every IANA zone, from every anchor, over ten years with leap days and changes of clocks. */
import { describe, expect, test } from 'vitest'
import { clocks, rule, tile, walkChanges, walkYears, ZONES } from './period-walk.ts'

test('months, quarters and years of every zone', { timeout: 120_000 }, () => {
  expect(ZONES.length).toBeGreaterThan(400)
  for (const [index, timezone] of ZONES.entries()) walkYears(timezone, index)
})

test('hours, days and weeks of every zone, around the changes of its clocks', { timeout: 120_000 }, () => {
  for (const timezone of ZONES) walkChanges(timezone)
})

describe('every clock, every anchor, ten years', () => {
  const clock = clocks()
  /** Every second one, unless all are asked for. */
  const all = clock.filter((_, index) => process.env.SPANMETER_FULL_MATRIX === '1' || index % 2 === 0)
  const timeout = 1_200_000
  const days = Array.from({ length: 31 }, (_, i) => i + 1)
  /** Days that every month has are alike but for the first and the last; months above take all of them. */
  const someDays = [1, 2, 15, 27, 28, 29, 30, 31]

  test('there are so many clocks', () => expect(clock.length).toBeGreaterThan(60))

  test('months', { timeout }, () => {
    for (const { timezone } of all)
      for (const anchorDay of days)
        expect(tile(rule('month', { timezone, anchorDay }))).toBeGreaterThanOrEqual(120)
  })

  test('quarters', { timeout }, () => {
    for (const { timezone } of all)
      for (const anchorDay of someDays)
        for (const anchorMonth of [1, 2, 3])
          expect(tile(rule('quarter', { timezone, anchorDay, anchorMonth }))).toBeGreaterThanOrEqual(39)
  })

  test('years', { timeout }, () => {
    for (const { timezone } of all)
      for (const anchorDay of someDays)
        for (let anchorMonth = 1; anchorMonth <= 12; anchorMonth++)
          expect(tile(rule('year', { timezone, anchorDay, anchorMonth }))).toBeGreaterThanOrEqual(9)
  })

  test('weeks', { timeout }, () => {
    for (const { timezone } of all)
      for (let anchorWeekday = 1; anchorWeekday <= 7; anchorWeekday++)
        expect(tile(rule('week', { timezone, anchorWeekday }))).toBeGreaterThan(520)
  })

  test('days', { timeout }, () => {
    for (const { timezone } of all) expect(tile(rule('day', { timezone }))).toBeGreaterThan(3_650)
  })

  test('hours, around every change of clocks', { timeout }, () => {
    for (const { timezone, changes } of all)
      for (const at of changes) tile(rule('hour', { timezone }), at - 4 * 3_600_000, at + 4 * 3_600_000)
  })
})
