/**
 * Periods of budgets: hours, days, weeks, months, quarters and years of an IANA zone, from an anchor, or a rolling
 * window.
 *
 * Invariant: pure. The periods of a rule tile time: each begins where the one before it ends, also when clocks change
 * and when a zone skips a date. A new period is a new key; nothing is ever set back.
 */
import { Temporal } from 'temporal-polyfill'
import { dateAt, startOfDay } from '../query/zone.ts'

export const CALENDAR_PERIODS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const
export type CalendarPeriod = (typeof CALENDAR_PERIODS)[number]

/** How time is cut. */
export type PeriodRule =
  | {
      readonly every: CalendarPeriod
      /** IANA zone. */
      readonly timezone: string
      /** Day of the month on which months, quarters and years begin; the last one where there are fewer. */
      readonly anchorDay: number
      /** Month in which quarters and years begin, 1 to 12. */
      readonly anchorMonth: number
      /** Day on which weeks begin, Monday is 1. */
      readonly anchorWeekday: number
    }
  | { readonly every: 'rolling'; readonly windowMs: number }

/** Calendar months of a zone, from a day on. */
export function monthsOf({ timezone, anchorDay }: { timezone: string; anchorDay: number }): PeriodRule {
  return { every: 'month', timezone, anchorDay, anchorMonth: 1, anchorWeekday: 1 }
}

/** One period, `[start, end)`, milliseconds since the Unix epoch. */
export interface BudgetPeriod {
  /** Identifies the period among those of its rule. */
  readonly key: string
  readonly start: number
  /** Infinite for a rolling window. */
  readonly end: number
}

const HOUR_MS = 3_600_000
const MONTHS = { month: 1, quarter: 3, year: 12 } as const

/** The period that holds `instant`. */
export function periodAt(rule: PeriodRule, instant: number): BudgetPeriod {
  if (rule.every === 'rolling')
    return { key: 'rolling', start: instant - rule.windowMs, end: Number.POSITIVE_INFINITY }
  if (rule.every === 'hour') return hourAt(rule.timezone, instant)
  const boundary = boundaries(rule)
  const zone = rule.timezone
  let index = boundary.indexOf(dateAt(instant, zone))
  const startOf = (at: number) => startOfDay(boundary.date(at), zone)
  // A date can come back for some minutes where clocks are set back just after midnight.
  let start = startOf(index)
  while (start > instant) start = startOf(--index)
  let end = startOf(index + 1)
  while (end <= instant) {
    start = end
    end = startOf(++index + 1)
  }
  return { key: `${rule.every}:${boundary.date(index)}`, start, end }
}

interface Boundaries {
  /** Index of the period in which a date lies. */
  indexOf(date: Temporal.PlainDate): number
  /** First date of a period. */
  date(index: number): Temporal.PlainDate
}

const EPOCH = Temporal.PlainDate.from('1970-01-01')
/** The epoch is a Thursday. */
const EPOCH_WEEKDAY = 4

function boundaries(rule: Exclude<PeriodRule, { every: 'rolling' }>): Boundaries {
  const { every, anchorDay, anchorMonth, anchorWeekday } = rule
  const days = (date: Temporal.PlainDate) => EPOCH.until(date, { largestUnit: 'day' }).days
  if (every === 'day' || every === 'hour')
    return { indexOf: days, date: (index) => EPOCH.add({ days: index }) }
  if (every === 'week') {
    const shift = (EPOCH_WEEKDAY - anchorWeekday + 7) % 7
    return {
      indexOf: (date) => Math.floor((days(date) + shift) / 7),
      date: (index) => EPOCH.add({ days: index * 7 - shift }),
    }
  }
  const step = MONTHS[every]
  const first = (anchorMonth - 1) % step
  const date = (index: number) => {
    const month = index * step + first
    const begin = Temporal.PlainDate.from({
      year: Math.floor(month / 12),
      month: (((month % 12) + 12) % 12) + 1,
      day: 1,
    })
    return begin.with({ day: Math.min(anchorDay, begin.daysInMonth) })
  }
  return {
    indexOf(day) {
      const index = Math.floor((day.year * 12 + day.month - 1 - first) / step)
      return Temporal.PlainDate.compare(day, date(index)) < 0 ? index - 1 : index
    },
    date,
  }
}

/** Hours by the wall clock; one in which clocks change by a part of an hour is cut there. */
function hourAt(zone: string, instant: number): BudgetPeriod {
  const offset = offsetAt(zone, instant)
  const start = Math.floor((instant + offset) / HOUR_MS) * HOUR_MS - offset
  const end = start + HOUR_MS
  const from = offsetAt(zone, start) === offset ? start : change(zone, start, instant)
  const to = offsetAt(zone, end - 1) === offset ? end : change(zone, instant, end - 1)
  return { key: `hour:${new Date(from).toISOString()}`, start: from, end: to }
}

function offsetAt(zone: string, instant: number): number {
  return (
    Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).offsetNanoseconds / 1_000_000
  )
}

/** The first instant after `low` that has the offset of `high`. */
function change(zone: string, low: number, high: number): number {
  const after = offsetAt(zone, high)
  let [before, then] = [low, high]
  while (then - before > 1) {
    const middle = Math.floor((before + then) / 2)
    if (offsetAt(zone, middle) === after) then = middle
    else before = middle
  }
  return then
}
