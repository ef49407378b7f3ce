/**
 * A panel: its frame, its states, and what is inside.
 *
 * Invariant: it never changes its size, and a refresh that fails leaves the last numbers in place and says so.
 */
import { useMemo, useState } from 'preact/hooks'
import type { Frame } from '../src/expand/frame.ts'
import type { Column, ManifestPanel } from '../src/model.ts'
import { Chart } from './chart.tsx'
import { otherLast } from './chart-data.ts'
import { download } from './csv.ts'
import { useAsked } from './fetch.ts'
import { Icon } from './icons.tsx'
import { Ranking, Ring } from './share.tsx'
import { Stat } from './stat.tsx'
import { Table } from './table.tsx'

/** An answer to a panel. */
export interface PanelAnswer {
  readonly from: number
  readonly to: number
  readonly intervalMs: number
  readonly frames: Readonly<Record<string, Frame>>
}

interface PanelProps {
  readonly panel: ManifestPanel
  readonly address: string
  readonly tick: number
  readonly zone: string
  readonly dark: boolean
  readonly onZoom: (from: number, to: number) => void
  readonly onPick?: ((name: string) => void) | undefined
  /** Chooses a value of a variable, from a cell of a table. */
  readonly onChoose: (variable: string, value: string) => void
  /** Shows the calls behind the panel; absent where it is not about calls. */
  readonly onCalls?: (() => void) | undefined
  readonly onCall: (id: string, at: number) => void
  /** Shows this panel alone, or all again. */
  readonly onExpand: () => void
  readonly alone: boolean
  /** Whether a filter may be why there is nothing. */
  readonly filtered: boolean
  /** Columns of twelve, where there is no room for twenty-four. */
  readonly span: number
}

/** Draws a panel and asks for its data. */
export function PanelView(props: PanelProps) {
  const { panel, address, tick } = props
  const { data, error, waiting, retry } = useAsked<PanelAnswer>(address, tick)
  const [asTable, setAsTable] = useState(false)
  const answered = data?.frames.A
  const frame = useMemo(() => answered && otherLast(answered), [answered])
  const empty = frame !== undefined && isEmpty(panel, frame)
  const drawing = panel.kind === 'timeseries' || panel.kind === 'piechart' || panel.kind === 'bargauge'
  const { x, y, w, h } = props.alone ? { x: 0, y: 0, w: 24, h: 20 } : panel.gridPos
  const heading = `panel-${panel.id}`
  return (
    <article
      class={`panel ${panel.kind} ${panel.kind === 'stat' && panel.hero ? 'hero' : ''} w${w} ${waiting && data ? 'waiting' : ''} ${props.alone ? 'alone' : ''}`}
      style={{
        '--x': String(x + 1),
        '--y': String(y + 1),
        '--w': String(w),
        '--h': String(h),
        '--n': String(props.span),
      }}
      aria-labelledby={heading}
      aria-busy={waiting}
      data-panel={panel.id}
    >
      <header>
        <h2 id={heading}>{panel.title}</h2>
        <Info title={panel.title} text={panel.description} />
        <span class="space" />
        {error && data && (
          <button type="button" class="stale" title={`${error} Press to ask again.`} onClick={retry}>
            not up to date
          </button>
        )}
        {panel.kind !== 'text' && (
          <span class="tools">
            {props.onCalls && (
              <button
                type="button"
                class="tool"
                aria-label={`Calls behind ${panel.title}`}
                title="Show the calls"
                onClick={props.onCalls}
              >
                <Icon name="list" />
              </button>
            )}
            {frame && !empty && drawing && (
              <button
                type="button"
                class="tool"
                aria-pressed={asTable}
                aria-label={asTable ? `${panel.title} as a chart` : `${panel.title} as a table`}
                title={asTable ? 'Show the chart' : 'Show the numbers'}
                onClick={() => setAsTable(!asTable)}
              >
                <Icon name={asTable ? 'chart' : 'table'} />
              </button>
            )}
            {frame && !empty && (
              <button
                type="button"
                class="tool"
                aria-label={`${panel.title} as a CSV file`}
                title="Download as CSV"
                onClick={() => download(fileName(panel, data), frame)}
              >
                <Icon name="download" />
              </button>
            )}
            {(panel.kind !== 'stat' || props.alone) && (
              <button
                type="button"
                class="tool"
                aria-pressed={props.alone}
                aria-label={props.alone ? 'Show all panels' : `Show only ${panel.title}`}
                title={props.alone ? 'Show all panels' : 'Show only this panel'}
                onClick={props.onExpand}
              >
                <Icon name={props.alone ? 'close' : 'expand'} />
              </button>
            )}
          </span>
        )}
      </header>
      <div class="body">
        {panel.kind === 'text' &&
          panel.text.split('\n\n').map((paragraph) => <p key={paragraph}>{paragraph}</p>)}
        {!data && !error && panel.kind !== 'text' && <Skeleton kind={panel.kind} />}
        {error && !data && (
          <div class="failed" role="status">
            <p>{error}</p>
            <button type="button" class="control" onClick={retry}>
              Try again
            </button>
          </div>
        )}
        {empty && <p class="empty">{emptyWords(panel.empty, props.filtered)}</p>}
        {frame &&
          !empty &&
          (asTable ? (
            <Table title={panel.title} columns={columnsOf(panel, frame)} frame={frame} zone={props.zone} />
          ) : (
            <Content {...props} frame={frame} buckets={data} />
          ))}
      </div>
    </article>
  )
}

