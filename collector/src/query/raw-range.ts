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
    sql: `is_call AND start_time >= {range_start:DateTime64(3, 'UTC')} AND start_time < {range_end:DateTime64(3, 'UTC')}`,
    params: { range_start: timeText(start), range_end: timeText(end) },
  }
}

/** An instant (milliseconds) as ClickHouse reads it in UTC. */
export function timeText(instant: number): string {
  return new Date(instant).toISOString().slice(0, 23).replace('T', ' ')
}
