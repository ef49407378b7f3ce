/**
 * Column builders: each holds the values of one column as ClickHouse's Native format wants them.
 *
 * Invariant: a row that nobody set holds the type's default, and costs nothing until a later row is set or the
 * block is encoded: most columns of most spans are empty. A row that was taken back leaves no trace but an
 * unused dictionary entry.
 * Format: https://clickhouse.com/docs/interfaces/formats/Native and the serializations of its source.
 */
import { Bytes } from './bytes.ts'
import { Dictionary } from './dictionary.ts'

/** One column of a block. */
export interface Column {
  readonly name: string
  /** Exactly as ClickHouse prints the type. */
  readonly type: string
  /** Whether no row was set: all have the type's default. */
  readonly isEmpty: boolean
  /** Forgets all rows from `rows` on. */
  truncate(rows: number): void
  /** Forgets everything and keeps the memory for the next block. */
  clear(): void
  /** The column's data for the first `rows` rows. */
  encode(rows: number): Buffer[]
}

/** Values of a fixed number of bytes; the caller writes them at the offset that `at` returns. */
export class FixedColumn implements Column {
  readonly name: string
  readonly type: string
  readonly bytes: Bytes
  readonly #width: number
  readonly #fill: number

  /** Rows that nobody set consist of bytes `fill`. */
  constructor(name: string, type: string, width: number, fill = 0) {
    this.name = name
    this.type = type
    this.#width = width
    this.#fill = fill
    this.bytes = new Bytes(width * 1024)
  }

  get isEmpty(): boolean {
    return this.bytes.length === 0
  }

