/**
 * The last step of expansion, the one that the ClickHouse data source does on Grafana's server: time macros.
 *
 * Invariant: the text that comes out is the same that the data source makes, and a macro that it does not know
 * is refused here instead of becoming a syntax error somewhere else.
 * Source: grafana/clickhouse-datasource 4.20, pkg/macros, by behaviour.
 */
import { type ExpandContext, ExpandError } from './context.ts'
import { readArguments, skip } from './scan.ts'

interface Macro {
  readonly count: number
  readonly expand: (context: ExpandContext, ...args: string[]) => string
}

const seconds = (ms: number) => `toDateTime(${Math.floor(ms / 1_000)})`
const millis = (ms: number) => `fromUnixTimestamp64Milli(${ms})`
const date = (ms: number) => `toDate('${new Date(ms).toISOString().slice(0, 10)}')`
const intervalSeconds = ({ intervalMs }: ExpandContext) => Math.max(Math.trunc(intervalMs / 1_000), 1)
const between = (column: string, from: string, to: string) => `${column} >= ${from} AND ${column} <= ${to}`
const dates = ({ from, to }: ExpandContext, column: string) => between(column, date(from), date(to))
const times = ({ from, to }: ExpandContext, column: string) => between(column, seconds(from), seconds(to))

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 }

const MACROS: Readonly<Record<string, Macro>> = {
  timeFilter: { count: 1, expand: (c, column = '') => times(c, column) },
  timeFilter_ms: { count: 1, expand: (c, column = '') => between(column, millis(c.from), millis(c.to)) },
  dateFilter: { count: 1, expand: (c, column = '') => dates(c, column) },
  dateTimeFilter: {
    count: 2,
    expand: (c, day = '', time = '') => `(${dates(c, day)}) AND (${times(c, time)})`,
  },
  dt: { count: 2, expand: (c, day = '', time = '') => `(${dates(c, day)}) AND (${times(c, time)})` },
  fromTime: { count: 0, expand: (c) => seconds(c.from) },
  toTime: { count: 0, expand: (c) => seconds(c.to) },
  fromTime_ms: { count: 0, expand: (c) => millis(c.from) },
  toTime_ms: { count: 0, expand: (c) => millis(c.to) },
  timeFrom: { count: 1, expand: (c, column) => `${column} >= ${seconds(c.from)}` },
  timeTo: { count: 1, expand: (c, column) => `${column} <= ${seconds(c.to)}` },
  timeInterval: {
    count: 1,
    expand: (c, column) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalSeconds(c)} second)`,
  },
  timeInterval_ms: {
    count: 1,
    expand: (c, column) =>
      `toStartOfInterval(toDateTime64(${column}, 3), INTERVAL ${Math.max(c.intervalMs, 1)} millisecond)`,
  },
  timeGroup: {
    count: 2,
    expand: (_, column, step = '') => {
      const [, count, unit = ''] = step.match(/^(\d+)([smh])$/) ?? []
      const length = Number(count) * (UNITS[unit] ?? Number.NaN)
      if (!(length > 0))
        throw new ExpandError(`cannot expand $__timeGroup: ${step} is no duration like 30s, 5m or 1h`)
      return `toStartOfInterval(toDateTime(${column}), INTERVAL ${length} second)`
    },
  },
  interval_s: { count: 0, expand: (c) => String(intervalSeconds(c)) },
}

/** Replaces every macro outside of literals and comments, inner ones first. Throws `ExpandError`. */
export function expandMacros(sql: string, context: ExpandContext): string {
  let out = ''
  for (let at = 0; at < sql.length; ) {
    const literal = skip(sql, at)
    if (literal > at) {
      out += sql.slice(at, literal)
      at = literal
      continue
    }
    const name = sql.startsWith('$__', at) ? (/^\w+/.exec(sql.slice(at + 3))?.[0] ?? '') : undefined
    if (name === undefined) {
      out += sql[at++]
      continue
    }
    const macro = Object.hasOwn(MACROS, name) ? MACROS[name] : undefined
    if (!macro)
      throw new ExpandError(
        `cannot expand $__${name}: there is no such macro; it has ${Object.keys(MACROS).join(', ')}`,
      )
    const open = at + 3 + name.length
    const { args, end } = sql[open] === '(' ? readArguments(sql, open) : { args: [], end: open }
    if (args.length !== macro.count) {
      throw new ExpandError(`cannot expand $__${name}: it takes ${macro.count} arguments, not ${args.length}`)
    }
    out += macro.expand(context, ...args.map((arg) => expandMacros(arg, context)))
    at = end
  }
  return out
}
