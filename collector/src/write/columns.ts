/**
 * Column builders: each holds the values of one column as ClickHouse's Native format wants them.
 *
 * Invariant: a builder never holds more rows than were added since its last `truncate`; a row that was
 * taken back leaves no trace but an unused dictionary entry.
 * Format: https://clickhouse.com/docs/interfaces/formats/Native and the serializations of its source.
 */
import { Bytes } from './bytes.ts'
import { Dictionary } from './dictionary.ts'

/** One column of a block. */
export interface Column {
  readonly name: string
  /** Exactly as ClickHouse prints the type. */
  readonly type: string
  /** Forgets all rows from `rows` on. */
  truncate(rows: number): void
  /** The column's data for the rows that it holds. */
  encode(): Buffer[]
}

/** Values of a fixed number of bytes; the caller writes them at the offset that `next` returns. */
export class FixedColumn implements Column {
  readonly name: string
  readonly type: string
  readonly data: Bytes
  readonly #width: number

  constructor(name: string, type: string, width: number) {
    this.name = name
    this.type = type
    this.#width = width
    this.data = new Bytes(width * 1024)
  }

  /** Adds a row and returns the offset of its bytes in `data.buffer`. */
  next(): number {
    return this.data.reserve(this.#width)
  }

  /** Adds a row with a whole number below 2^53, little endian over the column's width (1, 2 or 8 bytes). */
  add(value: number): void {
    const at = this.data.reserve(this.#width)
    const { buffer } = this.data
    if (this.#width === 8) {
      if (value === 0) {
        for (let i = 0; i < 8; i++) buffer[at + i] = 0
      } else {
        buffer.writeUInt32LE(value >>> 0, at)
        buffer.writeUInt32LE(Math.floor(value / 4294967296) >>> 0, at + 4)
      }
    } else if (this.#width === 2) {
      buffer.writeUInt16LE(value, at)
    } else {
      buffer[at] = value
    }
  }

  truncate(rows: number): void {
    this.data.truncate(rows * this.#width)
  }

  encode(): Buffer[] {
    return [this.data.view()]
  }
}

/** A `Nullable` column over fixed-width values; a NULL row still has its bytes. */
export class NullableColumn implements Column {
  readonly name: string
  readonly type: string
  readonly values: FixedColumn
  readonly #nulls: FixedColumn

  constructor(name: string, type: string, width: number) {
    this.name = name
    this.type = `Nullable(${type})`
    this.values = new FixedColumn(name, type, width)
    this.#nulls = new FixedColumn(name, 'UInt8', 1)
  }

  /** Adds a row; the caller writes its bytes at the offset that this returns, zeros for NULL. */
  next(isNull: boolean): number {
    this.#nulls.add(isNull ? 1 : 0)
    return this.values.next()
  }

  /** Makes the row that was added last NULL; `at` is what `next` returned for it. */
  makeNull(at: number): void {
    this.#nulls.data.buffer[this.#nulls.data.length - 1] = 1
    this.values.data.buffer.fill(0, at, this.values.data.length)
  }

  truncate(rows: number): void {
    this.values.truncate(rows)
    this.#nulls.truncate(rows)
  }

  encode(): Buffer[] {
    return [...this.#nulls.encode(), ...this.values.encode()]
  }
}

/** A `String` column. */
export class StringColumn implements Column {
  readonly name: string
  readonly type = 'String'
  readonly data: Bytes = new Bytes(64 * 1024)
  #starts = new Int32Array(1024)
  #rows = 0

  constructor(name: string) {
    this.name = name
  }

  get rows(): number {
    return this.#rows
  }

  add(source: Buffer, start: number, end: number): void {
    this.begin()
    this.data.string(source, start, end)
  }

  /** Counts a row whose bytes, length first, the caller appends to `data`. */
  begin(): void {
    if (this.#rows === this.#starts.length) {
      const wider = new Int32Array(this.#rows * 2)
      wider.set(this.#starts)
      this.#starts = wider
    }
    this.#starts[this.#rows++] = this.data.length
  }

  /** The text of a row that is shorter than 128 bytes and ASCII, as ids are. */
  at(row: number): string {
    const { buffer } = this.data
    const start = this.#starts[row] as number
    return buffer.toString('latin1', start + 1, start + 1 + (buffer[start] as number))
  }

  truncate(rows: number): void {
    if (rows >= this.#rows) return
    this.data.truncate(this.#starts[rows] as number)
    this.#rows = rows
  }

  encode(): Buffer[] {
    return [this.data.view()]
  }
}

const LOW_CARDINALITY_VERSION = u64(1)
/** The block brings its own dictionary whole: HasAdditionalKeys and NeedUpdateDictionary. */
const OWN_DICTIONARY = 0x600

/** A `LowCardinality(String)` column. */
export class LowCardinalityColumn implements Column {
  readonly name: string
  readonly type = 'LowCardinality(String)'
  readonly dictionary: Dictionary = new Dictionary()
  #numbers = new Uint32Array(1024)
  #rows = 0

  constructor(name: string) {
    this.name = name
  }

  get rows(): number {
    return this.#rows
  }

  add(source: Buffer, start: number, end: number): void {
    this.addNumber(this.dictionary.number(source, start, end))
  }

  /** Adds a row by its number in `dictionary`. */
  addNumber(number: number): void {
    if (this.#rows === this.#numbers.length) {
      const wider = new Uint32Array(this.#rows * 2)
      wider.set(this.#numbers)
      this.#numbers = wider
    }
    this.#numbers[this.#rows++] = number
  }

  truncate(rows: number): void {
    this.#rows = Math.min(this.#rows, rows)
  }

  encode(): Buffer[] {
    return [LOW_CARDINALITY_VERSION, ...this.encodeBody()]
  }

  /** The data without the version, which a `Map` puts before its offsets. */
  encodeBody(): Buffer[] {
    if (this.#rows === 0) return []
    const { size, encoded } = this.dictionary
    const [kind, numbers] = narrow(this.#numbers.subarray(0, this.#rows), size)
    return [u64(kind + OWN_DICTIONARY), u64(size), encoded.view(), u64(this.#rows), numbers]
  }
}

/** A `Map(LowCardinality(String), String)` column. */
export class MapColumn implements Column {
  readonly name: string
  readonly type = 'Map(LowCardinality(String), String)'
  readonly keys: LowCardinalityColumn
  readonly values: StringColumn
  readonly #offsets: FixedColumn

  constructor(name: string) {
    this.name = name
    this.keys = new LowCardinalityColumn(name)
    this.values = new StringColumn(name)
    this.#offsets = new FixedColumn(name, 'UInt64', 8)
  }

  /** Ends a row: the keys and values that were added since the last one are its entries. */
  endRow(): void {
    this.#offsets.add(this.keys.rows)
  }

  truncate(rows: number): void {
    const entries = rows === 0 ? 0 : this.#offsets.data.buffer.readUInt32LE((rows - 1) * 8)
    this.#offsets.truncate(rows)
    this.keys.truncate(entries)
    this.values.truncate(entries)
  }

  encode(): Buffer[] {
    return [
      LOW_CARDINALITY_VERSION,
      ...this.#offsets.encode(),
      ...this.keys.encodeBody(),
      ...this.values.encode(),
    ]
  }
}

/** Puts columns with `rows` rows each together as one Native block. */
export function encodeBlock(columns: readonly Column[], rows: number): Buffer {
  const head = new Bytes(16)
  head.varint(columns.length)
  head.varint(rows)
  const parts: Buffer[] = [head.view()]
  for (const column of columns) {
    const title = new Bytes(64)
    for (const text of [column.name, column.type]) {
      const bytes = Buffer.from(text)
      title.string(bytes, 0, bytes.length)
    }
    parts.push(title.view(), ...column.encode())
  }
  return Buffer.concat(parts)
}

function narrow(numbers: Uint32Array, size: number): [kind: number, data: Buffer] {
  if (size <= 256) return [0, Buffer.from(Uint8Array.from(numbers).buffer)]
  if (size <= 65536) return [1, Buffer.from(Uint16Array.from(numbers).buffer)]
  return [2, Buffer.from(numbers.slice().buffer)]
}

function u64(value: number): Buffer {
  const bytes = new Bytes(8)
  bytes.u64(value)
  return bytes.view()
}
