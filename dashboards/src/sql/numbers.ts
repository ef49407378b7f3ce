/**
 * Numbers of the same calls that several panels of a dashboard show.
 *
 * Invariant: each panel has a query of its own, with no more than its columns; the page asks one query for all panels and
 * takes their columns from its answer. Names are unique among the numbers, and an expression stands by itself.
 */
import { type Frame, totalOf } from '../expand/frame.ts'
import type { Target } from '../model.ts'
import { calls, type Measure } from './calls.ts'
import { columnList } from './columns.ts'
import { latency, type Sketch } from './latency.ts'
import { seriesTarget, tableTarget } from './target.ts'
import { sql, WITH_TOTALS } from './text.ts'
import { BEFORE, bucket, WITH_BUCKETS } from './time.ts'

/** Makes the target of a panel: its columns, by name. */
export type Pick = (...names: string[]) => Target

/**
 * Sums and quotients of the calls of the range; expressions are over `n_{measure}`, and over the range just before it in
 * `sumIf(…, earlier)`.
 */
export function numbersOfCalls(
  columns: Readonly<Record<string, string>>,
  dimensions: readonly string[] = [],
): Pick {
  const query = (names: readonly string[]) => {
    const expressions = names.map((name) => columns[name] ?? '')
    const compares = isIn('earlier', expressions)
    const list = listOf(columns, names)
    return sql`
      SELECT ${compares ? list.replaceAll(/\bsum\((\w+)\)/g, 'sumIf($1, NOT earlier)') : list}
      FROM ${calls({
        measures: measuresIn(expressions),
        dimensions: dimensions.filter((name) => isIn(name, expressions)),
        ...(compares ? { before: BEFORE } : {}),
      })}`
  }
  return picker(columns, query, tableTarget)
}

/** The same over time. */
export function numbersOverTime(columns: Readonly<Record<string, string>>): Pick {
  const query = (names: readonly string[]) => {
    const expressions = names.map((name) => columns[name] ?? '')
    return sql`
      ${WITH_BUCKETS}
      SELECT ${bucket('at')} AS time,
        ${listOf(columns, names)}
      FROM ${calls({ measures: measuresIn(expressions), bucketed: true })}
      GROUP BY time
      ORDER BY time`
  }
  return picker(columns, query, seriesTarget, ['time'])
}

/** Percentiles of durations, of the whole range and over time; expressions are made by `percentile`. */
export function numbersOfLatency(columns: Readonly<Record<string, string>>): { total: Pick; overTime: Pick } {
  const overTime = (names: readonly string[], totals = '') => sql`
    ${WITH_BUCKETS}
    SELECT ${bucket('at')} AS time,
      ${listOf(columns, names)}
    FROM ${latency({ sketches: sketchesIn(columns, names), bucketed: true })}
    GROUP BY time${totals}
    ORDER BY time`
  const all = overTime(Object.keys(columns), WITH_TOTALS)
  return {
    total: (...names) => totalOfLatency(columns, names, all),
    overTime: (...names) => ({
      ...seriesTarget(overTime(names)),
      together: { sql: all, times: ['time'], columns: ['time', ...names] },
    }),
  }
}

/** The percentiles of the whole range that are in the totals of a query which has them by something. */
export function totalOfLatency(
  columns: Readonly<Record<string, string>>,
  names: readonly string[],
  all: string,
): Target {
  const own = sql`
    SELECT ${listOf(columns, names)}
    FROM ${latency({ sketches: sketchesIn(columns, names) })}`
  const row = (whole: Frame) => Object.fromEntries(names.map((name) => [name, totalOf(whole, name)]))
  return { ...tableTarget(own), together: { sql: all, times: ['time'], columns: [], row } }
}

function sketchesIn(columns: Readonly<Record<string, string>>, names: readonly string[]): Sketch[] {
  const expressions = names.map((name) => columns[name] ?? '')
  return (['latency', 'ttfc', 'arrival'] satisfies Sketch[]).filter((name) => isIn(name, expressions))
}

function picker(
  columns: Readonly<Record<string, string>>,
  query: (names: readonly string[]) => string,
  target: (sql: string) => Target,
  before: readonly string[] = [],
): Pick {
  const all = query(Object.keys(columns))
  return (...names) => {
    const unknown = names.filter((name) => !Object.hasOwn(columns, name))
    if (unknown.length > 0)
      throw new Error(`cannot make a panel of ${unknown.join(', ')}: there is no such number`)
    const own = target(query(names))
    return { ...own, together: { sql: all, times: own.times ?? [], columns: [...before, ...names] } }
  }
}

function listOf(columns: Readonly<Record<string, string>>, names: readonly string[]): string {
  return columnList(Object.fromEntries(names.map((name) => [name, columns[name] ?? ''])))
}

function measuresIn(expressions: readonly string[]): Measure[] {
  const found = expressions.flatMap((text) => [...text.matchAll(/\bn_([a-z_]+)/g)].map(([, name]) => name))
  return [...new Set(found)] as Measure[]
}

function isIn(name: string, expressions: readonly string[]): boolean {
  return expressions.some((text) => new RegExp(`\\b${name}\\b`).test(text))
}
