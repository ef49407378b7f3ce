/** Periods tile time in every IANA zone, from every anchor, over ten years with leap days and changes of clocks. */
import { expect, test } from 'vitest'
import { walkChanges, walkYears, ZONES } from './period-walk.ts'

test('months, quarters and years of every zone', { timeout: 120_000 }, () => {
  expect(ZONES.length).toBeGreaterThan(400)
  for (const [index, timezone] of ZONES.entries()) walkYears(timezone, index)
})

test('hours, days and weeks of every zone, around the changes of its clocks', { timeout: 120_000 }, () => {
  for (const timezone of ZONES) walkChanges(timezone)
})
