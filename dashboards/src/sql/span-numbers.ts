/**
 * Which numbers of spans came, and which did not: the same SQL for the page, Grafana and the API.
 *
 * Invariant: judged by when spans came in, not by the times that they carry. A number is missing where a later one
 * of the same process and tenant came within the range and it did not, up to a day after the range.
 */
import { sql } from './text.ts'

/** Moments as expressions that a `DateTime64(3)` is compared with: a half-open range and what lies around it. */
export interface ArrivalRange {
  readonly from: string
  readonly to: string
  /** What came from here on says where a process stood when the range began. */
  readonly since: string
  /** What came until here was late. */
  readonly until: string
  /** That `arrived` is an hour in which something of that may have come. */
  readonly hours: string
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

/**
 * A row for each process and tenant with a number that is due: `low` to `high` are the numbers that had to come,
 * `numbers` (a bitmap) holds all that did.
 */
export function spanNumbers({ from, to, since, until, hours }: ArrivalRange, condition: string): string {
  return sql`
    (
      SELECT tenant_id, service_name, environment, process_id,
        maxIf(span_number, ingested_at < ${from}) AS known,
        minIf(span_number, ingested_at >= ${from} AND ingested_at < ${to}) AS first,
        maxIf(span_number, ingested_at >= ${from} AND ingested_at < ${to}) AS high,
        multiIf(
          known > 0, known + 1,
          UUIDv7ToDateTime(toUUIDOrZero(process_id)) >= ${since}, 1,
          first) AS low,
        groupBitmapState(span_number) AS numbers
      FROM spans
      WHERE span_number > 0 AND ingested_at >= ${since} AND ingested_at < ${until}
        AND ${cameIn(hours)}
        AND ${condition}
      GROUP BY tenant_id, service_name, environment, process_id
      HAVING high >= low
    )`
}

/** Of a row: how many had to come, */
export const EXPECTED = '(high - low + 1)'
/** and how many of them did. */
export const RECEIVED = 'bitmapCardinality(bitmapSubsetInRange(numbers, low, high + 1))'

/** Seconds from the end of a span until it came in; negative where its clock is ahead of the collector's. */
export const LATENESS =
  '((toUnixTimestamp64Milli(ingested_at) - toUnixTimestamp64Milli(toDateTime64(start_time, 3)) - duration_ns / 1e6) / 1000)'
