/**
 * The condition that picks the calls of a range out of the raw spans.
 *
 * Invariant: half-open, and only leaf calls to paid APIs (`is_call`), so that nothing is counted twice.
 */
import type { Condition } from './filters.ts'

/** A range of instants, milliseconds since the Unix epoch, half-open. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** Calls with `start <= start_time < end`. */
export function rawRange({ start, end }: Range): Condition {
  return {
    sql: `is_call AND ${startedBetween('range_start', 'range_end')}`,
    params: { range_start: timeText(start), range_end: timeText(end) },
  }
}

/**
 * That a span started between two parameters (texts of `timeText`), half-open. The hours are said once more, because rows are
 * ordered by them: so only these hours are read.
 */
export function startedBetween(from: string, to: string): string {
  const [start, end] = [from, to].map((name) => `{${name}:DateTime64(3, 'UTC')}`)
  return `start_time >= ${start} AND start_time < ${end}
    AND toStartOfHour(start_time) > ${start} - INTERVAL 1 HOUR AND toStartOfHour(start_time) <= ${end}`
}

/** An instant (milliseconds) as ClickHouse reads it in UTC. */
export function timeText(instant: number): string {
  return new Date(instant).toISOString().slice(0, 23).replace('T', ' ')
}
