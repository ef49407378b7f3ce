/** The calendar period of a rule: a day, a week, a month, a quarter or a year of a zone. */
import type { Temporal } from 'temporal-polyfill'
import { z } from 'zod'
import { canonicalZone, dateAt, startOfDay } from '../../query/zone.ts'

const EVERY = ['day', 'week', 'month', 'quarter', 'year'] as const

/** The settings, to be spread into a rule's. */
export const calendarSettings = {
  every: z.enum(EVERY).default('month'),
  timezone: z
    .string()
    .default('UTC')
    .refine((name) => canonicalZone(name) !== undefined, 'is no IANA time zone, such as Europe/Berlin'),
} as const

/** As configured. */
export interface Calendar {
  readonly every: (typeof EVERY)[number]
  readonly timezone: string
}

/** A period, `[start, end)`, milliseconds. */
export interface CalendarPeriod {
  readonly key: string
  readonly start: number
  readonly end: number
}

/** The period that holds `now`. */
export function periodOf({ every, timezone }: Calendar, now: number): CalendarPeriod {
  const first = firstDay(every, dateAt(now, timezone))
  const length = {
    day: { days: 1 },
    week: { days: 7 },
    month: { months: 1 },
    quarter: { months: 3 },
    year: { years: 1 },
  }
  return {
    key: `${every}:${first}`,
    start: startOfDay(first, timezone),
    end: startOfDay(first.add(length[every]), timezone),
  }
}

function firstDay(every: Calendar['every'], date: Temporal.PlainDate): Temporal.PlainDate {
  switch (every) {
    case 'day':
      return date
    case 'week':
      return date.subtract({ days: date.dayOfWeek - 1 })
    case 'month':
      return date.with({ day: 1 })
    case 'quarter':
      return date.with({ month: date.month - ((date.month - 1) % 3), day: 1 })
    case 'year':
      return date.with({ month: 1, day: 1 })
  }
}
