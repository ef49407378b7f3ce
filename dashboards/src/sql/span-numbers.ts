/**
 * Which numbers of spans came, and which did not: the same SQL for the page, Grafana and the API.
 *
 * Invariant: judged by when spans came in, not by the times that they carry. A number is missing where a later one
 * of the same process and tenant came within the range and it did not, up to a day after the range. Whole days and hours
 * are read from rollups, which know how many numbers came and from where to where; where that does not say
 * which, from the spans.
 */
import { sql } from './text.ts'
import type { Moment } from './time.ts'

/** A half-open range of arrivals, and what lies around it. */
export interface ArrivalRange {
  readonly from: Moment
  readonly to: Moment
  /** What came on its UTC day or later says where a process stood when the range began. */
  readonly since: Moment
  /** What came until its UTC day is over was late. */
  readonly until: Moment
}

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** As long before a range as it is long, an hour at least and a day at most; all in milliseconds since the Unix epoch. */
export function sinceOf(from: number, to: number): number {
  return from - Math.min(DAY_MS, Math.max(HOUR_MS, to - from))
}

/** The same of ends as expressions, as an expression. */
export function sinceText(from: string, to: string): string {
  return `${from} - least(${DAY_MS}, greatest(${HOUR_MS}, ${to} - ${from}))`
}

/** That a span may have come in some hours: rows are ordered by the hour of their start, and a rollup knows both. */
export function cameIn(hours: string): string {
  return `toStartOfHour(start_time) IN (SELECT hour FROM rollup_arrival_hour WHERE ${hours})`
}

const OUTSIDE = 'piece.1 > high OR piece.2 < low'
/** A piece with gaps lies in the range or outside of it, unless clocks are wrong by hours; else all of it counts that can be in it. */
const COUNTED = 'least(toInt64(piece.3), least(piece.2, high) - greatest(piece.1, low) + 1)'

/** Conditions, true for all where there is none: rows of a tenant, and what a process is of. */
export interface NumbersOf {
  /** Over `tenant_id`. */
  readonly tenant: string
  /** Over `service_name` and `environment`. */
  readonly sender: string
}

/**
 * A row for each process and tenant with a number that is due: `low` to `high` are the numbers that had to come,
 * `there` says how many of them did. A process numbers whatever it sends, so one that is several services is of the
 * first by name.
 */
export function spanNumbers(range: ArrivalRange, { tenant, sender }: NumbersOf): string {
  const { from, to, since } = range
  const around = cameAround(range, 'arrived')
  const columns = (at: string, unit: keyof Moment) =>
    `tenant_id, process_id, service_name AS s, environment AS e, (${at} >= ${from[unit]}) + (${at} >= ${to[unit]}) AS place`
  return sql`
    (
      SELECT tenant_id, process_id, service_name, low, high,
        arraySum(piece -> if(${OUTSIDE}, 0, ${COUNTED}), pieces)
          + bitmapCardinality(bitmapSubsetInRange(numbers, low, high + 1)) AS there
      FROM (
        SELECT tenant_id, process_id,
          min((s, e)) AS sender,
          tupleElement(sender, 1) AS service_name,
          tupleElement(sender, 2) AS environment,
          maxIf(highest, place = 0) AS known,
          maxIf(highest, place = 1) AS high,
          multiIf(
            known > 0, known + 1,
            UUIDv7ToDateTime(toUUIDOrZero(process_id)) >= ${since.at}, 1,
            minIf(lowest, place = 1)) AS low,
          groupArrayIf((lowest, highest, came), lowest < highest) AS pieces,
          groupBitmapStateIf(lowest, lowest = highest) AS numbers
        FROM (
          SELECT ${columns('arrived', 'day')}, lowest, highest, came
          FROM rollup_process_day
          WHERE ${around} AND NOT (${acrossEnds(range, 'arrived', 'day', 'day')}) AND ${tenant}
          UNION ALL
          SELECT ${columns('arrived', 'at')}, lowest, highest, came
          FROM rollup_process_hour
          WHERE ${around} AND (${acrossEnds(range, 'toDate(arrived)', 'toDate(hour)', 'day')})
            AND NOT (${acrossEnds(range, 'arrived', 'hour', 'hour')}) AND ${tenant}
          UNION ALL
          SELECT ${columns('ingested_at', 'at')}, span_number AS lowest, span_number AS highest, 1 AS came
          FROM spans
          WHERE span_number > 0 AND ${cameAround(range, 'ingested_at')}
            AND ${cameIn(`${around} AND (${acrossEnds(range, 'arrived', 'hour', 'hour')})`)}
            AND (${acrossEnds(range, 'toStartOfHour(ingested_at)', 'toStartOfHour(start_time)', 'hour')})
            AND ${tenant}
        )
        GROUP BY tenant_id, process_id
      )
      WHERE high > 0 AND high >= low AND ${sender}
    )`
}

/**
 * That what arrived in an hour or day, and began in one, may be of both sides of an end of the range: what arrived when the
 * range began or ended, and what came late after that. Numbers are in the order of ends, so what had not begun by then has later
 * numbers than all that had come.
 */
function acrossEnds(
  { from, to }: ArrivalRange,
  arrived: string,
  began: string,
  unit: 'day' | 'hour',
): string {
  return [from[unit], to[unit]]
    .map((end) => `${arrived} = ${end} OR ${arrived} > ${end} AND ${began} <= ${end}`)
    .join(' OR ')
}

/** That a span with a number came from one of some processes, given as pairs of tenant and process, in a range or around it. */
export function cameFrom(processes: string, range: ArrivalRange): string {
  return sql`
    span_number > 0 AND (tenant_id, process_id) IN ${processes} AND ${cameAround(range, 'ingested_at')}
      AND (toStartOfHour(start_time), tenant_id) IN (
        SELECT hour, tenant_id
        FROM rollup_process_hour
        WHERE ${cameAround(range, 'arrived')} AND (tenant_id, process_id) IN ${processes}
      )`
}

const cameAround = ({ since, until }: ArrivalRange, column: string) =>
  `toDate(${column}) >= ${since.day} AND toDate(${column}) <= ${until.day}`

/** Of a row: how many had to come. */
export const EXPECTED = '(high - low + 1)'

/** Seconds from the end of a span until it came in; negative where its clock is ahead of the collector's. */
export const LATENESS =
  '((toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(toDateTime64(start_time, 3)) - duration_ns / 1e6) / 1000)'
