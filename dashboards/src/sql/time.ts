/**
 * Ranges and buckets of time in SQL, the same text for Grafana and for the page.
 *
 * Invariant: a bucket of a day or more is a calendar day, week or month of the viewer's zone, and a shorter one
 * divides the viewer's day (the last one of a day of 25 hours is longer), so that the bars of a range add up to the total of the range.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { sql } from './text.ts'

/** The first lines of a query: the viewer's zone, as ClickHouse spells it (it knows `UTC` in capitals only). */
export const WITH_ZONE = 'WITH $__zone AS zone'

/**
 * The same, and whether every bucket of the range begins at a whole hour, so that hourly rollups can be put
 * into buckets: not in zones that are off by half an hour. And whether each is made of whole UTC days, now and in every
 * week of the range, so that daily ones can.
 */
export const WITH_BUCKETS: string = sql`
  ${WITH_ZONE},
    $__hourly AS hourly,
    $__daily AS daily`

/** The start of the bucket that `column` (DateTime) is in, as a DateTime in the viewer's zone. */
export function bucket(column: string): string {
  return `$__bucket(${column})`
}

/** A range as expressions: milliseconds since the Unix epoch, both ends inclusive. */
export interface SqlRange {
  readonly from: string
  readonly to: string
}

/** The range that the viewer picked. */
export const PICKED: SqlRange = { from: '${__from}', to: '${__to}' }
/** As long as the picked range, and just before it. */
export const BEFORE: SqlRange = { from: '2 * ${__from} - ${__to} - 1', to: '${__from} - 1' }
/** Seconds since the Unix epoch: now, and the begin of the viewer's calendar month and of the next one. */
export const NOW = '$__now'
export const MONTH_START = '$__month'
export const MONTH_END = '$__nextMonth'
/** The last 60 minutes. */
export const LAST_HOUR: SqlRange = { from: `(${NOW} - 3600) * 1000`, to: `${NOW} * 1000 + 999` }
/** The calendar day of the viewer, until now. */
export const TODAY: SqlRange = { from: '$__today * 1000', to: LAST_HOUR.to }
/** The calendar day before it, whole. */
export const YESTERDAY: SqlRange = { from: '$__yesterday * 1000', to: '$__today * 1000 - 1' }
/** The calendar month of the viewer, until now. */
export const THIS_MONTH: SqlRange = { from: `${MONTH_START} * 1000`, to: LAST_HOUR.to }

/**
 * That `column` (DateTime64) lies in a range. A call in the middle of the last millisecond is in it, so that ranges that
 * follow each other miss nothing; Grafana's own filter would leave it out.
 */
export function within(column: string, range: SqlRange = PICKED): string {
  return `$__during(${column}, ${endOf(range.from)}, ${endOf(range.to)})`
}

/** An end of a range, to compare a `DateTime64` with. */
export function moment(end: string): string {
  return `$__instant(${endOf(end)})`
}

/** A moment as expressions: itself, to compare a `DateTime64(3)` with, and its UTC hour and day. */
export interface Moment {
  readonly at: string
  /** To compare a `DateTime` with. */
  readonly hour: string
  /** To compare a `Date` with. */
  readonly day: string
}

/** An end of a range, with its hour and day. */
export function momentOf(end: string): Moment {
  const whole = (seconds: number) => `$__number(intDiv(${end}, ${seconds * 1_000}) * ${seconds})`
  return { at: moment(end), hour: `$__second(${whole(3_600)})`, day: `$__day(${whole(86_400)})` }
}

/** That the column `arrived` or `hour` is an hour that lies in a range, or that an end of it lies in. */
export function hoursOf(column: string, { from, to }: SqlRange): string {
  const hour = (ms: string) => `intDiv(${ms}, 3600000) * 3600`
  return `$__seconds(${column}, $__number(${hour(from)}), $__number(${hour(to)} + 3600))`
}

const endOf = (end: string) => (end === PICKED.from || end === PICKED.to ? end : `$__number(${end})`)

/** A half-open range of whole UTC days or hours, as expressions: seconds since the Unix epoch. */
export interface WholeRange {
  readonly first: string
  readonly last: string
}

/** The whole UTC days that lie in a range. */
export function wholeDays(range: SqlRange): WholeRange {
  return whole(range, 86_400)
}

/** The whole hours that lie in a range. */
export function wholeHours(range: SqlRange): WholeRange {
  return whole(range, 3_600)
}

function whole({ from, to }: SqlRange, seconds: number): WholeRange {
  const ms = seconds * 1_000
  return {
    first: `$__number(intDiv(${from} + ${ms - 1}, ${ms}) * ${seconds})`,
    last: `$__number(intDiv(${to} + 1, ${ms}) * ${seconds})`,
  }
}
