import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Period, type PeriodQuery, resolvePeriod, WEEK_DAYS } from './period.ts'
import { canonicalZone, dateAt, daysOf } from './zone.ts'

const NOW = Date.parse('2026-03-11T15:30:00Z')

const range = (query: PeriodQuery, now = NOW): string => {
  const period = resolvePeriod(query, now)
  if (Array.isArray(period)) return period.map((fault) => fault.name).join(', ')
  return `${new Date(period.start).toISOString()} ${new Date(period.end).toISOString()}`
}

describe('calendar periods', () => {
  const check = (query: PeriodQuery, want: string, now?: string) =>
    test(`${JSON.stringify(query)} at ${now ?? 'the usual instant'} is ${want}`, () => {
      expect(range(query, now === undefined ? NOW : Date.parse(now))).toBe(want)
    })
  check({}, '2026-03-01T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  check({ period: 'today' }, '2026-03-11T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  check({ period: 'week' }, '2026-03-09T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  check({ period: 'week', weekStart: 'sunday' }, '2026-03-08T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  check({ period: 'week', weekStart: 'wednesday' }, '2026-03-11T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  check({ period: 'week', weekStart: 'thursday' }, '2026-03-05T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  check({ period: 'year' }, '2026-01-01T00:00:00.000Z 2026-03-12T00:00:00.000Z')
  // It is already tomorrow in Kolkata, still yesterday in Honolulu.
  check(
    { period: 'today', timezone: 'Asia/Kolkata' },
    '2026-03-11T18:30:00.000Z 2026-03-12T18:30:00.000Z',
    '2026-03-11T19:00:00Z',
  )
  check(
    { period: 'today', timezone: 'Pacific/Honolulu' },
    '2026-03-10T10:00:00.000Z 2026-03-11T10:00:00.000Z',
    '2026-03-11T09:00:00Z',
  )
  // Clocks went forward on 8 March in New York: the day had 23 hours, and the month's start is in winter time.
  check(
    { period: 'today', timezone: 'America/New_York' },
    '2026-03-08T05:00:00.000Z 2026-03-09T04:00:00.000Z',
    '2026-03-08T12:00:00Z',
  )
  check(
    { period: 'month', timezone: 'America/New_York' },
    '2026-03-01T05:00:00.000Z 2026-03-12T04:00:00.000Z',
  )
})

describe('custom periods', () => {
  const check = (startDate: string, endDate: string, timezone: string, want: string) =>
    test(`[${startDate}, ${endDate}) in ${timezone} is ${want}`, () => {
      expect(range({ period: 'custom', startDate, endDate, timezone })).toBe(want)
    })
  check('2026-03-01', '2026-03-02', 'UTC', '2026-03-01T00:00:00.000Z 2026-03-02T00:00:00.000Z')
  check('2026-03-01', '2026-03-02', 'Asia/Kolkata', '2026-02-28T18:30:00.000Z 2026-03-01T18:30:00.000Z')
  check(
    '2026-03-01T10:00:00Z',
    '2026-03-01T10:00:00.001Z',
    'UTC',
    '2026-03-01T10:00:00.000Z 2026-03-01T10:00:00.001Z',
  )
  check(
    '2026-03-01T10:00+05:30',
    '2026-03-01T10:00',
    'UTC',
    '2026-03-01T04:30:00.000Z 2026-03-01T10:00:00.000Z',
  )
  check(
    '2026-03-01T10:00',
    '2026-03-01T11:00',
    'Europe/Berlin',
    '2026-03-01T09:00:00.000Z 2026-03-01T10:00:00.000Z',
  )
  // 00:00 did not exist that day in Beirut; the day starts at 01:00.
  check('2026-03-29', '2026-03-30', 'Asia/Beirut', '2026-03-28T22:00:00.000Z 2026-03-29T21:00:00.000Z')

  test('dates without a period mean a custom one', () => {
    expect(range({ startDate: '2026-03-01', endDate: '2026-03-02' })).toContain('2026-03-01T00:00:00.000Z')
  })
})

describe('what is refused, by parameter', () => {
  const check = (query: object, want: string) =>
    test(`${JSON.stringify(query)}: ${want}`, () => expect(range(query as PeriodQuery)).toBe(want))
  check({ period: 'custom' }, 'startDate, endDate')
  check({ startDate: '2026-03-01' }, 'endDate')
  check({ period: 'custom', startDate: '2026-03-02', endDate: '2026-03-01' }, 'endDate')
  check({ period: 'custom', startDate: '2026-03-02', endDate: '2026-03-02' }, 'endDate')
  check({ period: 'custom', startDate: '2020-01-01', endDate: '2026-01-01' }, 'endDate')
  check({ period: 'month', startDate: '2026-03-01', endDate: '2026-03-02' }, 'startDate, endDate')
  check({ timezone: 'Mars/Olympus' }, 'timezone')
  check({ timezone: '+05:30' }, 'timezone')
  check({ timezone: '' }, 'timezone')
  check({ timezone: 'Etc/GMT 5' }, 'timezone')
  check({ period: 'custom', timezone: 'Nowhere', startDate: 'x' }, 'timezone, startDate, endDate')
  for (const bad of [
    'garbage',
    '2026-02-30',
    '20260301',
    '2026-3-1',
    '2026-03-01T25:00Z',
    '2026-03-01T10:00 02:00',
    '2026-03-01T23:59:60Z',
    '1969-12-31',
    '9999-01-01',
    '2026-03-01[UTC]',
    "2026-03-01' OR 1",
  ])
    check({ period: 'custom', startDate: bad, endDate: '2026-03-02' }, 'startDate')
})

const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
const instants = fc.integer({ min: Date.parse('2012-01-01'), max: Date.parse('2040-01-01') })
const DAY = 86_400_000

describe('periods tile time', () => {
  test('in every zone, the days of a range start where the one before ends and have the date of all their instants', () => {
    fc.assert(
      fc.property(zones, instants, fc.integer({ min: 1, max: 40 * DAY }), (zone, start, length) => {
        const end = start + length
        const days = daysOf(start, end, zone)
        expect(days[0]?.start).toBe(start)
        days.forEach((day, index) => {
          const next = days[index + 1]?.start ?? end
          expect(next).toBeGreaterThan(day.start)
          expect(next - day.start).toBeLessThanOrEqual(26 * 3_600_000)
          for (const instant of [day.start, next - 1, Math.floor((day.start + next) / 2)])
            expect(dateAt(instant, zone).toString()).toBe(day.date)
        })
      }),
      { numRuns: 300 },
    )
  })

  test('in every zone, yesterday ends where today starts, and so do weeks, months and years', () => {
    const of = (query: PeriodQuery, now: number) => resolvePeriod(query, now) as Period
    fc.assert(
      fc.property(zones, instants, fc.constantFrom(...WEEK_DAYS), (timezone, now, weekStart) => {
        for (const period of ['today', 'week', 'month', 'year'] as const) {
          const here = of({ period, timezone, weekStart }, now)
          expect(here.start).toBeLessThanOrEqual(now)
          expect(here.end).toBeGreaterThan(now)
          expect(of({ period, timezone, weekStart }, here.start).start).toBe(here.start)
          // The period before, asked at its last instant, ends exactly where this one starts.
          expect(of({ period, timezone, weekStart }, here.start - 1).end).toBe(here.start)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('a zone that skips a date has no day for it', () => {
    const days = daysOf(
      Date.parse('2011-12-29T10:00:00Z'),
      Date.parse('2011-12-31T10:00:01Z'),
      'Pacific/Apia',
    )
    expect(days.map((day) => day.date)).toEqual(['2011-12-29', '2011-12-31', '2012-01-01'])
  })

  test('a zone is known by any spelling and shown by its own', () => {
    expect(canonicalZone('america/new_york')).toBe('America/New_York')
    expect(canonicalZone('utc')).toBe('UTC')
  })
})
