/**
 * Instants as people read them in the chosen zone, and the buckets of a chart.
 *
 * Invariant: nothing is shown in another zone than the chosen one.
 */
import { add, instantOf, startOf } from '../src/time-range.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options)
  let found = formats.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...options })
    formats.set(key, found)
  }
  return found
}

const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' }
const CLOCK: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' }

/** `Fri, 21 Nov, 14:05:09`. */
export function formatInstant(at: number, zone: string, seconds = true): string {
  return format(zone, {
    day: 'numeric',
    month: 'short',
    ...CLOCK,
    ...(seconds ? { second: '2-digit' } : {}),
  }).format(at)
}

/** The bucket that begins at an instant: a day, or from when to when. */
export function formatBucket(at: number, interval: number, zone: string): string {
  if (interval >= 2_592_000_000) return format(zone, { month: 'long', year: 'numeric' }).format(at)
  if (interval >= 604_800_000) return `Week of ${format(zone, DAY).format(at)}`
  if (interval >= 86_400_000) return format(zone, DAY).format(at)
  const clock = format(zone, interval < 60_000 ? { ...CLOCK, second: '2-digit' } : CLOCK)
  return `${format(zone, DAY).format(at)}, ${clock.format(at)} – ${clock.format(at + interval)}`
}

/** `2026-11-21 14:05` in the zone, as the range's fields take it. */
export function formatField(at: number, zone: string): string {
  return format(zone, { year: 'numeric', month: '2-digit', day: '2-digit', ...CLOCK })
    .formatToParts(at)
    .reduce((text, { type, value }) => text.replace(type, value), 'year-month-day hour:minute')
}

/** Reads what `formatField` writes; undefined when it is none. */
export function parseField(text: string, zone: string): number | undefined {
  const match = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text.trim())
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0))
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
    return undefined
  return instantOf({ year, month, day, hour, minute, second }, zone)
}

/** The starts of all buckets that touch a range, ms; as the queries cut them. */
export function bucketStarts(from: number, to: number, interval: number, zone: string): number[] {
  const unit = interval >= 2_592_000_000 ? 'M' : interval >= 604_800_000 ? 'w' : 'd'
  const starts: number[] = []
  for (let start = startOf(from, unit, zone); start <= to; ) {
    const next = startOf(add(start, 1, unit, zone) + (unit === 'd' ? 3_600_000 * 2 : 0), unit, zone)
    if (next <= start) break
    const step = interval >= 86_400_000 ? next - start : Math.max(interval, 1_000)
    const most =
      interval > 3_600_000 && interval < 86_400_000 ? 86_400_000 / interval : Number.POSITIVE_INFINITY
    for (let at = start, count = 0; at < next && at <= to && count < most; at += step, count++) {
      if (at + step > from) starts.push(at)
    }
    start = next
  }
  return starts
}
