/**
 * The interval of a chart, as Grafana chooses it, so that both draw the same buckets.
 *
 * Invariant: the same range and width always give the same interval, and it is one that people know.
 * Source: `rangeUtil.roundInterval` of @grafana/data 13.2, by behaviour.
 */

/** Below the first number (milliseconds) the second one is the interval. */
const STEPS: readonly (readonly [number, number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1_500, 1_000],
  [3_500, 2_000],
  [7_500, 5_000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
  [3_628_800_000, 2_592_000_000],
]

/** The interval, milliseconds, at which a range of `rangeMs` has about `points` buckets. */
export function roundInterval(rangeMs: number, points: number): number {
  const wanted = rangeMs / Math.max(points, 1)
  return STEPS.find(([limit]) => wanted < limit)?.[1] ?? 31_536_000_000
}

/** An interval as ClickHouse and Grafana write it: `30s`, `5m`, `1d`. */
export function intervalText(ms: number): string {
  if (ms < 1_000) return `${ms}ms`
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000}d`
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`
  if (ms % 60_000 === 0) return `${ms / 60_000}m`
  return `${ms / 1_000}s`
}
