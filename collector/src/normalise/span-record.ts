/**
 * One span between a decoder and the columns: reused for every span, so decoding makes no objects.
 *
 * Invariant: texts are ranges of `source` (the request) or of `scratch` (texts made while decoding); a
 * field that the span does not have is an empty range or NaN. Only fields that were set are ever looked at or
 * cleared: a span has a dozen of the fifty.
 */
import { Bytes, equalBytes, NO_BYTES } from '../write/bytes.ts'
import { type Dialect, DialectTable } from './dialects.ts'
import { NUMBER_COUNT, TEXT_COUNT } from './fields.ts'
import { readDetails } from './json-details.ts'
import type { KeyEntry } from './keys.ts'

/** At most so many attributes without a column are kept a span and a resource. */
const MAX_ATTRIBUTES = 128
/** At most so many bytes of an attribute's value are kept. */
const MAX_VALUE_BYTES = 4096

/** Why something of an attribute is not kept, or its numbers are not read. */
export const CUTS = ['content', 'count', 'length', 'json'] as const
export type Cut = (typeof CUTS)[number]
const [CONTENT, COUNT, LENGTH, JSON_LENGTH] = [0, 1, 2, 3]

/** A longer JSON text is kept and not read. */
const MAX_JSON_BYTES = 65_536

const NO_RANK = 255

/** Text fields, number fields and what is left, of a span or of its resource. */
export class AttributeSet {
  source: Bytes = NO_BYTES
  /** Texts that are not in the request as bytes: numbers, lists, JSON strings. */
  readonly scratch: Bytes = new Bytes(4096)
  readonly textStart: Int32Array = new Int32Array(TEXT_COUNT)
  readonly textEnd: Int32Array = new Int32Array(TEXT_COUNT)
  /** 1 where the text lies in `scratch`. */
  readonly textMade: Uint8Array = new Uint8Array(TEXT_COUNT)
  /** The text fields that are set, `textCount` of them, in the order of their arrival. */
  readonly textFields: Uint8Array = new Uint8Array(TEXT_COUNT)
  textCount = 0
  readonly numbers: Float64Array = new Float64Array(NUMBER_COUNT).fill(Number.NaN)
  readonly #textRank = new Uint8Array(TEXT_COUNT).fill(NO_RANK)
  readonly #numberRank = new Uint8Array(NUMBER_COUNT).fill(NO_RANK)
  readonly #numberFields = new Uint8Array(NUMBER_COUNT)
  #numberCount = 0

  restCount = 0
  readonly restKeys: (KeyEntry | undefined)[] = new Array(MAX_ATTRIBUTES).fill(undefined)
  readonly restStart: Int32Array = new Int32Array(MAX_ATTRIBUTES)
  readonly restEnd: Int32Array = new Int32Array(MAX_ATTRIBUTES)
  readonly restMade: Uint8Array = new Uint8Array(MAX_ATTRIBUTES)
  /** Attributes that did not fit or are content, since the last `reset`, */
  cut = 0
  /** and how many for each of `CUTS`. */
  readonly cuts: Uint32Array = new Uint32Array(CUTS.length)

  /** Forgets everything; texts to come are ranges of `source`. */
  reset(source: Bytes): void {
    this.source = source
    this.scratch.length = 0
    for (let i = 0; i < this.textCount; i++) {
      const field = this.textFields[i] as number
      this.textStart[field] = 0
      this.textEnd[field] = 0
      this.#textRank[field] = NO_RANK
    }
    for (let i = 0; i < this.#numberCount; i++) {
      const field = this.#numberFields[i] as number
      this.numbers[field] = Number.NaN
      this.#numberRank[field] = NO_RANK
    }
    this.textCount = 0
    this.#numberCount = 0
    this.restCount = 0
    if (this.cut > 0) this.cuts.fill(0)
    this.cut = 0
  }

