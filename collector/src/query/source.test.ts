import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseSource, type Rollups } from './source.ts'
import { daysOf } from './zone.ts'

const plan = (start: string, end: string, zone: string, rollups: Rollups = 'cost'): string => {
  const [from, to] = [Date.parse(start), Date.parse(end)]
  const cuts = daysOf(from, to, zone).map((day) => day.start)
  return chooseSource({ start: from, end: to, cuts, rollups })
    .map((part) => `${part.source} ${(part.end - part.start) / 60_000}`)
    .join(', ')
}

describe('chooseSource', () => {
  const check = (name: string, start: string, end: string, zone: string, want: string, rollups?: Rollups) =>
    test(name, () => expect(plan(start, end, zone, rollups)).toBe(want))
  check('whole UTC days are days', '2026-03-01T00:00Z', '2026-03-03T00:00Z', 'UTC', 'day 2880')
  check(
    'whole hours of UTC are hours and days',
    '2026-03-01T22:00Z',
    '2026-03-04T03:00Z',
    'UTC',
    'hour 120, day 2880, hour 180',
  )
  check(
    'ragged edges are raw',
    '2026-03-01T22:30Z',
    '2026-03-04T03:10Z',
    'UTC',
    'spans 30, hour 60, day 2880, hour 180, spans 10',
  )
  check('a range inside an hour is raw', '2026-03-01T22:10Z', '2026-03-01T22:50Z', 'UTC', 'spans 40')
  check(
    'a range over one full hour',
    '2026-03-01T21:59Z',
    '2026-03-01T23:01Z',
    'UTC',
    'spans 1, hour 60, spans 1',
  )
  check(
    'a range over an hour start without a full hour is raw',
    '2026-03-01T21:59Z',
    '2026-03-01T22:59Z',
    'UTC',
    'spans 60',
  )
  check(
    'a whole-hour zone is hours',
    '2026-03-01T05:00Z',
    '2026-03-03T05:00Z',
    'America/New_York',
    'hour 2880',
  )
  check('also over a clock change', '2026-03-07T05:00Z', '2026-03-10T04:00Z', 'America/New_York', 'hour 4260')
  check('a half-hour zone is raw', '2026-02-28T18:30Z', '2026-03-02T18:30Z', 'Asia/Kolkata', 'spans 2880')
  check(
    'one day of a half-hour zone needs no cut, so its middle is hours',
    '2026-02-28T18:30Z',
    '2026-03-01T18:30Z',
    'Asia/Kolkata',
    'spans 30, hour 1380, spans 30',
  )
  check(
    'what only the detailed rollup knows is hours of it, whole days too',
    '2026-03-01T22:30Z',
    '2026-03-04T03:10Z',
    'UTC',
    'spans 30, detail 3120, spans 10',
    'detail',
  )
  check(
    'in a half-hour zone that is raw as well',
    '2026-02-28T18:30Z',
    '2026-03-02T18:30Z',
    'Asia/Kolkata',
    'spans 2880',
    'detail',
  )

  test('segments tile the range, and no cut lies inside a bucket', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Asia/Kolkata',
      'Asia/Kathmandu',
      'America/New_York',
      'Australia/Lord_Howe',
      'Europe/London',
    )
    const instant = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2027-01-01') })
    const length = fc.integer({ min: 1, max: 90 * 86_400_000 })
    const rollups = fc.constantFrom<Rollups>('cost', 'detail')
    fc.assert(
      fc.property(zone, instant, length, rollups, (name, start, length, rollups) => {
        const end = start + length
        const cuts = daysOf(start, end, name).map((day) => day.start)
        const parts = chooseSource({ start, end, cuts, rollups })
        let at = start
        for (const part of parts) {
          expect(part.start).toBe(at)
          expect(part.end).toBeGreaterThan(part.start)
          at = part.end
          if (part.source === 'spans') continue
          const bucket = part.source === 'day' ? 86_400_000 : 3_600_000
          expect(part.start % bucket).toBe(0)
          expect(part.end % bucket).toBe(0)
          for (const cut of cuts) if (cut > part.start && cut < part.end) expect(cut % bucket).toBe(0)
        }
        expect(at).toBe(end)
      }),
    )
  })
})
