/**
 * Ranges of time as addresses carry them, in Grafana's notation: `now-24h`, `now/d`, `now-1M/M`, or milliseconds.
 *
 * Invariant: a rounded instant is rounded in the zone of who looks, so "today" and "this month" begin at their
 * midnight, also on days when clocks change.
 */

/** A unit of date math; `M` is a month, `m` a minute. */
export type TimeUnit = 's' | 'm' | 'h' | 'd' | 'w' | 'M' | 'y'

const FIXED: Readonly<Partial<Record<TimeUnit, number>>> = { s: 1_000, m: 60_000, h: 3_600_000 }
const PATTERN = /^now((?:[+-]\d{1,5}[smhdwMy])*)(?:\/([smhdwMy]))?$/

/** Zones that were asked for and are known: to look one up takes a third of a millisecond. */
const known = new Set<string>()

/** True for the name of a zone that this runtime knows; `utc` is one. */
export function isTimeZone(name: string): boolean {
  if (known.has(name)) return true
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name })
    if (known.size < 1_000) known.add(name)
    return true
  } catch {
    return false
  }
}

/**
 * The instant, ms since the Unix epoch, that `text` means at `now`; undefined when it is no instant.
 * `end`: a rounded one means the end of its unit (its last millisecond), as it does in `to`.
 */
export function parseInstant(text: string, now: number, timeZone: string, end = false): number | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  const [whole, steps = '', round] = PATTERN.exec(text) ?? []
  if (whole === undefined) {
    const instant = /^\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?$/.test(text) ? Date.parse(text) : Number.NaN
    return Number.isNaN(instant) ? undefined : instant
  }
  let instant = now
  for (const [, sign, count, unit] of steps.matchAll(/([+-])(\d+)(\w)/g)) {
    instant = add(instant, (sign === '-' ? -1 : 1) * Number(count), unit as TimeUnit, timeZone)
  }
  if (round === undefined) return instant
  const start = startOf(instant, round as TimeUnit, timeZone)
  return end ? startOf(add(start, 1, round as TimeUnit, timeZone), round as TimeUnit, timeZone) - 1 : start
}

/** `count` units after an instant; days and longer units keep the time that clocks show. */
export function add(instant: number, count: number, unit: TimeUnit, timeZone: string): number {
  const fixed = FIXED[unit]
  if (fixed !== undefined) return instant + count * fixed
  const parts = wallClock(instant, timeZone)
  if (unit === 'd') parts.day += count
  if (unit === 'w') parts.day += 7 * count
  if (unit === 'M' || unit === 'y') {
    const month = parts.month + count * (unit === 'y' ? 12 : 1)
    const last = new Date(Date.UTC(parts.year, month, 0)).getUTCDate()
    parts.month = month
    parts.day = Math.min(parts.day, last)
  }
  return instantOf(parts, timeZone) + (((instant % 1_000) + 1_000) % 1_000)
}

/** The start of the unit that an instant is in; weeks begin on Monday. */
export function startOf(instant: number, unit: TimeUnit, timeZone: string): number {
  const parts = wallClock(instant, timeZone)
  parts.second = 0
  if (unit === 's') return Math.floor(instant / 1_000) * 1_000
  if (unit === 'm') return Math.floor(instant / 60_000) * 60_000
  parts.minute = 0
  if (unit !== 'h') parts.hour = 0
  if (unit === 'w')
    parts.day -= (new Date(Date.UTC(parts.year, parts.month - 1, parts.day)).getUTCDay() + 6) % 7
  if (unit === 'M' || unit === 'y') parts.day = 1
  if (unit === 'y') parts.month = 1
  return instantOf(parts, timeZone)
}

/** What clocks show; `month` begins at 1. */
export interface WallClock {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the zone's clocks show at an instant. */
function wallClock(instant: number, timeZone: string): WallClock {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(
    format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]),
  )
  return parts as unknown as WallClock
}

/** The instant at which clocks show `parts`; the first one where they show it twice, the next where never. */
export function instantOf({ year, month, day, hour, minute, second }: WallClock, timeZone: string): number {
  const wall = Date.UTC(year, month - 1, day, hour, minute, second)
  const offsets = [wall - 86_400_000, wall + 86_400_000].map((near) => offsetAt(near, timeZone))
  const candidates = offsets.map((offset) => wall - offset).sort((a, b) => a - b)
  const exact = candidates.find((instant) => instant + offsetAt(instant, timeZone) === wall)
  return exact ?? Math.max(...candidates)
}

/** How far the zone's clocks are ahead of UTC at an instant, ms. */
function offsetAt(instant: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = wallClock(instant, timeZone)
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000
}
