/**
 * Answers as tables: CSV and JSON lines.
 *
 * Invariant: no cell can be taken for a formula by a spreadsheet, and no number changes on the way.
 */
import { type BooleanParameter, booleanParameter } from './boolean-parameter.ts'

/** A value of a cell; null is empty. */
export type Cell = string | number | boolean | null

/** An answer as a table. */
export interface Table {
  /** File name without its extension, of letters, digits and dashes. */
  readonly name: string
  readonly header: readonly string[]
  readonly rows: Iterable<readonly Cell[]>
}

/** The formats of a table, and what they are called over HTTP. */
export const TABLE_FORMATS = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/x-ndjson',
} as const
export type TableFormat = keyof typeof TABLE_FORMATS

/** In front of a CSV file, it tells Excel that the text is UTF-8. */
export const BYTE_ORDER_MARK = '\uFEFF'

/** The parameter that asks for it. */
export const bomParameter: BooleanParameter = booleanParameter(
  'Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none.',
)

const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/
const NUMBER = /^-?\d+(\.\d+)?$/

/** One cell of a CSV file. Texts that a spreadsheet would run get an apostrophe in front; numbers stay. */
function csvCell(value: Cell): string {
  if (value === null) return ''
  if (typeof value !== 'string') return String(value)
  const safe = FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value
  return /[",\r\n;\t]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** One line of a CSV file (RFC 4180), with its end. */
function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`
}

/** Writes a whole table. */
export function writeTable({ header, rows }: Table, format: TableFormat): string {
  const lines = format === 'csv' ? [csvLine(header)] : []
  for (const row of rows)
    lines.push(
      format === 'csv'
        ? csvLine(row)
        : `${JSON.stringify(Object.fromEntries(header.map((name, index) => [name, row[index] ?? null])))}\n`,
    )
  return lines.join('')
}

/** A table of records, one column for each of their fields; records inside records become `outer_inner`. */
export function tableOf(name: string, records: readonly object[], header?: readonly string[]): Table {
  const flat = records.map((record) => flatten(record))
  const columns = header ?? [...new Set(flat.flatMap((record) => Object.keys(record)))]
  return {
    name,
    header: columns,
    rows: flat.map((record) => columns.map((column) => record[column] ?? null)),
  }
}

function flatten(record: object, prefix = ''): Record<string, Cell> {
  const cells: Record<string, Cell> = {}
  for (const [name, value] of Object.entries(record)) {
    if (Array.isArray(value)) continue
    if (typeof value === 'object' && value !== null) Object.assign(cells, flatten(value, `${prefix}${name}_`))
    else cells[`${prefix}${name}`] = value
  }
  return cells
}
