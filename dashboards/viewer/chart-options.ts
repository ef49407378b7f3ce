/**
 * How uPlot draws a chart: axes, series, cursor and the choice of a range.
 *
 * Invariant: colours are those of the theme at this moment; a canvas cannot follow it by itself.
 */
import uPlot from 'uplot'
import { type Buckets, type ChartData, type ChartPanel, lonely, stack } from './chart-data.ts'
import { dashOf } from './colors.ts'
import { formatTick } from './format.ts'

/** Instants and heights as uPlot takes them. */
export function plotData(panel: ChartPanel, { times, series }: ChartData): uPlot.AlignedData {
  const seconds = times.map((at) => at / 1_000)
  // The tallest is painted first, so that each one below covers its part.
  const columns = panel.stacked
    ? stack(series).reverse()
    : series.map(({ values }) => values.map((value) => (value === null ? null : Number(value))))
  return [seconds, ...columns] as uPlot.AlignedData
}

/** Options of a chart of this size, pixels. */
export function plotOptions(
  panel: ChartPanel,
  data: ChartData,
  { from, to, intervalMs }: Buckets,
  zone: string,
  colors: readonly string[],
  size: { width: number; height: number },
  onHover: (hover: { index: number; left: number } | undefined) => void,
  onZoom: (from: number, to: number) => void,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const color = (name: string) => resolve(style.getPropertyValue(name))
  const font = `11px ${style.getPropertyValue('--font')}`
  const bars = panel.draw === 'bars'
  const first = Math.min(data.times[0] ?? from, from)
  const axis = {
    font,
    stroke: color('--chart-text'),
    ticks: { show: false },
    grid: { stroke: color('--chart-grid'), width: 1 },
  }
  const order = panel.stacked ? colors.toReversed() : colors
  return {
    ...size,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1_000), zone),
    cursor: {
      y: false,
      points: { show: panel.draw === 'line' },
      drag: { x: true, y: false, setScale: false },
      sync: { key: 'time' },
      dataIdx: (plot, _series, nearest, x) => {
        const at = plot.data[0][nearest] ?? 0
        return bars && at > x ? Math.max(nearest - 1, 0) : nearest
      },
    },
    scales: {
      x: { time: true, range: () => [(bars ? first : from) / 1_000, to / 1_000] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        space: 64,
        values: (_plot, at, _i, _s, step) => at.map((second) => tickTime(second * 1_000, step * 1_000, zone)),
      },
      {
        ...axis,
        size: 54,
        space: 36,
        ...(STEPS[panel.unit] ? { incrs: STEPS[panel.unit] } : {}),
        values: (_plot, values) => values.map((value) => formatTick(value, panel.unit)),
      },
    ],
    series: [
      {},
      ...order.map((stroke, index): uPlot.Series => {
        const shared = { stroke, points: { show: false } }
        if (bars) {
          const path = uPlot.paths.bars?.({ size: [0.82, 48], align: 1, radius: index === 0 ? 0.12 : 0 })
          return { ...shared, width: 0, fill: stroke, ...(path ? { paths: path } : {}) }
        }
        const line = { ...shared, width: 2, spanGaps: false }
        if (panel.draw === 'area') return { ...line, width: 1, fill: stroke }
        const dash = dashOf(index)
        return {
          ...line,
          points: {
            show: false,
            size: 6,
            fill: stroke,
            filter: () => lonely(data.series[index]?.values ?? []),
          },
          ...(dash && { dash: [...dash] }),
        }
      }),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const { idx, left } = plot.cursor
          const here = plot.over.matches(':hover')
          onHover(
            here && idx !== null && idx !== undefined && left !== undefined && left >= 0
              ? { index: idx, left: left + plot.over.offsetLeft }
              : undefined,
          )
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select
          if (width < 6) return
          onZoom(
            Math.round(plot.posToVal(left, 'x') * 1_000),
            Math.round(plot.posToVal(left + width, 'x') * 1_000),
          )
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
        },
      ],
    },
  }

  function tickTime(at: number, step: number, timeZone: string): string {
    const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }).format(at)
    if (step >= 86_400_000)
      return intervalMs >= 2_592_000_000
        ? new Intl.DateTimeFormat('en-GB', { timeZone, month: 'short', year: '2-digit' }).format(at)
        : day
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
      ...(step < 60_000 ? { second: '2-digit' } : {}),
    }).format(at)
    return clock === '00:00' ? day : clock
  }
}

const decades = Array.from({ length: 16 }, (_, power) => 10 ** power)
const whole = decades.flatMap((ten) => [ten, 2 * ten, 5 * ten])

/** What lies between two lines of the grid, by unit: no half calls, and bytes in powers of two. */
const STEPS: Readonly<Partial<Record<ChartPanel['unit'], number[]>>> = {
  seconds: [
    ...[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600],
    ...[1_200, 1_800, 3_600],
  ],
  count: whole,
  tokens: whole,
  bytes: Array.from({ length: 45 }, (_, power) => 2 ** power),
}

/** A custom property's colour as the canvas takes it: `light-dark()` is worked out by an element. */
function resolve(value: string): string {
  const probe = document.createElement('i')
  probe.style.color = value
  document.body.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color
}
