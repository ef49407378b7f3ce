/**
 * Which numbers of spans came, and which did not: the same SQL for the page, Grafana and the API.
 *
 * Invariant: judged by when spans came in, not by the times that they carry. A number is missing where a later one
 * of the same process and tenant came within the range and it did not, up to a day after the range.
 */
import { sql } from './text.ts'

/** A half-open range as expressions of type `DateTime64(3)`. */
interface ArrivalRange {
  readonly from: string
  readonly to: string
}

/**
 * A row for each process and tenant with a number that is due: `low` to `high` are the numbers that had to come,
 * `numbers` (a bitmap) holds all that did. Before the range as long as the range itself is read, an hour at least
 * and a day at most, to know where a process stood when it began.
 */
export function spanNumbers({ from, to }: ArrivalRange, condition: string): string {
  const length = `toUnixTimestamp64Milli(${to}) - toUnixTimestamp64Milli(${from})`
  const readFrom = `${from} - toIntervalMillisecond(least(86400000, greatest(3600000, ${length})))`
  return sql`
    (
      SELECT tenant_id, service_name, environment, process_id,
        maxIf(span_number, ingested_at < ${from}) AS known,
        minIf(span_number, ingested_at >= ${from} AND ingested_at < ${to}) AS first,
        maxIf(span_number, ingested_at >= ${from} AND ingested_at < ${to}) AS high,
        multiIf(
          known > 0, known + 1,
          UUIDv7ToDateTime(toUUIDOrZero(process_id)) >= ${readFrom}, 1,
          first) AS low,
        groupBitmapState(span_number) AS numbers
      FROM spans
      WHERE span_number > 0 AND ingested_at >= ${readFrom} AND ingested_at < ${to} + INTERVAL 1 DAY
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
