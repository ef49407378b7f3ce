/**
 * A chart over time, drawn by uPlot, with a legend and a tooltip of our own.
 *
 * Invariant: what the canvas shows is also in the page as words: a summary here, every number in the panel's
 * table view.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Frame } from '../src/expand/frame.ts'
import { type Buckets, type ChartData, type ChartPanel, chartData, stack } from './chart-data.ts'
import { colorOf } from './colors.ts'
import { formatExact, formatTick, formatValue } from './format.ts'
import { formatBucket } from './time.ts'

/** What a chart needs. */
export interface ChartProps {
  readonly panel: ChartPanel
  readonly frame: Frame
  readonly buckets: Buckets
  readonly zone: string
  readonly dark: boolean
  readonly onZoom: (from: number, to: number) => void
  readonly onPick?: ((name: string) => void) | undefined
}

/** Draws a panel of values over time. */
export function Chart({ panel, frame, buckets, zone, dark, onZoom, onPick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const [hover, setHover] = useState<{ index: number; left: number } | undefined>()
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  const { from, to, intervalMs } = buckets
  const data = useMemo(
    () => chartData(panel, frame, { from, to, intervalMs }, zone),
    [panel, frame, from, to, intervalMs, zone],
  )
  const colors =
    data?.series.map(({ title }) => colorOf(panel.entity ?? `panel-${panel.id}`, title, dark)) ?? []
  useEffect(() => {
    const element = box.current
    if (!element || !data) return
    const size = () => ({ width: element.clientWidth, height: element.clientHeight })
    const plot = new uPlot(
      options(panel, data, { from, to, intervalMs }, zone, colors, size(), setHover, (a, b) =>
        zoom.current(a, b),
      ),
      plotData(panel, data),
      element,
    )
    const observer = new ResizeObserver(() => plot.setSize(size()))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
      setHover(undefined)
    }
  }, [panel, data, from, to, intervalMs, zone, dark])
  if (!data) return undefined
  return (
    <>
      <div class="plot" ref={box} role="img" aria-label={summary(panel, data)}>
        {hover && (
          <Tooltip
            {...{ panel, data, colors, hover, zone, intervalMs }}
            width={box.current?.clientWidth ?? 0}
          />
        )}
      </div>
      <Legend {...{ panel, data, colors, onPick }} />
    </>
  )
}

function Legend({
  panel,
  data,
  colors,
  onPick,
}: {
  panel: ChartPanel
  data: ChartData
  colors: string[]
  onPick?: ChartProps['onPick']
}) {
  return (
    <ul class="legend">
      {data.series.map(({ name, title, total }, index) => {
        const content = (
          <>
            <i class={panel.draw} style={{ background: colors[index] }} />
            <span>{title}</span>
            {panel.stacked && <b>{formatValue(total, panel.unit)}</b>}
          </>
        )
        return (
          <li key={name}>
            {onPick && name !== 'Other' && name !== 'unknown' ? (
              <button type="button" title={`Show only ${title}`} onClick={() => onPick(name)}>
                {content}
              </button>
            ) : (
              <span class="entry">{content}</span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

interface TooltipProps {
  panel: ChartPanel
  data: ChartData
  colors: string[]
  hover: { index: number; left: number }
  zone: string
  intervalMs: number
  width: number
}

function Tooltip({ panel, data, colors, hover, zone, intervalMs, width }: TooltipProps) {
  const rows = data.series
    .map((series, index) => ({
      title: series.title,
      value: series.values[hover.index] ?? null,
      color: colors[index],
    }))
    .filter(({ value }) => value !== null && (!panel.stacked || Number(value) !== 0))
  if (panel.stacked) rows.reverse()
  const total = rows.reduce((sum, { value }) => sum + Number(value), 0)
  const side =
    hover.left > width / 2 ? { right: `${width - hover.left + 14}px` } : { left: `${hover.left + 14}px` }
  return (
    <div class="tooltip" style={side}>
      <p>{formatBucket(data.times[hover.index] ?? 0, intervalMs, zone)}</p>
      <table>
        <tbody>
          {rows.map(({ title, value, color }) => (
            <tr key={title}>
              <th>
                <i style={{ background: color }} />
                {title}
              </th>
              <td>{panel.unit === 'usd' ? trim(value) : formatExact(value, panel.unit)}</td>
            </tr>
          ))}
          {panel.stacked && rows.length !== 1 && (
            <tr class="total">
              <th>Total</th>
              <td>{panel.unit === 'usd' ? trim(total) : formatExact(total, panel.unit)}</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  )
}

/** Amounts of a bucket: six decimals are a ten-thousandth of a cent. */
function trim(value: string | number | null): string {
  return formatExact(typeof value === 'string' ? value : Number(value).toFixed(6), 'usd')
}

function summary(panel: ChartPanel, { series }: ChartData): string {
  const parts = series.slice(0, 4).map(({ title, total, values }) => {
    const last = values.findLast((value) => value !== null)
    return `${title} ${formatValue(panel.stacked ? total : last, panel.unit)}`
  })
  return `Chart: ${panel.title}. ${panel.stacked ? 'Totals' : 'Latest values'}: ${parts.join(', ')}${series.length > 4 ? ', and more' : ''}.`
}

function plotData(panel: ChartPanel, { times, series }: ChartData): uPlot.AlignedData {
  const seconds = times.map((at) => at / 1_000)
  // The tallest is painted first, so that each one below covers its part.
  const columns = panel.stacked
    ? stack(series).reverse()
    : series.map(({ values }) => values.map((value) => (value === null ? null : Number(value))))
  return [seconds, ...columns] as uPlot.AlignedData
}

function options(
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
        ...(panel.unit === 'seconds' ? { incrs: SECOND_STEPS } : {}),
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
        return {
          ...line,
          points: { show: data.times.length < 3, size: 6, fill: stroke },
          ...(index === 1 ? { dash: [6, 3] } : index === 2 ? { dash: [2, 3] } : {}),
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

const SECOND_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800,
  3_600,
]

/** A custom property's colour as the canvas takes it: `light-dark()` is worked out by an element. */
function resolve(value: string): string {
  const probe = document.createElement('i')
  probe.style.color = value
  document.body.append(probe)
  const color = getComputedStyle(probe).color
  probe.remove()
  return color
}
