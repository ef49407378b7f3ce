/** What periods have to do in every zone, for the quick test and the thorough one. */
import { Temporal } from 'temporal-polyfill'
import { expect } from 'vitest'
import { type CALENDAR_PERIODS, type PeriodRule, periodAt } from '../src/budgets/period.ts'

export const ZONES: string[] = Intl.supportedValuesOf('timeZone')
export const utc = (text: string): number => Date.parse(text)

export const rule = (
  every: (typeof CALENDAR_PERIODS)[number],
  more: Partial<Exclude<PeriodRule, { every: 'rolling' }>> = {},
): PeriodRule => ({
  ...{ every, timezone: 'UTC', anchorDay: 1, anchorMonth: 1, anchorWeekday: 1 },
  ...more,
})

/** Follows the periods of a rule from one instant to another. */
export function walk(of: PeriodRule, from: number, to: number): number {
  let count = 0
  let period = periodAt(of, from)
  expect(period.start).toBeLessThanOrEqual(from)
  const keys = new Set<string>()
  while (period.end < to) {
    expect(period.end).toBeGreaterThan(period.start)
    const last = periodAt(of, period.end - 1)
    const next = periodAt(of, period.end)
    expect([last.key, last.start, last.end]).toEqual([period.key, period.start, period.end])
    expect(next.start).toBe(period.end)
    expect(keys.has(period.key)).toBe(false)
    keys.add(period.key)
    period = next
    count++
  }
  return count
}

/** Months, quarters and years over ten years, and a leap day, from an anchor that depends on `index`. */
export function walkYears(timezone: string, index: number): void {
  const anchors = { timezone, anchorDay: (index % 31) + 1, anchorMonth: (index % 12) + 1 }
  const every = index % 3 === 1 ? 'year' : 'quarter'
  const periods = walk(rule(every, anchors), utc('2020-01-15'), utc('2030-02-01'))
  expect(periods).toBeGreaterThanOrEqual(every === 'year' ? 9 : 39)
  walk(rule('month', anchors), utc('2023-12-30'), utc('2024-04-02'))
}

/** Hours, days and weeks around changes of the zone's clocks. */
export function walkChanges(timezone: string): void {
  for (const at of changes(timezone)) {
    walk(rule('hour', { timezone }), at - 3 * 3_600_000, at + 3 * 3_600_000)
    walk(rule('day', { timezone }), at - 2 * 86_400_000, at + 2 * 86_400_000)
  }
  const weeks = rule('week', { timezone, anchorWeekday: (timezone.length % 7) + 1 })
  walk(weeks, utc('2026-03-01'), utc('2026-04-10'))
}

/** Instants within ten years at which the zone's offset changes: the first and the last of them. */
function changes(timezone: string): number[] {
  const name = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'longOffset' })
  const offset = (at: number) => name.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value
  const found: number[] = []
  const month = 30 * 86_400_000
  for (const from of [utc('2020-01-01'), utc('2029-01-01')]) {
    for (let at = from; at < from + 12 * month; at += month) {
      if (offset(at) === offset(at + month)) continue
      let [low, high] = [at, at + month]
      while (high - low > 60_000) {
        const middle = Math.floor((low + high) / 2)
        if (offset(middle) === offset(low)) low = middle
        else high = middle
      }
      found.push(high)
      break
    }
  }
  return found
}

const FROM = utc('2020-01-01')
const TO = utc('2030-02-01')

/** One zone of each clock: those whose offsets never differ within these years cut time alike. */
export function clocks(): { timezone: string; changes: number[] }[] {
  const found = new Map<string, { timezone: string; changes: number[] }>()
  for (const timezone of ZONES) {
    let at = Temporal.Instant.fromEpochMilliseconds(FROM - 400 * 86_400_000).toZonedDateTimeISO(timezone)
    const said = [at.offset]
    const changes: number[] = []
    for (;;) {
      const next = at.getTimeZoneTransition('next')
      if (!next || next.epochMilliseconds > TO + 400 * 86_400_000) break
      said.push(`${next.epochMilliseconds}${next.offset}`)
      changes.push(next.epochMilliseconds)
      at = next
    }
    if (!found.has(said.join())) found.set(said.join(), { timezone, changes })
  }
  return [...found.values()]
}

/** Follows a rule over ten years, period by period. @returns how many there were */
export function tile(of: PeriodRule, from: number = FROM, to: number = TO): number {
  let period = periodAt(of, from)
  let count = 0
  const fail = (why: string) => {
    throw new Error(`${JSON.stringify(of)} at ${period.key}: ${why}`)
  }
  if (period.start > from || period.end <= from) fail('does not hold the instant')
  while (period.end < to) {
    const next = periodAt(of, period.end)
    if (next.start !== period.end) fail(`the next one begins at ${next.start}, not at ${period.end}`)
    if (next.end <= next.start) fail('the next one is empty')
    if (next.key === period.key) fail('the next one has the same key')
    if (count % 4 === 0 && periodAt(of, period.end - 1).key !== period.key)
      fail('its last instant is not in it')
    period = next
    count++
  }
  return count
}
