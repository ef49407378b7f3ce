/**
 * Which table answers which part of a range: the raw spans, the hour or day rollup of costs, the day rollup of users or of
 * conversations, or the hour rollup that knows conversations and the like.
 *
 * Invariant: the segments tile the range, and no boundary that the answer needs (a start of a day in the
 * caller's zone) lies inside a bucket. So a rollup is used exactly where it says the same as the raw rows.
 */
type Source = 'spans' | 'detail' | 'hour' | 'day' | 'user' | 'conversation'

/** The columns that the smaller rollups have; `rollup_detail_hour` has all. */
const COLUMNS = {
  cost: new Set<string>([
    ...['tenant_id', 'provider', 'model', 'operation', 'service_name', 'environment'],
    ...['feature', 'agent_id', 'agent_name', 'meter_name'],
  ]),
  user: new Set<string>(['tenant_id', 'user_id', 'environment']),
  /** Beside the number of the conversation. */
  conversation: new Set<string>(['tenant_id', 'environment']),
} as const

/** The rollups that know what is asked; `cost` are the smallest ones. */
export type Rollups = keyof typeof COLUMNS | 'detail'

/** The table per day of each. */
const DAILY = { cost: 'day', user: 'user', conversation: 'conversation' } as const

/** The smallest rollups that have all of `columns`. */
export function rollupsWith(columns: readonly string[]): Rollups {
  return isKnown('cost', columns) ? 'cost' : isKnown('user', columns) ? 'user' : 'detail'
}

/** Whether some rollups have all of `columns`. */
export function isKnown(rollups: keyof typeof COLUMNS, columns: readonly string[]): boolean {
  return columns.every((column) => COLUMNS[rollups].has(column))
}

/** A part of a range and the table that answers it; milliseconds, half-open. */
export interface Segment {
  readonly source: Source
  readonly start: number
  readonly end: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What decides: the range, the instants at which the answer is cut, and which rollups know all filters and columns. */
export interface SourceQuestion {
  readonly start: number
  readonly end: number
  /** Instants at which the answer must be cut, milliseconds; those outside the open range do not matter. */
  readonly cuts: readonly number[]
  readonly rollups: Rollups | 'none'
  /** False where the answer must know the hour of a call. */
  readonly days?: boolean
}

/** Splits a range into segments: days and hours for the aligned middle, raw spans for ragged edges. */
export function chooseSource({
  start,
  end,
  cuts,
  rollups,
  days: wholeDays = true,
}: SourceQuestion): Segment[] {
  const raw: Segment[] = [{ source: 'spans', start, end }]
  const inner = cuts.filter((cut) => cut > start && cut < end)
  if (rollups === 'none' || !inner.every((cut) => cut % HOUR === 0)) return raw
  const hours = within(start, end, HOUR)
  if (hours === undefined) return raw
  const byHour: Source = rollups === 'cost' ? 'hour' : 'detail'
  const byDay = wholeDays && rollups !== 'detail' && inner.every((cut) => cut % DAY === 0)
  const days = byDay ? within(hours.start, hours.end, DAY) : undefined
  const dayStart = days?.start ?? hours.end
  const dayEnd = days?.end ?? hours.end
  return [
    { source: 'spans' as const, start, end: hours.start },
    { source: byHour, start: hours.start, end: dayStart },
    { source: rollups === 'detail' ? byHour : DAILY[rollups], start: dayStart, end: dayEnd },
    { source: byHour, start: dayEnd, end: hours.end },
    { source: 'spans' as const, start: hours.end, end },
  ].filter((segment) => segment.start < segment.end)
}

/** The widest range of whole buckets inside `[start, end)`, or undefined when there is none. */
function within(start: number, end: number, bucket: number): { start: number; end: number } | undefined {
  const from = Math.ceil(start / bucket) * bucket
  const to = Math.floor(end / bucket) * bucket
  return from < to ? { start: from, end: to } : undefined
}
