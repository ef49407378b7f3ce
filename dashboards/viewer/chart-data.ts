/**
 * Turns a wide frame into what a chart draws.
 *
 * Invariant: a bucket without calls is 0 where values are sums and a gap where they are measurements.
 */
import type { Frame } from '../src/expand/frame.ts'
import type { ManifestPanel } from '../src/model.ts'
import { bucketStarts } from './time.ts'

/** The panel of a chart. */
export type ChartPanel = Extract<ManifestPanel, { kind: 'timeseries' }>

/** One series; values as they were sent, aligned with the instants. */
export interface Series {
  readonly name: string
  readonly title: string
  readonly values: readonly (string | number | null)[]
  /** Sum over the range; what the series are ordered by. */
  readonly total: number
}

/** Instants (ms) and series, the largest first where they are parts of a whole. */
export interface ChartData {
  readonly times: readonly number[]
  readonly series: readonly Series[]
}

/** The range and buckets that the frame was made for. */
export interface Buckets {
  readonly from: number
  readonly to: number
  readonly intervalMs: number
}

/** Shapes a frame for a panel; undefined where there is nothing to draw. */
export function chartData(
  panel: ChartPanel,
  frame: Frame,
  { from, to, intervalMs }: Buckets,
  zone: string,
): ChartData | undefined {
  const [time, ...fields] = frame.fields
  if (!time || fields.length === 0) return undefined
  const times = [
    ...new Set([...bucketStarts(from, to, intervalMs, zone), ...(time.values as number[])]),
  ].sort((a, b) => a - b)
  const place = new Map((time.values as number[]).map((at, index) => [at, index]))
  const absent = panel.draw === 'line' ? null : 0
  const series = fields.map(({ name, values }): Series => {
    const aligned = times.map((at) => {
      const index = place.get(at)
      return index === undefined ? absent : (values[index] ?? absent)
    })
    const title = panel.series?.find((column) => column.name === name)?.title ?? name
    return {
      name,
      title,
      values: aligned,
      total: aligned.reduce<number>((sum, value) => sum + Number(value ?? 0), 0),
    }
  })
  if (!panel.series)
    series.sort((a, b) => Number(a.name === 'Other') - Number(b.name === 'Other') || b.total - a.total)
  const drawn = panel.stacked && !panel.series ? series.filter(({ total }) => total > 0) : series
  const known = drawn.some(({ values }) => values.some((value) => value !== null && Number(value) !== 0))
  return known ? { times, series: drawn } : undefined
}

/** The columns of a frame with that of everything else behind all others, as a legend has it. */
export function otherLast(frame: Frame): Frame {
  const isOther = ({ name }: Frame['fields'][number]) => name === 'Other'
  return {
    ...frame,
    fields: [...frame.fields.filter((field) => !isOther(field)), ...frame.fields.filter(isOther)],
  }
}

/** Places of values with a gap on both sides: a line through them has no length. */
export function lonely(values: readonly (string | number | null)[]): number[] {
  return values.flatMap((value, index) =>
    value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
      ? [index]
      : [],
  )
}

/** Heights of stacked series: each one's upper edge. */
export function stack(series: readonly Series[]): number[][] {
  const sums: number[] = []
  return series.map(({ values }) =>
    values.map((value, index) => {
      const sum = (sums[index] ?? 0) + Number(value ?? 0)
      sums[index] = sum
      return sum
    }),
  )
}
