/**
 * A range cut into minutes, hours, days, weeks or months of an IANA time zone.
 *
 * Invariant: the buckets tile the range; the first one starts with the range, and each ends where the next
 * one starts, also where clocks change and where a zone is not at a whole hour of UTC.
 */
import { Temporal } from 'temporal-polyfill'
import { type Fault, WEEK_DAYS } from './period.ts'
import { dateAt, startOfDay } from './zone.ts'

export const INTERVALS = ['minute', 'hour', 'day', 'week', 'month'] as const
export type Interval = (typeof INTERVALS)[number]

/** The most buckets in one answer. */
export const MAX_BUCKETS = 2000

/** One bucket of a series. */
export interface Bucket {
  /** First instant, milliseconds since the Unix epoch. */
  readonly start: number
  /** How people of the zone call it: `2026-03` for a month, a date for days and weeks, else a time with offset. */
  readonly label: string
}

const MINUTE = 60_000
const SHORTEST: Readonly<Record<Interval, number>> = {
  minute: MINUTE,
  hour: 60 * MINUTE,
  day: 22 * 60 * MINUTE,
  week: 7 * 24 * 60 * MINUTE - 120 * MINUTE,
  month: 28 * 24 * 60 * MINUTE - 120 * MINUTE,
}

/** What a range is cut by. */
export interface IntervalQuestion {
  readonly start: number
  readonly end: number
  readonly timezone: string
  readonly weekStart: (typeof WEEK_DAYS)[number]
}

/** The interval that gives a range about 24 to 90 buckets. */
export function suitableInterval({ start, end }: Pick<IntervalQuestion, 'start' | 'end'>): Interval {
  const hours = (end - start) / (60 * MINUTE)
  if (hours <= 2) return 'minute'
  if (hours <= 72) return 'hour'
  return hours <= 24 * 100 ? 'day' : hours <= 24 * 400 ? 'week' : 'month'
}

/** Cuts a range; a fault when it has more than `MAX_BUCKETS` buckets. */
export function bucketsOf(question: IntervalQuestion, interval: Interval): Bucket[] | Fault {
  const { start, end, timezone } = question
  const tooMany: Fault = {
    name: 'interval',
    detail: `cuts the period into more than ${MAX_BUCKETS} pieces; take a longer interval or a shorter period`,
  }
  if ((end - start) / SHORTEST[interval] > MAX_BUCKETS * 1.1) return tooMany
  const buckets: Bucket[] = []
  for (let from = start; from < end; ) {
    buckets.push({ start: from, label: labelOf(from, question, interval) })
    const next = nextStart(from, timezone, interval, question.weekStart)
    from = next > from ? next : from + SHORTEST.minute
  }
  return buckets.length > MAX_BUCKETS ? tooMany : buckets
}

function nextStart(
  from: number,
  zone: string,
  interval: Interval,
  weekStart: IntervalQuestion['weekStart'],
): number {
  if (interval === 'minute') return (Math.floor(from / MINUTE) + 1) * MINUTE
  if (interval === 'hour') return nextHour(from, zone)
  const first = firstDate(dateAt(from, zone), interval, weekStart)
  const unit = ({ day: 'days', week: 'weeks', month: 'months' } as const)[interval]
  // A zone can skip a whole date: its start is then the start of the date after it.
  for (let step = 1; ; step++) {
    const next = startOfDay(first.add({ [unit]: step }), zone)
    if (next > from) return next
  }
}

/** The next instant at which the zone's clocks show a whole hour, or jump past one. */
function nextHour(from: number, zone: string): number {
  const local = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone)
  const into = local.minute * MINUTE + local.second * 1000 + local.millisecond
  const next = from - into + 60 * MINUTE
  const there = Temporal.Instant.fromEpochMilliseconds(next).toZonedDateTimeISO(zone)
  const back = next - there.minute * MINUTE
  return back > from ? back : next
}

function firstDate(
  date: Temporal.PlainDate,
  interval: 'day' | 'week' | 'month',
  weekStart: IntervalQuestion['weekStart'],
): Temporal.PlainDate {
  if (interval === 'day') return date
  if (interval === 'month') return date.with({ day: 1 })
  return date.subtract({ days: (date.dayOfWeek - 1 - WEEK_DAYS.indexOf(weekStart) + 7) % 7 })
}

function labelOf(instant: number, { timezone, weekStart }: IntervalQuestion, interval: Interval): string {
  if (interval === 'minute' || interval === 'hour')
    return Temporal.Instant.fromEpochMilliseconds(instant)
      .toZonedDateTimeISO(timezone)
      .toString({ timeZoneName: 'never', smallestUnit: 'minute' })
  const first = firstDate(dateAt(instant, timezone), interval, weekStart).toString()
  return interval === 'month' ? first.slice(0, 7) : first
}
