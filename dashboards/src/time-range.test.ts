/** Date math in zones, against dates worked out by hand. */
import fc from 'fast-check'
import { expect, it, test } from 'vitest'
import { isTimeZone, parseInstant, startOf } from './time-range.ts'

const now = Date.parse('2026-03-29T10:15:30.500Z')

function check(text: string, zone: string, want: string | undefined, end = false): void {
  test(`${text} in ${zone}${end ? ' as an end' : ''} is ${want}`, () => {
    const at = parseInstant(text, now, zone, end)
    expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(want)
  })
}

check('now', 'UTC', '2026-03-29T10:15:30.500Z')
check('now-24h', 'Europe/Berlin', '2026-03-28T10:15:30.500Z')
// The clocks of Berlin went forward in this night, so a day was 23 hours long.
check('now-1d', 'Europe/Berlin', '2026-03-28T11:15:30.500Z')
check('now/d', 'Europe/Berlin', '2026-03-28T23:00:00.000Z')
check('now/d', 'Europe/Berlin', '2026-03-29T21:59:59.999Z', true)
check('now/d', 'America/New_York', '2026-03-29T04:00:00.000Z')
check('now/w', 'UTC', '2026-03-23T00:00:00.000Z')
check('now/M', 'Asia/Kolkata', '2026-02-28T18:30:00.000Z')
check('now-1M/M', 'UTC', '2026-02-01T00:00:00.000Z')
check('now-1M/M', 'UTC', '2026-02-28T23:59:59.999Z', true)
check('now-1M', 'UTC', '2026-02-28T10:15:30.500Z')
check('now/y', 'UTC', '2026-01-01T00:00:00.000Z')
check('now-1h/h', 'UTC', '2026-03-29T09:00:00.000Z')
check('now-1d+2h', 'UTC', '2026-03-28T12:15:30.500Z')
check('1000', 'UTC', '1970-01-01T00:00:01.000Z')
check('2026-03-01T00:00:00Z', 'UTC', '2026-03-01T00:00:00.000Z')
check('yesterday', 'UTC', undefined)
check('now-1x', 'UTC', undefined)
check('now-99999999d', 'UTC', undefined)
check("now'", 'UTC', undefined)

it('knows zones from other words', () => {
  expect(['utc', 'UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires'].map(isTimeZone)).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect(['', 'Mars/Olympus', "UTC'", '+02:00', 'browser'].map(isTimeZone)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ])
})

it('a day begins at or before each of its instants, and no day is longer than 25 hours', () => {
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/Sao_Paulo',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'America/Havana',
    'Asia/Beirut',
  )
  fc.assert(
    fc.property(fc.integer({ min: 1.4e12, max: 2e12 }), zones, (at, zone) => {
      const start = startOf(at, 'd', zone)
      expect(start).toBeLessThanOrEqual(at)
      expect(at - start).toBeLessThan(25 * 3_600_000)
      expect(startOf(start, 'd', zone)).toBe(start)
    }),
  )
})
