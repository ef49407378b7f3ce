/**
 * The builder of a column of maps.
 *
 * Invariant: rows are ended in order, one `endRow` each: what was added before it belongs to that row.
 */
import type { Bytes } from './bytes.ts'
import {
  type Column,
  FixedColumn,
  LOW_CARDINALITY_VERSION,
  LowCardinalityColumn,
  StringColumn,
} from './columns.ts'

/** A `Map(LowCardinality(String), String)` column. */
export class MapColumn implements Column {
  readonly name: string
  readonly type = 'Map(LowCardinality(String), String)'
  readonly #keys: LowCardinalityColumn
  readonly #values: StringColumn
  /** How many entries there are up to and with each row. */
  readonly #ends: FixedColumn

  constructor(name: string) {
    this.name = name
    this.#keys = new LowCardinalityColumn(name)
    this.#values = new StringColumn(name)
    this.#ends = new FixedColumn(name, 'UInt64', 8)
  }

  get isEmpty(): boolean {
    return this.#keys.isEmpty
  }

  /** Adds an entry to the row that `endRow` ends; `key` is the same object whenever it is the same text. */
  add(key: Bytes, keyStart: number, keyEnd: number, source: Bytes, start: number, end: number): void {
    const entry = this.#keys.rows
    this.#keys.set(entry, key, keyStart, keyEnd)
    this.#values.set(entry, source, start, end)
  }

  /** Ends `row`: what was added since the last one are its entries. */
  endRow(row: number): void {
    this.#ends.set(row, this.#keys.rows)
  }

  truncate(rows: number): void {
    this.#ends.truncate(rows)
    const entries = rows === 0 ? 0 : this.#ends.bytes.data.getUint32((rows - 1) * 8, true)
    this.#keys.truncate(entries)
    this.#values.truncate(entries)
  }

  clear(): void {
    this.#ends.clear()
    this.#keys.clear()
    this.#values.clear()
  }

  encode(rows: number): Buffer[] {
    const entries = this.#keys.rows
    return [
      LOW_CARDINALITY_VERSION,
      ...this.#ends.encode(rows),
      ...this.#keys.encodeBody(entries),
      ...this.#values.encode(entries),
    ]
  }
}
