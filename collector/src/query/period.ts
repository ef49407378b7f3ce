/**
 * Periods: what `period`, `startDate`, `endDate`, `timezone` and `weekStart` mean as a range of instants.
 *
 * Invariant: a range is half-open, `[start, end)`, so neighbouring ranges neither overlap nor leave a gap.
 * Running calendar periods reach from their first day to the end of today: no day of the future is shown as zero.
 */
import { Temporal } from 'temporal-polyfill'
import { canonicalZone, type Day, dateAt, daysOf, startOfDay } from './zone.ts'

export const PERIODS = [
  'today',
  'yesterday',
  'week',
  'last_week',
  'month',
  'current_month',
  'last_month',
  'year',
  'last_year',
  'last_hour',
  'last_24h',
  'last_7d',
  'last_30d',
  'last_90d',
  'custom',
] as const
export type PeriodName = (typeof PERIODS)[number]

/** Days of the week in ISO order: Monday is 1 in `Temporal`, 0 here. */
export const WEEK_DAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const
type WeekDay = (typeof WEEK_DAYS)[number]

/** The longest range that one question may cover, in days: three years. */
export const MAX_RANGE_DAYS = 1096
/** The years that a range may touch; the hour tables hold 32 bit times. */
const FIRST_YEAR = 2000
const LAST_YEAR = 2100
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** A range may be this much longer than its days, because clocks change. */
const CLOCK_CHANGE_MS = 2 * 3_600_000

/** What the caller asked for, as text. */
export interface PeriodQuery {
  readonly period?: PeriodName | undefined
  readonly startDate?: string | undefined
  readonly endDate?: string | undefined
  readonly timezone?: string | undefined
  readonly weekStart?: WeekDay | undefined
}

/** A resolved period. */
export interface Period {
  readonly name: PeriodName
  /** First instant, milliseconds since the Unix epoch. */
  readonly start: number
  /** First instant after the range, milliseconds. */
  readonly end: number
  readonly timezone: string
  readonly weekStart: WeekDay
  /** The days of the zone that the range touches, in order, without a gap. */
  readonly days: readonly Day[]
}

/** One thing that is wrong with a query: which parameter, and what to do. */
export interface Fault {
  readonly name: string
  readonly detail: string
}

/** Resolves a query at the instant `now` (milliseconds), or says everything that is wrong with it. */
export function resolvePeriod(query: PeriodQuery, now: number): Period | Fault[] {
  const faults = periodFaults(query)
  if (faults.length > 0) return faults
  const timezone = canonicalZone(query.timezone ?? 'UTC') as string
  const name = query.period ?? (query.startDate === undefined ? 'month' : 'custom')
  const weekStart = query.weekStart ?? 'monday'
  const { start, end } =
    name === 'custom'
      ? {
          start: parseInstant(query.startDate as string, timezone) as number,
          end: parseInstant(query.endDate as string, timezone) as number,
        }
      : isRolling(name)
        ? { start: now - ROLLING_HOURS[name] * HOUR_MS, end: now }
        : calendarRange(name, dateAt(now, timezone), timezone, weekStart)
  return { name, start, end, timezone, weekStart, days: daysOf(start, end, timezone) }
}

/** Everything that is wrong with a query, before anything is computed; empty when it can be resolved. */
export function periodFaults(query: PeriodQuery): Fault[] {
  const faults: Fault[] = []
  const zone = canonicalZone(query.timezone ?? 'UTC')
  if (zone === undefined)
    faults.push({
      name: 'timezone',
      detail: `${JSON.stringify(query.timezone)} is no IANA time zone; write one such as Europe/Berlin (in a URL, "+" is %2B)`,
    })
  const custom = query.period === 'custom' || (query.period === undefined && hasDate(query))
  if (!custom) {
    for (const name of ['startDate', 'endDate'] as const)
      if (query[name] !== undefined)
        faults.push({ name, detail: `only goes with period=custom, not with period=${query.period}` })
    return faults
  }
  const start = boundary(query, 'startDate', zone ?? 'UTC', faults)
  const end = boundary(query, 'endDate', zone ?? 'UTC', faults)
  if (start === undefined || end === undefined) return faults
  if (end <= start)
    faults.push({ name: 'endDate', detail: 'must be after startDate; the range is [startDate, endDate)' })
  else if (end - start > MAX_RANGE_DAYS * DAY_MS + CLOCK_CHANGE_MS)
    faults.push({ name: 'endDate', detail: `the range must not be longer than ${MAX_RANGE_DAYS} days` })
  return faults
}