  /** Where the bytes of `row` are; rows are set in ascending order. What they hold is for the caller to write. */
  at(row: number): number {
    const at = row * this.#width
    if (this.bytes.length !== at) this.#align(at)
    return this.bytes.reserve(this.#width)
  }

  /** Sets a row to a whole number below 2^53, little endian over the column's width (1, 2 or 8 bytes). */
  set(row: number, value: number): void {
    const at = this.at(row)
    const { data } = this.bytes
    if (this.#width === 8) {
      data.setUint32(at, value >>> 0, true)
      data.setUint32(at + 4, value > 4294967295 ? Math.floor(value / 4294967296) : 0, true)
    } else if (this.#width === 2) {
      data.setUint16(at, value, true)
    } else {
      data.setUint8(at, value)
    }
  }

  /** Changes a row of one byte that was set before, if it was. */
  change(row: number, value: number): void {
    if (row < this.bytes.length) this.bytes.data.setUint8(row, value)
  }

  /** Sets a row to an unsigned 64-bit number in two halves. */
  setHalves(row: number, low: number, high: number): void {
    const at = this.at(row)
    this.bytes.data.setUint32(at, low, true)
    this.bytes.data.setUint32(at + 4, high, true)
  }

  truncate(rows: number): void {
    this.bytes.truncate(Math.min(this.bytes.length, rows * this.#width))
  }

  clear(): void {
    this.truncate(0)
  }

  encode(rows: number): Buffer[] {
    this.#align(rows * this.#width)
    return [this.bytes.view()]
  }

  #align(end: number): void {
    const { length } = this.bytes
    if (length >= end) {
      this.bytes.truncate(end)
      return
    }
    this.bytes.reserve(end - length)
    this.bytes.buffer.fill(this.#fill, length, end)
  }
}

/** A `Nullable` column over fixed-width values: NULL where nobody set it. */
export class NullableColumn implements Column {
  readonly name: string
  readonly type: string
  readonly values: FixedColumn
  readonly #nulls: FixedColumn

  constructor(name: string, type: string, width: number) {
    this.name = name
    this.type = `Nullable(${type})`
    this.values = new FixedColumn(name, type, width)
    this.#nulls = new FixedColumn(name, 'UInt8', 1, 1)
  }

  get isEmpty(): boolean {
    return this.#nulls.isEmpty
  }

  /** Makes `row` a value and returns the offset where the caller writes its bytes. */
  at(row: number): number {
    this.#nulls.set(row, 0)
    return this.values.at(row)
  }

  truncate(rows: number): void {
    this.values.truncate(rows)
    this.#nulls.truncate(rows)
  }

  clear(): void {
    this.truncate(0)
  }

  encode(rows: number): Buffer[] {
    return [...this.#nulls.encode(rows), ...this.values.encode(rows)]
  }
}

/** A `String` column. */
export class StringColumn implements Column {
  readonly name: string
  readonly type = 'String'
  /** The texts, each with its length before it. */
  readonly bytes: Bytes = new Bytes(4096)
  #starts = new Int32Array(1024)
  #rows = 0

  constructor(name: string) {
    this.name = name
  }

  get rows(): number {
    return this.#rows
  }

  get isEmpty(): boolean {
    return this.#rows === 0
  }

  set(row: number, source: Bytes, start: number, end: number): void {
    if (this.#rows !== row) this.#align(row)
    if (row === this.#starts.length) this.#widen()
    this.#starts[row] = this.bytes.length
    this.#rows = row + 1
    this.bytes.string(source, start, end)
  }

  /** The text of a row that is shorter than 128 bytes and ASCII, as ids are. */
  at(row: number): string {
    if (row >= this.#rows) return ''
    const { buffer } = this.bytes
    const start = this.#starts[row] as number
    return buffer.toString('latin1', start + 1, start + 1 + (buffer[start] as number))
  }

  truncate(rows: number): void {
    if (rows >= this.#rows) return
    this.bytes.truncate(this.#starts[rows] as number)
    this.#rows = rows
  }

  clear(): void {
    this.truncate(0)
  }

  encode(rows: number): Buffer[] {
    this.#align(rows)
    return [this.bytes.view()]
  }

  #align(rows: number): void {
    this.truncate(rows)
    while (this.#rows < rows) {
      if (this.#rows === this.#starts.length) this.#widen()
      this.#starts[this.#rows++] = this.bytes.length
      const at = this.bytes.reserve(1)
      this.bytes.buffer[at] = 0
    }
  }

  #widen(): void {
    const wider = new Int32Array(this.#starts.length * 2)
    wider.set(this.#starts)
    this.#starts = wider
  }
}

/** Comes before the data of a column that has a dictionary. */
export const LOW_CARDINALITY_VERSION: Buffer = u64(1)
/** The block brings its own dictionary whole: HasAdditionalKeys and NeedUpdateDictionary. */
const OWN_DICTIONARY = 0x600

/** A `LowCardinality(String)` column. */
export class LowCardinalityColumn implements Column {
  readonly name: string
  readonly type = 'LowCardinality(String)'
  readonly dictionary: Dictionary = new Dictionary()
  #numbers = new Uint32Array(1024)
  #rows = 0
  #word: Bytes | undefined
  #wordNumber = 0

  constructor(name: string) {
    this.name = name
  }

  get rows(): number {
    return this.#rows
  }

  get isEmpty(): boolean {
    return this.#rows === 0
  }

  set(row: number, source: Bytes, start: number, end: number): void {
    this.setNumber(row, this.dictionary.number(source, start, end))
  }

  /** Sets a row to a text that is the same object whenever it is the same text. */
  setWord(row: number, word: Bytes): void {
    if (word !== this.#word) {
      this.#word = word
      this.#wordNumber = this.dictionary.number(word, 0, word.length)
    }
    this.setNumber(row, this.#wordNumber)
  }

  /** Sets a row by its number in `dictionary`. */
  setNumber(row: number, number: number): void {
    if (this.#rows < row) this.#pad(row)
    if (row === this.#numbers.length) this.#widen()
    this.#numbers[row] = number
    this.#rows = row + 1
  }

  /** The number in `dictionary` of a row's text. */
  numberAt(row: number): number {
    return row < this.#rows ? (this.#numbers[row] as number) : 0
  }

  /** The text of a row. */
  textAt(row: number): string {
    return this.dictionary.text(this.numberAt(row))
  }

  truncate(rows: number): void {
    this.#rows = Math.min(this.#rows, rows)
  }

  clear(): void {
    this.#rows = 0
    this.#word = undefined
    this.dictionary.clear()
  }

  encode(rows: number): Buffer[] {
    return [LOW_CARDINALITY_VERSION, ...this.encodeBody(rows)]
  }

  /** The data without the version, which a `Map` puts before its offsets. */
  encodeBody(rows: number): Buffer[] {
    if (rows === 0) return []
    this.#pad(rows)
    const { size, encoded } = this.dictionary
    const [kind, numbers] = narrow(this.#numbers.subarray(0, rows), size)
    return [u64(kind + OWN_DICTIONARY), u64(size), encoded.view(), u64(rows), numbers]
  }

  #pad(rows: number): void {
    while (rows > this.#numbers.length) this.#widen()
    this.#numbers.fill(0, this.#rows, rows)
    this.#rows = rows
  }

  #widen(): void {
    const wider = new Uint32Array(this.#numbers.length * 2)
    wider.set(this.#numbers)
    this.#numbers = wider
  }
}

function narrow(numbers: Uint32Array<ArrayBuffer>, size: number): [kind: number, data: Buffer] {
  if (size <= 256) return [0, Buffer.from(new Uint8Array(numbers).buffer)]
  if (size <= 65536) return [1, Buffer.from(new Uint16Array(numbers).buffer)]
  return [2, Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)]
}

function u64(value: number): Buffer {
  const bytes = new Bytes(8)
  bytes.u64(value)
  return bytes.view()
}
