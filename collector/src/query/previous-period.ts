/**
 * The range that a period is compared with.
 *
 * Invariant: like is compared with like: a calendar period that is still running is compared with the same
 * part of the one before it, a whole period with the whole one before it.
 */
import { Temporal } from 'temporal-polyfill'
import type { Period } from './period.ts'
import type { Range } from './raw-range.ts'
import { dateAt, startOfDay } from './zone.ts'

const RUNNING = {
  today: { days: 1 },
  week: { weeks: 1 },
  month: { months: 1 },
  current_month: { months: 1 },
  year: { years: 1 },
} as const
const WHOLE = {
  yesterday: { days: 1 },
  last_week: { weeks: 1 },
  last_month: { months: 1 },
  last_year: { years: 1 },
} as const

/** The range before `period`, as seen at `now` (milliseconds). */
export function previousRange(period: Period, now: number): Range {
  const { name, start, end, timezone } = period
  const back = (instant: number, by: Temporal.DurationLike): number =>
    startOfDay(dateAt(instant, timezone).subtract(by), timezone)
  if (name in RUNNING) {
    const by = RUNNING[name as keyof typeof RUNNING]
    const until = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).subtract(by)
    return { start: back(start, by), end: Math.min(until.epochMilliseconds, start) }
  }
  if (name in WHOLE) return { start: back(start, WHOLE[name as keyof typeof WHOLE]), end: start }
  const [first, after] = [dateAt(start, timezone), dateAt(end, timezone)]
  const wholeDays = startOfDay(first, timezone) === start && startOfDay(after, timezone) === end
  if (name === 'custom' && wholeDays)
    return { start: back(start, { days: first.until(after, { largestUnit: 'days' }).days }), end: start }
  return { start: start - (end - start), end: start }
}
