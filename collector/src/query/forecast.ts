/**
 * Projects what a month comes to, from the cost of the days before.
 *
 * Method: a day to come costs the median of the last four days of its weekday, scaled by how the last week
 * compares with what the same rule would have said for it (at most halved or doubled). The band holds 80 % of
 * what the same rule missed when it is asked on earlier days of the stored history for as many days ahead.
 * Invariant: pure; no band without enough history to test the rule on, no projection without two weeks of it.
 */

/** Fewest complete days with history before anything is projected. */
export const MIN_DAYS = 14
/** Fewest tests of the rule before a band is given. */
export const MIN_TESTS = 14
const SAME_WEEKDAYS = 4
const WEEK = 7

/** What is known: the cost of complete days in order (USD, from the first day with calls), and today. */
export interface ForecastQuestion {
  /** Cost of each complete day, oldest first; the last one is yesterday. */
  readonly history: readonly number[]
  /** Cost of today so far. */
  readonly today: number
  /** Cost of the complete days of this month. */
  readonly spent: number
  /** Days of this month after today. */
  readonly daysLeft: number
}

/** The answer, USD. */
export interface Forecast {
  readonly expected: number
  /** 80 % of the back-tested months ended within these; null when the rule could not be tested. */
  readonly band: { readonly low: number; readonly high: number; readonly tests: number } | null
  /** Median of the absolute error of the back-tests as a part of what came; null without tests. */
  readonly typicalError: number | null
}

/** Projects the month; null when the history is too short. */
export function forecast({ history, today, spent, daysLeft }: ForecastQuestion): Forecast | null {
  if (history.length < MIN_DAYS) return null
  const days = project(history, daysLeft + 1)
  // Today is not over: it will cost what such a day costs, or what it already has.
  const first = Math.max(today, days[0] ?? 0)
  const coming = first + days.slice(1).reduce((sum, cost) => sum + cost, 0)
  const expected = spent + coming
  const ratios = backTest(history, daysLeft + 1)
  if (ratios.length < MIN_TESTS) return { expected, band: null, typicalError: null }
  const sorted = ratios.map((test) => test.actual / test.projected).sort((a, b) => a - b)
  const floor = spent + today
  return {
    expected,
    band: {
      low: Math.max(floor, Math.min(expected, spent + coming * quantile(sorted, 0.1))),
      high: Math.max(expected, spent + coming * quantile(sorted, 0.9)),
      tests: ratios.length,
    },
    typicalError: quantile(
      ratios
        .filter((test) => test.actual > 0)
        .map((test) => Math.abs(test.projected - test.actual) / test.actual)
        .sort((a, b) => a - b),
      0.5,
    ),
  }
}

/** The next `days` days after a history. */
function project(history: readonly number[], days: number): number[] {
  const scale = levelOf(history)
  return Array.from({ length: days }, (_, ahead) => scale * sameWeekday(history, ahead))
}

/** How the last week compares with what its weekdays cost before. */
function levelOf(history: readonly number[]): number {
  const before = history.slice(0, -WEEK)
  if (before.length < WEEK) return 1
  const usual = Array.from({ length: WEEK }, (_, ahead) => sameWeekday(before, ahead)).reduce(
    (sum, cost) => sum + cost,
    0,
  )
  const last = history.slice(-WEEK).reduce((sum, cost) => sum + cost, 0)
  return usual <= 0 ? 1 : Math.min(2, Math.max(0.5, last / usual))
}

/** Median of the last days with the weekday of the day `ahead` days after the end of a history. */
function sameWeekday(history: readonly number[], ahead: number): number {
  const same: number[] = []
  let at = history.length + ahead
  while (at >= history.length) at -= WEEK
  for (; at >= 0 && same.length < SAME_WEEKDAYS; at -= WEEK) same.push(history[at] as number)
  return same.length === 0
    ? 0
    : quantile(
        same.sort((a, b) => a - b),
        0.5,
      )
}

/** What the rule would have said on earlier days, and what came. */
function backTest(
  history: readonly number[],
  days: number,
): { readonly projected: number; readonly actual: number }[] {
  const tests: { projected: number; actual: number }[] = []
  for (let end = MIN_DAYS; end + days <= history.length; end++) {
    const projected = project(history.slice(0, end), days).reduce((sum, cost) => sum + cost, 0)
    const actual = history.slice(end, end + days).reduce((sum, cost) => sum + cost, 0)
    if (projected > 0) tests.push({ projected, actual })
  }
  return tests
}

/** Quantile of sorted numbers, between the two nearest. */
function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q
  const [low, high] = [sorted[Math.floor(at)] ?? 0, sorted[Math.ceil(at)] ?? 0]
  return low + (high - low) * (at - Math.floor(at))
}
