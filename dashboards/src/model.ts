/**
 * What a dashboard is: one small typed model from which Grafana's JSON and the collector's own page are made.
 *
 * Invariant: SQL lives in targets and variables only, and nothing but the collector and Grafana ever sees it.
 * What the browser gets is `Manifest`, which has none.
 */
import type { Frame, Value } from './expand/frame.ts'

/** What a number means; both renderers derive their formatting from it. */
export type Unit = 'usd' | 'count' | 'amount' | 'tokens' | 'percent' | 'seconds' | 'bytes' | 'rate' | 'none'

/** Where a panel sits: 24 columns wide, rows of 30 px in Grafana and about as much on the page. */
export interface GridPos {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** One query. `timeseries` is long or wide with a first column `time`; `table` is taken as it comes. */
export interface Target {
  readonly refId: string
  readonly format: 'timeseries' | 'table'
  readonly sql: string
  /** Columns that are instants, as the page needs them in one representation. */
  readonly times?: readonly string[]
  readonly together?: Together
}

/** Stands in {@link Together.sql} for what was found first. */
export const CANDIDATES = '__candidates__'

/** A query that answers a panel and others: what the page asks instead. */
export interface Together {
  readonly sql: string
  /** A query that is asked before; its column `candidate`, whole numbers, comes in the place of `CANDIDATES`. */
  readonly first?: string
  /** Columns of its answer that are instants; absent = those of the panel's own query. */
  readonly times?: readonly string[]
  /** The columns of its answer that are this panel's; of a time series also `time`, and what its series are called. */
  readonly columns: readonly string[]
  /** Which rows of the answer are the panel's, by what a row has in a column; absent = all. */
  readonly rows?: (valueIn: (column: string) => Value) => boolean
  /** How many of those, from the first on; absent = all. */
  readonly most?: number
  /** Instead of rows: one row about the whole answer, by the names of its columns. */
  readonly row?: (whole: Frame) => Readonly<Record<string, number | null>>
}

/** From this value on, the number asks for attention. */
export interface Threshold {
  readonly value: number
  readonly level: 'warning' | 'critical'
}

/** How a word is meant, and so the colour that it has. */
export type Tone = 'quiet' | 'info' | 'good' | 'warning' | 'critical' | 'lapsed'

/** A column of a table, or a series of a chart, by the name that the SQL gives it. */
export interface Column {
  readonly name: string
  readonly title: string
  readonly unit?: Unit
  /** Draw the value also as a bar, relative to the largest of the column; parts of a whole relative to the whole. */
  readonly bar?: boolean
  /** The column whose tone the bar has. */
  readonly barTone?: string
  /** From these values on, the bar has the colour of a level, where `barTone` is not known. */
  readonly thresholds?: readonly Threshold[]
  /** Word → how it is meant; it stands in that colour. */
  readonly tones?: Readonly<Record<string, Tone>>
  /** A sentence: it gets the room that is left. */
  readonly wide?: boolean
  /** A change: always with its sign. */
  readonly signed?: boolean
  /** The variable that a value of this column can be chosen for. */
  readonly entity?: string
  /** The column names a call, `{trace id}/{span id}`, that can be looked at; the row has its instant as `time`. */
  readonly opens?: 'call'
}

/** Which calls stand behind a panel, beside the chosen range and variables; as the API's events have it. */
export interface CallQuery {
  /** A range of its own, as Grafana writes it, where the panel does not follow the chosen one. */
  readonly from?: string
  readonly to?: string
  readonly sort?: 'timestamp' | '-timestamp' | '-cost' | '-tokens' | '-duration'
  readonly status?: 'error'
  readonly unpriced?: 'true'
  readonly usage_source?: 'estimated' | 'missing'
}

/** The smaller text below the number of a stat: `{label} {value}`. */
export interface Caption {
  readonly column: string
  readonly label: string
  readonly unit: Unit
}

interface PanelBase {
  /** Stable for ever within its dashboard: links and ClickHouse's query log refer to it. */
  readonly id: number
  readonly title: string
  /** A sentence that says what exactly is counted. */
  readonly description: string
  readonly unit: Unit
  /** Digits after the point; absent = as many as the value needs. */
  readonly decimals?: number
  readonly targets: readonly Target[]
  readonly thresholds?: readonly Threshold[]
  /** Shown where there is nothing to draw. */
  readonly empty: string
  readonly gridPos: GridPos
  /** The calls to list when somebody asks what is behind the panel; absent where it is not about calls. */
  readonly calls?: CallQuery
  /** At most so many buckets over the range; the interval follows from it. */
  readonly maxDataPoints?: number
  /** No bucket is shorter: what is sampled more rarely would have gaps. */
  readonly minIntervalMs?: number
}

/** One number of a one-row table, with captions from other columns of it. */
export interface StatPanel extends PanelBase {
  readonly kind: 'stat'
  /** The column that is the number. */
  readonly value: string
  readonly captions?: readonly Caption[]
  /** Larger: one of the numbers that the dashboard is about. */
  readonly hero?: boolean
}

/** Values over time, a series per label or per column. */
export interface TimeseriesPanel extends PanelBase {
  readonly kind: 'timeseries'
  readonly draw: 'line' | 'bars' | 'area'
  readonly stacked: boolean
  /** Names of wide columns; long results name their series by label. */
  readonly series?: readonly Column[]
  /** Which kind of thing the series are, so that it has one colour everywhere. */
  readonly entity?: string
}

/** A part of a whole, or a ranking: the first column is the label, the named one the value. */
export interface SharePanel extends PanelBase {
  readonly kind: 'piechart' | 'bargauge'
  readonly label: string
  readonly value: string
  readonly entity?: string
}

/** Rows as they come. */
export interface TablePanel extends PanelBase {
  readonly kind: 'table'
  readonly columns: readonly Column[]
}

/** Words. Paragraphs are separated by an empty line. */
export interface TextPanel extends PanelBase {
  readonly kind: 'text'
  readonly text: string
}

/** Every kind of panel. */
export type Panel = StatPanel | TimeseriesPanel | SharePanel | TablePanel | TextPanel

/** A filter that the viewer of a dashboard sets; several values, or all. */
export interface Variable {
  readonly name: string
  readonly label: string
  /** One column, the values in the order to offer them. May use the time macros, but no other variable. */
  readonly sql: string
}

/** A dashboard. */
export interface Dashboard {
  /** Stable for ever: addresses contain it. */
  readonly uid: string
  readonly title: string
  readonly description: string
  readonly tags: readonly string[]
  /** Range when the address names none, as Grafana writes it. */
  readonly time: { readonly from: string; readonly to: string }
  /** Refresh when the address names none; `30s`. */
  readonly refresh: string
  readonly variables: readonly Variable[]
  readonly panels: readonly Panel[]
}

type WithoutSql<T> = T extends Panel ? Omit<T, 'targets'> & { readonly refIds: readonly string[] } : never

/** A panel as the browser knows it. */
export type ManifestPanel = WithoutSql<Panel>

/** A dashboard as the browser knows it: everything but SQL. */
export interface Manifest extends Omit<Dashboard, 'variables' | 'panels'> {
  readonly variables: readonly Omit<Variable, 'sql'>[]
  readonly panels: readonly ManifestPanel[]
}

/** Takes the SQL out of a dashboard. */
export function manifestOf({ variables, panels, ...dashboard }: Dashboard): Manifest {
  return {
    ...dashboard,
    variables: variables.map(({ name, label }) => ({ name, label })),
    panels: panels.map(({ targets, ...panel }) => ({
      ...panel,
      refIds: targets.map((target) => target.refId),
    })) as ManifestPanel[],
  }
}
