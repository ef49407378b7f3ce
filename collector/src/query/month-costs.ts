/**
 * What the forecast is made from: the cost of the days before today, and of this month.
 *
 * Invariant: days of the zone; the history starts with the first day that has a call and holds every day since.
 */
import { parseDecimal } from './decimal.ts'
import type { QueryContext } from './execute.ts'
import type { Filters } from './filters.ts'
import { usageCube } from './usage-cube.ts'
import { dateAt, daysOf, startOfDay } from './zone.ts'

const HISTORY_DAYS = 180

/** Costs of days and of the month. */
export interface MonthCosts {
  /** Units of 1e-12 USD for each complete day, oldest first. */
  readonly history: readonly bigint[]
  readonly today: bigint
  /** Of the complete days of this month. */
  readonly spent: bigint
  readonly daysLeft: number
  readonly unpricedCalls: number
  /** First instant of this and of the next month, milliseconds. */
  readonly start: number
  readonly end: number
}

/** Asks for the costs that a forecast at `now` needs. */
export async function monthCosts(
  context: QueryContext,
  now: number,
  timezone: string,
  filters: Filters,
): Promise<MonthCosts> {
  const today = dateAt(now, timezone)
  const month = today.with({ day: 1 })
  const [start, end] = [startOfDay(month, timezone), startOfDay(month.add({ months: 1 }), timezone)]
  const days = daysOf(startOfDay(today.subtract({ days: HISTORY_DAYS }), timezone), now + 1, timezone)
  const { rows } = await usageCube(context, {
    start: days[0]?.start ?? start,
    end: now + 1,
    filters,
    starts: days.map((day) => day.start),
  })
  const at = new Map(rows.map((row) => [Number(row.bucket), row]))
  const costs = days.map((day) => parseDecimal(at.get(day.start / 1000)?.cost ?? '0'))
  const first = days.findIndex((day) => at.has(day.start / 1000))
  const inMonth = days.findIndex((day) => day.start >= start)
  const last = days.length - 1
  return {
    history: first < 0 ? [] : costs.slice(first, last),
    today: costs[last] ?? 0n,
    spent: costs.slice(inMonth, last).reduce((sum, cost) => sum + cost, 0n),
    daysLeft: daysOf(now, end, timezone).length - 1,
    unpricedCalls: rows
      .filter((row) => Number(row.bucket) * 1000 >= start)
      .reduce((sum, row) => sum + Number(row.unpriced_calls), 0),
    start,
    end,
  }
}
