/**
 * A chart over time, drawn by uPlot, with a legend and a tooltip of our own.
 *
 * Invariant: what the canvas shows is also in the page as words: a summary here, each bucket by the arrow keys, every
 * number in the panel's table view.
 */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import uPlot from 'uplot'
import type { Frame } from '../src/expand/frame.ts'
import { type Buckets, type ChartPanel, chartData } from './chart-data.ts'
import { plotData, plotOptions } from './chart-options.ts'
import { Legend, summaryOf, Tooltip, wordsOf } from './chart-words.tsx'
import { colorOf } from './colors.ts'
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
  const plot = useRef<uPlot>(undefined)
  const [hover, setHover] = useState<{ index: number; left: number } | undefined>()
  /** Whether the cursor is where keys put it; Escape is the page's own otherwise. */
  const keyed = useRef(false)
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
    const drawn = new uPlot(
      plotOptions(panel, data, { from, to, intervalMs }, zone, colors, size(), setHover, (a, b) =>
        zoom.current(a, b),
      ),
      plotData(panel, data),
      element,
    )
    plot.current = drawn
    const observer = new ResizeObserver(() => drawn.setSize(size()))
    observer.observe(element)
    return () => {
      observer.disconnect()
      drawn.destroy()
      plot.current = undefined
      setHover(undefined)
    }
  }, [panel, data, from, to, intervalMs, zone, dark])
  if (!data) return undefined
  const last = data.times.length - 1
  const at = Math.min(hover?.index ?? last, last)
  const when = formatBucket(data.times[at] ?? 0, intervalMs, zone)

  /** Puts the cursor on a bucket; on none where there is none. */
  function point(index: number | undefined): void {
    const chart = plot.current
    if (!chart) return
    keyed.current = index !== undefined
    if (index === undefined) {
      chart.setCursor({ left: -10, top: -10 })
      setHover(undefined)
      return
    }
    const left = chart.valToPos((data?.times[index] ?? 0) / 1_000, 'x')
    chart.setCursor({ left: Math.max(left + 1, 0), top: 0 })
    setHover({ index, left: left + chart.over.offsetLeft })
  }
  function onKeyDown(event: KeyboardEvent): void {
    const next = stepOf(event.key, hover?.index, last, keyed.current)
    if (next === 'none' || event.altKey || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    event.stopPropagation()
    point(next)
  }

  return (
    <>
      <div
        class="plot"
        ref={box}
        role="slider"
        tabIndex={0}
        aria-label={`${summaryOf(panel, data)} Arrow keys read it bucket by bucket.`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at}
        aria-valuetext={wordsOf(panel, data, at, when)}
        onKeyDown={onKeyDown}
        onBlur={() => keyed.current && point(undefined)}
        onPointerMove={() => {
          keyed.current = false
        }}
      >
        {hover && <Tooltip {...{ panel, data, colors, hover, when }} width={box.current?.clientWidth ?? 0} />}
      </div>
      <Legend {...{ panel, data, colors, onPick }} />
    </>
  )
}

/** Where a key moves the cursor: to a bucket, away (undefined), or it is no key of a chart. */
function stepOf(
  key: string,
  at: number | undefined,
  last: number,
  keyed: boolean,
): number | undefined | 'none' {
  const page = Math.max(2, Math.round(last / 10))
  const steps: Readonly<Record<string, number>> = {
    ...{ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: page, PageDown: -page },
  }
  if (key === 'Escape') return keyed ? undefined : 'none'
  if (key === 'Home') return 0
  if (key === 'End') return last
  const step = steps[key]
  if (step === undefined) return 'none'
  return Math.min(Math.max(at === undefined ? last : at + step, 0), last)
}