function hasDate(query: PeriodQuery): boolean {
  return query.startDate !== undefined || query.endDate !== undefined
}

function boundary(
  query: PeriodQuery,
  name: 'startDate' | 'endDate',
  zone: string,
  faults: Fault[],
): number | undefined {
  const text = query[name]
  if (text === undefined) {
    faults.push({ name, detail: 'is missing; period=custom needs startDate and endDate' })
    return undefined
  }
  const instant = parseInstant(text, zone)
  if (instant !== undefined) return instant
  faults.push({
    name,
    detail: `${JSON.stringify(text)} is no ISO date (2026-03-01) or date-time (2026-03-01T09:30:00Z) of the years ${FIRST_YEAR} to ${LAST_YEAR}; in a URL, the "+" of an offset is %2B`,
  })
  return undefined
}

const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/

/**
 * Reads an ISO date (its first instant in `zone`) or date-time (with an offset, or local to `zone`) as
 * milliseconds since the Unix epoch. Returns undefined for anything else, also for days that do not exist.
 */
function parseInstant(text: string, zone: string): number | undefined {
  try {
    const instant = instantOf(text, zone)
    if (instant === undefined) return undefined
    const year = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO('UTC').year
    return year >= FIRST_YEAR && year <= LAST_YEAR ? instant : undefined
  } catch {
    return undefined
  }
}

function instantOf(text: string, zone: string): number | undefined {
  if (DATE.test(text)) return startOfDay(Temporal.PlainDate.from(text), zone)
  const offset = DATE_TIME.exec(text)?.[3]
  if (offset !== undefined) return Temporal.Instant.from(text).epochMilliseconds
  if (!DATE_TIME.test(text)) return undefined
  return Temporal.PlainDateTime.from(text).toZonedDateTime(zone).epochMilliseconds
}

/** Periods that end now: their length in hours. */
const ROLLING_HOURS = {
  last_hour: 1,
  last_24h: 24,
  last_7d: 7 * 24,
  last_30d: 30 * 24,
  last_90d: 90 * 24,
} as const
type Rolling = keyof typeof ROLLING_HOURS

function isRolling(name: PeriodName): name is Rolling {
  return name in ROLLING_HOURS
}

/** The calendar period that holds `today`, up to the end of today, or the whole one before it. */
function calendarRange(
  name: Exclude<PeriodName, 'custom' | Rolling>,
  today: Temporal.PlainDate,
  zone: string,
  weekStart: WeekDay,
): { start: number; end: number } {
  const week = today.subtract({ days: (today.dayOfWeek - 1 - WEEK_DAYS.indexOf(weekStart) + 7) % 7 })
  const month = today.with({ day: 1 })
  const year = today.with({ month: 1, day: 1 })
  const tomorrow = today.add({ days: 1 })
  const [first, after] = {
    today: [today, tomorrow],
    yesterday: [today.subtract({ days: 1 }), today],
    week: [week, tomorrow],
    last_week: [week.subtract({ weeks: 1 }), week],
    month: [month, tomorrow],
    current_month: [month, tomorrow],
    last_month: [month.subtract({ months: 1 }), month],
    year: [year, tomorrow],
    last_year: [year.subtract({ years: 1 }), year],
  }[name] as [Temporal.PlainDate, Temporal.PlainDate]
  return { start: startOfDay(first, zone), end: startOfDay(after, zone) }
}
