/**
 * Bounds of ranges as SQL: functions of numbers, as Grafana is given them, and literals, as the page writes them.
 *
 * Invariant: both compare alike. ClickHouse compares a literal at once; a function of numbers it looks up, types and folds
 * first. What is no number that is known stays a function.
 */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes its variables like that
import { evaluate } from './evaluate.ts'

/** A condition that is always true; see {@link tidy}. */
export const ALWAYS = '1=1'
/** A condition that is never true: the part of a UNION ALL that it restricts has no rows; see {@link tidy}. */
export const NEVER = '__never__'

/** Writes a bound: a day or a second of seconds since the Unix epoch, an instant of milliseconds. */
type Writer = (of: string) => string
type Writers = Readonly<Record<'day' | 'second' | 'instant', Writer>>

const HOUR = 3_600
/** Until 2100: a `DateTime` ends in 2106. */
const LAST_MS = 4_102_444_800_000

const second: Writer = (seconds) => `toDateTime(${seconds}, 'UTC')`

/** As Grafana takes them. */
export const GRAFANA: Writers = {
  day: (seconds) => `toDate(${second(seconds)})`,
  second,
  instant(ms) {
    // what Grafana's own macros say is known to who reads its panels
    if (ms === '${__from}') return '$__fromTime_ms'
    if (ms === '${__to}') return '$__toTime_ms'
    return `fromUnixTimestamp64Milli(toInt64(${ms}))`
  },
}

/** As the page writes them. */
export const PAGE: Writers = {
  day: (seconds) => literal(seconds, 1_000, 10) ?? GRAFANA.day(seconds),
  second: (seconds) => literal(seconds, 1_000, 19) ?? GRAFANA.second(seconds),
  instant: (ms) => literal(ms, 1, 23) ?? GRAFANA.instant(ms),
}

function literal(text: string, unitMs: number, length: number): string | undefined {
  const value = evaluate(text)
  if (value === undefined || value * unitMs > LAST_MS) return undefined
  return `'${new Date(value * unitMs).toISOString().replace('T', ' ').slice(0, length)}'`
}

/** That a column lies in one of some half-open ranges, given as pairs. */
export function within(column: string, write: Writer, bounds: readonly string[]): string {
  const ranges: string[] = []
  for (let at = 0; at + 1 < bounds.length; at += 2)
    ranges.push(`${column} >= ${write(bounds[at] ?? '')} AND ${column} < ${write(bounds[at + 1] ?? '')}`)
  return ranges.length > 1 ? `(${ranges.join(' OR ')})` : (ranges[0] ?? '')
}

/** The same without ranges that are empty. */
export function withinSome(column: string, write: Writer, bounds: readonly string[]): string {
  const left: string[] = []
  for (let at = 0; at + 1 < bounds.length; at += 2) {
    const [from = '', to = ''] = [bounds[at], bounds[at + 1]]
    if (!(Number(from) >= Number(to))) left.push(from, to)
  }
  return left.length === 0 ? NEVER : within(column, write, left)
}

/** That a column lies before one bound or after another. */
export function outside(column: string, write: Writer, from: string, to: string): string {
  return `${column} < ${write(from)} OR ${column} >= ${write(to)}`
}

/** That a `DateTime64` lies between two milliseconds, both inclusive. Rows of spans are ordered by hours: only these are read. */
export function during(column: string, from: string, to: string): string {
  const [begin, last] = [GRAFANA.instant(from), GRAFANA.instant(to)]
  const instants = `${column} >= ${begin} AND ${column} < ${last} + toIntervalMillisecond(1)`
  if (column !== 'start_time') return instants
  return `${instants} AND toStartOfHour(start_time) > ${begin} - INTERVAL 1 HOUR AND toStartOfHour(start_time) <= ${last}`
}

/** The same of literals, where both are known. */
export function duringLiterals(column: string, from: string, to: string): string {
  const hour = (ms: string) => literal(`intDiv(${ms}, ${HOUR * 1_000}) * ${HOUR}`, 1_000, 19)
  const [begin, end] = [literal(from, 1, 23), literal(`${to} + 1`, 1, 23)]
  if (begin === undefined || end === undefined) return during(column, from, to)
  const instants = `${column} >= ${begin} AND ${column} < ${end}`
  if (column !== 'start_time') return instants
  return `${instants} AND toStartOfHour(start_time) >= ${hour(from)} AND toStartOfHour(start_time) <= ${hour(to)}`
}
