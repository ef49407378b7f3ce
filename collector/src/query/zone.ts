/**
 * Calendar days of an IANA time zone as instants.
 *
 * Invariant: consecutive days tile time; a day starts where the one before it ends, also when clocks change
 * (23 and 25 hour days) and when a zone skips a whole date (that date has no day).
 */
import { Temporal } from 'temporal-polyfill'

const WEEK = 7 * 24 * 3_600_000

/** A calendar day, or the part of it that lies in a range. */
export interface Day {
  /** `YYYY-MM-DD` in the zone. */
  readonly date: string
  /** First instant, milliseconds since the Unix epoch. */
  readonly start: number
}

/**
 * Returns the zone's name in its usual spelling, or undefined when it is no IANA zone.
 * Fixed offsets such as `+02:00` are no zones: they know no daylight saving time.
 */
export function canonicalZone(name: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(name)) return undefined
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId
  } catch {
    return undefined
  }
}

/** The calendar date that `instant` (milliseconds) falls on in `zone`. */
export function dateAt(instant: number, zone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate()
}

/** The first instant of `date` in `zone`, in milliseconds; not always 00:00, clocks may skip midnight. */
export function startOfDay(date: Temporal.PlainDate, zone: string): number {
  return date.toZonedDateTime(zone).epochMilliseconds
}

/** The days of `zone` that cover `[start, end)` (milliseconds); the first one starts at `start`. */
export function daysOf(start: number, end: number, zone: string): Day[] {
  const days: Day[] = []
  let date = dateAt(start, zone)
  let from = start
  while (from < end) {
    const next = date.add({ days: 1 })
    const to = startOfDay(next, zone)
    if (to > from) {
      days.push({ date: date.toString(), start: from })
      from = to
    }
    date = next
  }
  return days
}

/** Whether the zone's hours are hours of UTC everywhere in a range; looked at every week, as clocks change seldom. */
export function inWholeHours(zone: string, { start, end }: { start: number; end: number }): boolean {
  for (let at = start; ; at = Math.min(at + WEEK, end)) {
    const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone)
    if (local.offsetNanoseconds % 3_600_000_000_000 !== 0) return false
    if (at >= end) return true
  }
}
