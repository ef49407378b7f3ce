import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rule, utc, walkChanges, walkYears, ZONES } from '../../test/period-walk.ts'
import { CALENDAR_PERIODS, periodAt } from './period.ts'

const iso = ({ start, end }: { start: number; end: number }) =>
  [start, end].map((at) => new Date(at).toISOString())

describe('periods tile time', () => {
  // Every zone: see period.slow.test.ts.
  test('in a sample of zones, among them the odd ones', () => {
    const odd = ['Australia/Lord_Howe', 'Africa/Casablanca', 'America/Havana', 'Asia/Gaza', 'Pacific/Chatham']
    const sample = ZONES.filter((zone, index) => index % 30 === 0 || odd.includes(zone))
    expect(sample.length).toBeGreaterThan(14)
    for (const [index, timezone] of sample.entries()) {
      if (index % 4 === 0) walkYears(timezone, index)
      walkChanges(timezone)
    }
  })

  test('any rule, at any instant of those years', () => {
    const rules = fc.record({
      every: fc.constantFrom(...CALENDAR_PERIODS),
      timezone: fc.constantFrom(...ZONES),
      anchorDay: fc.integer({ min: 1, max: 31 }),
      anchorMonth: fc.integer({ min: 1, max: 12 }),
      anchorWeekday: fc.integer({ min: 1, max: 7 }),
    })
    const instants = fc.integer({ min: utc('2020-01-01'), max: utc('2030-01-01') })
    fc.assert(
      fc.property(rules, instants, (any, instant) => {
        const period = periodAt(any, instant)
        expect(period.start <= instant && instant < period.end).toBe(true)
        expect(periodAt(any, period.end).start).toBe(period.end)
        expect(periodAt(any, period.start - 1).end).toBe(period.start)
      }),
      { numRuns: 500 },
    )
  })
})

test('a month begins at midnight of its zone, on its anchor', () => {
  const berlin = rule('month', { timezone: 'Europe/Berlin' })
  expect(iso(periodAt(berlin, utc('2026-03-31T21:59:59Z')))).toEqual([
    '2026-02-28T23:00:00.000Z',
    '2026-03-31T22:00:00.000Z',
  ])
  expect(periodAt(berlin, utc('2026-03-31T22:00:00Z')).key).toBe('month:2026-04-01')
  const last = rule('month', { anchorDay: 31 })
  expect(iso(periodAt(last, utc('2024-02-29T00:00:00Z')))).toEqual([
    '2024-02-29T00:00:00.000Z',
    '2024-03-31T00:00:00.000Z',
  ])
})

test('a day has 23 or 25 hours where clocks change, and a date that a zone skips has none', () => {
  const day = (timezone: string, at: string) => periodAt(rule('day', { timezone }), utc(at))
  const hours = ({ start, end }: { start: number; end: number }) => (end - start) / 3_600_000
  expect(hours(day('Europe/Berlin', '2026-03-29T12:00:00Z'))).toBe(23)
  expect(hours(day('Europe/Berlin', '2026-10-25T12:00:00Z'))).toBe(25)
  expect(day('Pacific/Apia', '2011-12-30T09:59:59Z').end).toBe(
    day('Pacific/Apia', '2011-12-30T10:00:00Z').start,
  )
  expect(day('Pacific/Apia', '2011-12-30T10:00:00Z').key).toBe('day:2011-12-31')
})

test('quarters and years begin in the month that is said', () => {
  const fiscal = { anchorMonth: 4, anchorDay: 6, timezone: 'Europe/London' }
  expect(periodAt(rule('year', fiscal), utc('2026-04-05T12:00:00Z')).key).toBe('year:2025-04-06')
  expect(periodAt(rule('quarter', fiscal), utc('2026-07-06T12:00:00Z')).key).toBe('quarter:2026-07-06')
})

test('weeks begin on the day that is said', () => {
  expect(periodAt(rule('week'), utc('2026-03-11T12:00:00Z')).key).toBe('week:2026-03-09')
  expect(periodAt(rule('week', { anchorWeekday: 7 }), utc('2026-03-11T12:00:00Z')).key).toBe(
    'week:2026-03-08',
  )
})