function Content({
  panel,
  frame,
  buckets,
  zone,
  dark,
  onZoom,
  onPick,
  onChoose,
  onCall,
}: PanelProps & { frame: Frame; buckets: PanelAnswer }) {
  switch (panel.kind) {
    case 'stat':
      return <Stat panel={panel} frame={frame} />
    case 'timeseries':
      return <Chart {...{ panel, frame, buckets, zone, dark, onZoom, onPick }} />
    case 'piechart':
      return <Ring {...{ panel, frame, dark, onPick }} />
    case 'bargauge':
      return <Ranking {...{ panel, frame, dark, onPick }} />
    case 'table':
      return <Table title={panel.title} columns={panel.columns} {...{ frame, zone, onChoose, onCall }} />
    default:
      return null
  }
}

/** A description that keyboards and screens without a mouse reach, too. */
function Info({ title, text }: { title: string; text: string }) {
  return (
    <button type="button" class="info" aria-label={`About ${title}: ${text}`}>
      <Icon name="info" />
      <span class="tip" aria-hidden="true">
        {text}
      </span>
    </button>
  )
}

function Skeleton({ kind }: { kind: ManifestPanel['kind'] }) {
  const bars = kind === 'timeseries' ? 24 : kind === 'stat' ? 1 : 6
  return (
    <div class={`skeleton ${kind}`} aria-hidden="true">
      {Array.from({ length: bars }, (_, index) => (
        <i
          key={index}
          style={kind === 'timeseries' ? { height: `${30 + 50 * Math.abs(Math.sin(index * 1.3))}%` } : {}}
        />
      ))}
    </div>
  )
}

/** Why there is nothing: the range, and the filters where some are set. */
function emptyWords(words: string, filtered: boolean): string {
  return filtered && words.endsWith(' in this range') ? `${words} with these filters` : words
}

function isEmpty(panel: ManifestPanel, { fields }: Frame): boolean {
  const rows = fields[0]?.values.length ?? 0
  if (panel.kind === 'stat')
    return rows === 0 || (fields.find(({ name }) => name === panel.value)?.values[0] ?? null) === null
  if (panel.kind === 'table') return rows === 0
  const numbers = fields.filter(({ type }) => type === 'number' || type === 'decimal')
  return !numbers.some(({ values }) => values.some((value) => value !== null && Number(value) !== 0))
}

function columnsOf(panel: ManifestPanel, { fields }: Frame): Column[] {
  const titles = panel.kind === 'timeseries' ? (panel.series ?? []) : []
  return fields.map(({ name, type }) => {
    const title =
      titles.find((column) => column.name === name)?.title ??
      (name === 'label'
        ? panel.kind === 'piechart' || panel.kind === 'bargauge'
          ? (panel.entity ?? 'Name')
          : name
        : name)
    const capital =
      panel.kind === 'timeseries' && type !== 'time' ? title : title.charAt(0).toUpperCase() + title.slice(1)
    return type === 'time' || type === 'string'
      ? { name, title: capital }
      : { name, title: capital, unit: panel.unit }
  })
}

function fileName(panel: ManifestPanel, { from, to }: PanelAnswer): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 16).replace(':', '')
  return `spanmeter ${panel.title.toLowerCase().replace(/[^a-z0-9]+/g, '-')} ${day(from)}Z ${day(to)}Z`
}
