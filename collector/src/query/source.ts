/**
 * Which table answers which part of a range: the raw spans, the hour rollup or the day rollup.
 *
 * Invariant: the segments tile the range, and no boundary that the answer needs (a start of a day in the
 * caller's zone) lies inside a bucket. So a rollup is used exactly where it says the same as the raw rows.
 */
type Source = 'spans' | 'hour' | 'day'

/** A part of a range and the table that answers it; milliseconds, half-open. */
export interface Segment {
  readonly source: Source
  readonly start: number
  readonly end: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** What decides: the range, the instants at which the answer is cut, and whether rollups know all filters. */
export interface SourceQuestion {
  readonly start: number
  readonly end: number
  /** Instants at which the answer must be cut, milliseconds; those outside the open range do not matter. */
  readonly cuts: readonly number[]
  /** False when a filter or a column is needed that the rollups do not have. */
  readonly rollups: boolean
}

/** Splits a range into segments: days and hours for the aligned middle, raw spans for ragged edges. */
export function chooseSource({ start, end, cuts, rollups }: SourceQuestion): Segment[] {
  const raw: Segment[] = [{ source: 'spans', start, end }]
  const inner = cuts.filter((cut) => cut > start && cut < end)
  if (!rollups || !inner.every((cut) => cut % HOUR === 0)) return raw
  const hours = within(start, end, HOUR)
  if (hours === undefined) return raw
  const days = inner.every((cut) => cut % DAY === 0) ? within(hours.start, hours.end, DAY) : undefined
  const dayStart = days?.start ?? hours.end
  const dayEnd = days?.end ?? hours.end
  return [
    { source: 'spans' as const, start, end: hours.start },
    { source: 'hour' as const, start: hours.start, end: dayStart },
    { source: 'day' as const, start: dayStart, end: dayEnd },
    { source: 'hour' as const, start: dayEnd, end: hours.end },
    { source: 'spans' as const, start: hours.end, end },
  ].filter((segment) => segment.start < segment.end)
}

/** The widest range of whole buckets inside `[start, end)`, or undefined when there is none. */
function within(start: number, end: number, bucket: number): { start: number; end: number } | undefined {
  const from = Math.ceil(start / bucket) * bucket
  const to = Math.floor(end / bucket) * bucket
  return from < to ? { start: from, end: to } : undefined
}
