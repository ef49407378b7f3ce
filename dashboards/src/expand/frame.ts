/**
 * Results of ClickHouse as columns, shaped as Grafana shapes them.
 *
 * Invariant: amounts stay the decimal strings that ClickHouse wrote; only instants, counts and measurements
 * become numbers.
 * Source for long to wide: grafana/sqlds, by behaviour.
 */
import type { Target, Together } from '../model.ts'

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

/** A panel's part of an answer for several, which was read as a table. */
export function partOf(
  whole: Frame,
  { columns, rows, most, row: about }: Together,
  format: Target['format'],
): Frame {
  if (about !== undefined) {
    const values = Object.entries(about(whole))
    return { fields: values.map(([name, value]) => ({ name, type: 'number', values: [value] })) }
  }
  const byName = new Map(whole.fields.map((field) => [field.name, field]))
  const count = whole.fields[0]?.values.length ?? 0
  const all = Array.from({ length: count }, (_, row) => row)
  const own =
    rows === undefined ? all : all.filter((row) => rows((name) => byName.get(name)?.values[row] ?? null))
  const shown = own.slice(0, most)
  const fields = columns.flatMap((name) => {
    const field = byName.get(name)
    return field === undefined ? [] : [{ ...field, values: shown.map((row) => field.values[row] ?? null) }]
  })
  return format === 'timeseries' ? widen(fields) : { fields }
}

/** How many rows an answer WITH TOTALS would have without its LIMIT. */
export function rowsOf({ whole }: Frame): number {
  return whole?.rows ?? 0
}

/** A column of the totals of such an answer; null where they are not known. */
export function totalOf({ fields, whole }: Frame, column: string): number | null {
  const index = fields.findIndex(({ name }) => name === column)
  const text = whole?.totals[index]
  return text === undefined || text === NULL ? null : Number(text)
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
