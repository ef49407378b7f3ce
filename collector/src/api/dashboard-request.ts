/**
 * Reads what a browser may choose: range, zone, width and the values of declared variables.
 *
 * Invariant: nothing else of an address reaches a query, and every fault of an address is named at once.
 */
import { type Dashboard, isTimeZone, parseInstant, type VariableValue } from '@spanmeter/dashboards'
import type { Fault } from '../query/period.ts'

/** The longest range, ms: a little over ten years. */
const MAX_RANGE = 3_700 * 86_400_000
const MAX_VALUES = 100
const MAX_VALUE_LENGTH = 512
/** Ends of a range that moves are rounded up to this, ms, so that requests at almost the same time are one. */
const ROUNDING = 5_000

/** A checked choice. */
export interface DashboardRequest {
  /** Milliseconds since the Unix epoch, both inclusive. */
  readonly from: number
  readonly to: number
  readonly timezone: string
  readonly maxDataPoints: number
  readonly variables: Readonly<Record<string, VariableValue>>
}

/** Reads a query string. Returns all of its faults when it has any. */
export function readRequest(
  query: URLSearchParams,
  dashboard: Dashboard,
  now: number,
): DashboardRequest | readonly Fault[] {
  const faults: Fault[] = []
  const fault = (name: string, detail: string) => faults.push({ name, detail })
  const timezone = query.get('timezone') ?? 'utc'
  if (!isTimeZone(timezone)) fault('timezone', 'is no IANA time zone; write for example Europe/Berlin or utc')
  const zone = isTimeZone(timezone) ? timezone : 'utc'
  const soon = Math.ceil(now / ROUNDING) * ROUNDING
  const from = parseInstant(query.get('from') ?? dashboard.time.from, soon, zone)
  const to = parseInstant(query.get('to') ?? dashboard.time.to, soon, zone, true)
  if (from === undefined) fault('from', 'is no instant; write milliseconds since 1970 or for example now-24h')
  if (to === undefined) fault('to', 'is no instant; write milliseconds since 1970 or for example now')
  if (from !== undefined && to !== undefined) {
    if (from > to) fault('from', 'is after to')
    else if (to - from > MAX_RANGE) fault('from', 'is more than ten years before to')
    else if (to > 4_102_444_800_000) fault('to', 'is after the year 2099')
  }
  const points = query.get('maxDataPoints') ?? '200'
  const maxDataPoints = /^\d{1,5}$/.test(points) ? Number(points) : Number.NaN
  if (!(maxDataPoints >= 1 && maxDataPoints <= 2_000))
    fault('maxDataPoints', 'is no whole number from 1 to 2000')
  const variables = readVariables(query, dashboard, fault)
  if (faults.length > 0 || from === undefined || to === undefined) return faults
  return { from, to, timezone: /^utc$/i.test(timezone) ? 'utc' : timezone, maxDataPoints, variables }
}

function readVariables(
  query: URLSearchParams,
  dashboard: Dashboard,
  fault: (name: string, detail: string) => void,
): Record<string, VariableValue> {
  const declared = new Set(dashboard.variables.map(({ name }) => name))
  for (const key of new Set(query.keys())) {
    if (key.startsWith('var-') && !declared.has(key.slice(4)))
      fault(key, `is no variable of this dashboard; it has ${[...declared].join(', ')}`)
  }
  const entries = [...declared].map((name): [string, VariableValue] => {
    const values = query.getAll(`var-${name}`).filter((value) => value !== '')
    if (values.length > MAX_VALUES) fault(`var-${name}`, `has more than ${MAX_VALUES} values`)
    if (values.some((value) => value.length > MAX_VALUE_LENGTH))
      fault(`var-${name}`, `has a value of more than ${MAX_VALUE_LENGTH} characters`)
    return [name, values.length === 0 || values.includes('$__all') ? 'all' : values]
  })
  return Object.fromEntries(entries)
}
