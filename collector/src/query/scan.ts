/**
 * One segment of a range as a SELECT over the table that answers it.
 *
 * Invariant: every table is read half-open at the instants of the segment and gives the same columns: `time`
 * (seconds since the Unix epoch; the start of the bucket in a rollup), the columns asked for, the summands.
 */
import type { Condition } from './filters.ts'
import { startedBetween, timeText } from './raw-range.ts'
import type { Segment } from './source.ts'
import { rawSummands, rollupSummands, type UsageSum } from './usage-sums.ts'

const TABLES = {
  spans: { table: 'spans', time: 'start_time', type: "DateTime64(3, 'UTC')", condition: 'is_call' },
  detail: { table: 'rollup_detail_hour', time: 'hour', type: "DateTime('UTC')", condition: '1' },
  hour: { table: 'rollup_cost_hour', time: 'hour', type: "DateTime('UTC')", condition: '1' },
  day: { table: 'rollup_cost_day', time: 'day', type: 'Date', condition: '1' },
  user: { table: 'rollup_user_day', time: 'day', type: 'Date', condition: '1' },
  conversation: { table: 'rollup_conversation_day', time: 'day', type: 'Date', condition: '1' },
} as const

/** Reads `segment`; `index` keeps the parameters of several segments of one query apart. */
export function scanSegment(
  segment: Segment,
  index: number,
  columns: readonly string[],
  filter: Condition,
  sums?: readonly UsageSum[],
): Condition {
  const { table, time, type, condition } = TABLES[segment.source]
  const within = withinSegment(segment, index)
  const seconds = type === 'Date' ? `toUnixTimestamp(toDateTime(day, 'UTC'))` : `toUnixTimestamp(${time})`
  const summands = segment.source === 'spans' ? rawSummands(sums) : rollupSummands(sums)
  return {
    sql: `SELECT ${[`${seconds} AS time`, ...columns, ...(sums?.length === 0 ? [] : [summands])].join(', ')}
      FROM ${table}
      WHERE ${condition} AND ${within.sql}${filter.sql}`,
    params: { ...filter.params, ...within.params },
  }
}

/** What a rollup of few spans is read with, and the spans themselves where it does not reach. */
export interface OnlyTable {
  readonly table: string
  readonly condition: string
  readonly columns: string
}

/** Reads `segment` from the spans or from a rollup per hour of some of them only. */
export function scanOnly(
  segment: Segment,
  index: number,
  tables: Readonly<Record<'spans' | 'detail', OnlyTable>>,
  filter: Condition,
): Condition {
  const { source } = segment
  if (source !== 'spans' && source !== 'detail') throw new Error(`cannot read ${source}: not per hour`)
  const { table, condition, columns } = tables[source]
  const within = withinSegment(segment, index)
  return {
    sql: `SELECT ${columns} FROM ${table}
      WHERE ${condition} AND ${within.sql}${filter.sql}`,
    params: { ...filter.params, ...within.params },
  }
}

/** That a row of the table that answers a segment lies in it; `index` keeps the parameters of several apart. */
export function withinSegment({ source, start, end }: Segment, index: number | string): Condition {
  const { time, type } = TABLES[source]
  const [from, to] = [`start_${index}`, `end_${index}`]
  return {
    sql:
      source === 'spans'
        ? startedBetween(from, to)
        : `${time} >= {${from}:${type}} AND ${time} < {${to}:${type}}`,
    params: { [from]: bound(start, source), [to]: bound(end, source) },
  }
}

/** An instant (milliseconds) as the text that the column's type reads. */
function bound(instant: number, source: Segment['source']): string {
  const text = timeText(instant)
  const { type } = TABLES[source]
  return type === 'Date' ? text.slice(0, 10) : type === "DateTime('UTC')" ? text.slice(0, 19) : text
}