  /** Takes a text value: the bytes `[start, end)` of `scratch` when `made`, else of the request. */
  text(key: KeyEntry, start: number, end: number, made: 0 | 1): void {
    const { target } = key
    if (key.content) {
      // its numbers may count, its text is not kept
      if (target?.kind === 'json') this.#readJson(target.field, start, end, made)
      this.#count(CONTENT)
      return
    }
    if (target === undefined) {
      this.#rest(key, start, end, made)
    } else if (start === end) {
      // a name without a value says nothing: the next alias may
    } else if (target.kind === 'number') {
      const value = parseNumber((made ? this.scratch : this.source).buffer, start, end)
      if (Number.isNaN(value)) this.#rest(key, start, end, made)
      else this.#setNumber(target.field, target.rank, value * (target.scale ?? 1))
    } else if (target.kind === 'json') {
      this.#readJson(target.field, start, end, made)
      this.#rest(key, start, end, made)
    } else if (target.rank < (this.#textRank[target.field] as number)) {
      if (this.#textRank[target.field] === NO_RANK) this.textFields[this.textCount++] = target.field
      this.#textRank[target.field] = target.rank
      this.textStart[target.field] = start
      this.textEnd[target.field] = this.#cutAt(start, end, made)
      this.textMade[target.field] = made
    }
  }

  /** Takes a number value (whole or not). */
  number(key: KeyEntry, value: number): void {
    if (key.target?.kind === 'number' && Number.isFinite(value)) {
      this.#setNumber(key.target.field, key.target.rank, value * (key.target.scale ?? 1))
    } else {
      this.made(key, String(value))
    }
  }

  /** Takes a truth value. */
  truth(key: KeyEntry, value: boolean): void {
    if (key.target?.kind === 'number') this.#setNumber(key.target.field, key.target.rank, value ? 1 : 0)
    else this.made(key, String(value))
  }

  /** Takes a text that is not in the request as it stands. */
  made(key: KeyEntry, value: string): void {
    const start = this.make(value)
    this.text(key, start, this.scratch.length, 1)
  }

  /** Puts a text into `scratch` and returns where it starts. */
  make(value: string): number {
    const { scratch } = this
    const count = Buffer.byteLength(value)
    const at = scratch.reserve(count)
    scratch.buffer.write(value, at, count, 'utf8')
    return at
  }

  /** Sets a text field, whatever the sender said. */
  put(field: number, value: Buffer): void {
    const at = this.scratch.reserve(value.length)
    value.copy(this.scratch.buffer, at)
    if (this.#textRank[field] === NO_RANK) this.textFields[this.textCount++] = field
    this.#textRank[field] = 0
    this.textStart[field] = at
    this.textEnd[field] = at + value.length
    this.textMade[field] = 1
  }

  /** What text field `field` is a range of. */
  textSource(field: number): Bytes {
    return this.textMade[field] === 1 ? this.scratch : this.source
  }

  /** Whether there is a text for field `field`. */
  hasText(field: number): boolean {
    return this.textStart[field] !== this.textEnd[field]
  }

  /** Text field `field` as a string, empty where there is none. */
  textOf(field: number): string {
    const start = this.textStart[field] as number
    const end = this.textEnd[field] as number
    return start === end ? '' : this.textSource(field).buffer.toString('utf8', start, end)
  }

  /** Whether text field `field` is `word`. */
  isText(field: number, word: Bytes): boolean {
    const start = this.textStart[field] as number
    return (
      (this.textEnd[field] as number) - start === word.length &&
      equalBytes(word, 0, this.textSource(field), start, word.length)
    )
  }

  /** Which alias of its line filled number field `field`. */
  numberRank(field: number): number {
    return this.#numberRank[field] as number
  }

  #readJson(kind: number, start: number, end: number, made: 0 | 1): void {
    if (end - start > MAX_JSON_BYTES) {
      this.#count(JSON_LENGTH)
      return
    }
    const json = (made ? this.scratch : this.source).buffer.toString('utf8', start, end)
    readDetails(kind, json, (field, rank, value) => this.#setNumber(field, rank, value))
  }

  #setNumber(field: number, rank: number, value: number): void {
    const before = this.#numberRank[field] as number
    if (rank >= before) return
    if (before === NO_RANK) this.#numberFields[this.#numberCount++] = field
    this.#numberRank[field] = rank
    this.numbers[field] = value
  }

  #rest(key: KeyEntry, start: number, end: number, made: 0 | 1): void {
    const at = this.restCount
    if (at === MAX_ATTRIBUTES) {
      this.#count(COUNT)
      return
    }
    this.restKeys[at] = key
    this.restStart[at] = start
    this.restEnd[at] = this.#cutAt(start, end, made)
    this.restMade[at] = made
    this.restCount = at + 1
  }

  #count(why: number): void {
    this.cut++
    this.cuts[why] = (this.cuts[why] as number) + 1
  }

  /** Where a text ends when it is held to `MAX_VALUE_BYTES`, never inside a character. */
  #cutAt(start: number, end: number, made: 0 | 1): number {
    if (end - start <= MAX_VALUE_BYTES) return end
    this.#count(LENGTH)
    const { buffer } = made ? this.scratch : this.source
    let cut = start + MAX_VALUE_BYTES
    while (cut > start && ((buffer[cut] as number) & 0xc0) === 0x80) cut--
    return cut
  }
}

/** A span: what the protocol names, and its attributes. */
export class SpanRecord {
  readonly attributes: AttributeSet = new AttributeSet()
  /** 32 and 16 lower-case hex digits, the second empty where there is no parent. */
  readonly traceId: Bytes = new Bytes(Buffer.alloc(32))
  readonly spanId: Bytes = new Bytes(Buffer.alloc(16))
  readonly parentSpanId: Bytes = new Bytes(Buffer.alloc(16))
  hasParent = false
  /** Ranges of the attributes' `source`, or of `scratch` when `nameMade`. */
  nameStart = 0
  nameEnd = 0
  nameMade: 0 | 1 = 0
  /** Nanoseconds since 1970 in two 32-bit halves. */
  startLow = 0
  startHigh = 0
  endLow = 0
  endHigh = 0
  /** As OTLP numbers them. */
  kind = 0
  status = 0

  reset(source: Bytes): void {
    this.attributes.reset(source)
    this.hasParent = false
    this.nameStart = 0
    this.nameEnd = 0
    this.nameMade = 0
    this.startLow = 0
    this.startHigh = 0
    this.endLow = 0
    this.endHigh = 0
    this.kind = 0
    this.status = 0
  }
}

/** Resource and scope that the spans after them belong to. */
export class Envelope {
  readonly resource: AttributeSet = new AttributeSet()
  scopeName: Bytes = NO_BYTES
  scopeVersion: Bytes = NO_BYTES
  readonly #dialects = new DialectTable()
  #judged: Bytes | undefined
  #dialect: Dialect | undefined

  /** Whose spans these are. */
  get dialect(): Dialect {
    if (this.#dialect === undefined || this.#judged !== this.scopeName) {
      this.#dialect = this.#dialects.of(this.scopeName.buffer)
      this.#judged = this.scopeName
    }
    return this.#dialect
  }
}

function parseNumber(source: Buffer, start: number, end: number): number {
  const count = end - start
  if (count === 0 || count > 32) return Number.NaN
  const text = source.toString('latin1', start, end)
  if (text === 'true' || text === 'True') return 1
  if (text === 'false' || text === 'False') return 0
  return /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) ? Number(text) : Number.NaN
}
