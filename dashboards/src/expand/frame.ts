/**
 * Results of ClickHouse as columns, shaped as Grafana shapes them.
 *
 * Invariant: amounts stay the decimal strings that ClickHouse wrote; only instants, counts and measurements
 * become numbers.
 * Source for long to wide: grafana/sqlds, by behaviour.
 */
import type { Summary, Target, Together } from '../model.ts'

/** A value: null is "unknown", never 0. */
export type Value = string | number | null

/** A column. `time`: ms since the Unix epoch; `decimal`: decimal strings. */
export interface Field {
  readonly name: string
  readonly type: 'time' | 'number' | 'decimal' | 'string'
  readonly values: readonly Value[]
}

/** Columns of equal length. */
export interface Frame {
  readonly fields: readonly Field[]
  /** Of an answer WITH TOTALS: how many rows there are without its LIMIT, and the totals of its columns. */
  readonly whole?: { readonly rows: number; readonly totals: readonly string[] }
}

/** What ClickHouse answers in its format JSONCompactStrings. */
export interface StringRows {
  readonly meta?: readonly { readonly name: string; readonly type: string }[]
  readonly data: readonly (readonly string[])[]
  readonly totals?: readonly string[]
  readonly rows_before_limit_at_least?: number
}

/** The target's query with its instants as milliseconds, whichever zone their columns have. */
export function withInstants(sql: string, { times = [] }: Pick<Target, 'times'>): string {
  if (times.length === 0) return sql
  const columns = times.map((name) => `toUnixTimestamp64Milli(toDateTime64(${name}, 3)) AS ${name}`)
  return `SELECT * REPLACE (${columns.join(', ')})\nFROM (\n${sql}\n)`
}

/** Columns of an answer; for `timeseries` in the wide form: `time`, then one column per series. */
export function frameOf(answer: StringRows, target: Pick<Target, 'format' | 'times'>): Frame {
  const { meta = [], data, totals, rows_before_limit_at_least: rows = data.length } = answer
  const fields = meta.map(({ name, type }, index) => {
    const kind = target.times?.includes(name) ? 'time' : kindOf(type)
    const nullable = type.includes('Nullable(')
    return {
      name,
      type: kind,
      values: data.map((row) => cellValue(row[index] ?? '', kind, nullable)),
    } satisfies Field
  })
  if (target.format === 'timeseries') return widen(fields)
  return totals === undefined ? { fields } : { fields, whole: { rows, totals } }
}

/** How the answer for several panels is read, of which `target` is one. */
export function readingOf(
  { times, kind }: Together,
  target: Target,
): Required<Pick<Target, 'format' | 'times'>> {
  return { times: times ?? target.times ?? [], format: kind === undefined ? target.format : 'table' }
}

/** A panel's part of it. */
export function partOf(
  whole: Frame,
  { columns, kind, place, most = Number.POSITIVE_INFINITY, single, summary }: Together,
  format: Target['format'],
): Frame {
  if (summary !== undefined) return summarise(whole, summary)
  const valuesOf = (name: string) => whole.fields.find((field) => field.name === name)?.values ?? []
  const names = format === 'timeseries' && kind === undefined ? ['time', ...columns] : columns
  const own = names.flatMap((name) => whole.fields.filter((field) => field.name === name))
  const only = (rows: readonly number[]): Field[] =>
    own.map((field) => ({ ...field, values: rows.map((row) => field.values[row] ?? null) }))
  if (single === true) return { fields: only([0]) }
  if (kind !== undefined) {
    const fields = only(valuesOf('kind').flatMap((value, row) => (value === kind ? [row] : [])))
    return format === 'timeseries' ? widen(fields) : { fields }
  }
  if (place === undefined) return { fields: own }
  const rows = valuesOf(place)
    .map((value, row) => ({ value, row }))
    .filter(({ value }) => value !== null && Number(value) <= most)
    .sort((one, other) => Number(one.value) - Number(other.value))
  return { fields: only(rows.map(({ row }) => row)) }
}

function summarise({ fields, whole }: Frame, { count, mean, of }: Summary): Frame {
  const rows = whole?.rows ?? 0
  const total = Number(whole?.totals[fields.findIndex(({ name }) => name === of)])
  const field = (name: string, value: Value): Field => ({ name, type: 'number', values: [value] })
  return { fields: [field(count, rows || null), field(mean, rows > 0 ? total / rows : null)] }
}

function kindOf(type: string): Field['type'] {
  const plain = type.replace(/^(?:LowCardinality\()?(?:Nullable\()?/, '')
  if (plain.startsWith('Decimal')) return 'decimal'
  return /^(?:U?Int|B?Float)/.test(plain) ? 'number' : 'string'
}

/** How this format writes NULL; a column that is not Nullable may contain it as text. */
const NULL = 'ᴺᵁᴸᴸ'

function cellValue(text: string, kind: Field['type'], nullable: boolean): Value {
  if (nullable && text === NULL) return null
  if (kind === 'string' || kind === 'decimal') return text
  const number = Number(text)
  return Number.isFinite(number) ? number : null
}

function widen(fields: readonly Field[]): Frame {
  const time = fields.find((field) => field.type === 'time')
  if (!time || time.values.length === 0) return { fields: [] }
  const labels = fields.filter((field) => field.type === 'string')
  const values = fields.filter((field) => field.type === 'number' || field.type === 'decimal')
  const instants = [...new Set(time.values as number[])].sort((a, b) => a - b)
  const place = new Map(instants.map((instant, index) => [instant, index]))
  const series = new Map<string, { name: string; type: Field['type']; values: Value[] }>()
  time.values.forEach((instant, row) => {
    for (const field of values) {
      const label = labels.map((column) => column.values[row]).join(', ')
      const name = labels.length === 0 ? field.name : values.length === 1 ? label : `${field.name} ${label}`
      let column = series.get(name)
      if (!column) {
        column = { name, type: field.type, values: instants.map(() => null) }
        series.set(name, column)
      }
      column.values[place.get(instant as number) ?? 0] = field.values[row] ?? null
    }
  })
  return { fields: [{ name: 'time', type: 'time', values: instants }, ...series.values()] }
}
