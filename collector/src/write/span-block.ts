/**
 * Rows of table `spans`, column by column, ready to be sent as one Native block.
 *
 * Invariant: a row is added whole or not at all, and it depends on nothing but the span, its envelope, the
 * time of receipt and the segment: the same request always gives the same rows.
 */
import { CallJudge } from '../normalise/call.ts'
import { writeDecimal } from '../normalise/decimal.ts'
import { NUMBER, TEXT, TEXT_COUNT } from '../normalise/fields.ts'
import { Leaves, type Seen } from '../normalise/leaves.ts'
import type { AttributeSet, Envelope, SpanRecord } from '../normalise/span-record.ts'
import { BUCKETS, Usage } from '../normalise/usage.ts'
import type { CallMemory } from '../receive/call-memory.ts'
import { AlikeRows } from './alike-rows.ts'
import type { Bytes } from './bytes.ts'
import { type Column, FixedColumn, LowCardinalityColumn, NullableColumn, StringColumn } from './columns.ts'
import { CostColumns } from './cost-columns.ts'
import { MapColumn } from './map-column.ts'
import { encodeBlock } from './native-block.ts'
import type { SpanKey } from './span-keys.ts'
import { WORD, wordOf } from './words.ts'

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'].map(wordOf)
const STATUSES = ['unset', 'ok', 'error'].map(wordOf)
const QUANTITY_SCALE = 9
const ERROR = 2
/** Remembers words over all blocks. */
const judge = new CallJudge()

const low = (name: string) => new LowCardinalityColumn(name)
const text = (name: string) => new StringColumn(name)
const u64 = (name: string) => new FixedColumn(name, 'UInt64', 8)

type TextColumn = LowCardinalityColumn | StringColumn

/** Builds one block. */
export class SpanBlock {
  rows = 0
  /** Earliest and latest start of a row, seconds since 1970; infinite when there is none. */
  firstSecond: number = Number.POSITIVE_INFINITY
  lastSecond: number = Number.NEGATIVE_INFINITY

  #segmentLow = 0
  #segmentHigh = 0
  readonly #usage = new Usage()

  readonly #segmentId = u64('segment_id')
  readonly #ingestedAt = new FixedColumn('ingested_at', "DateTime64(3, 'UTC')", 8)
  readonly #startTime = new FixedColumn('start_time', "DateTime64(9, 'UTC')", 8)
  readonly #duration = u64('duration_ns')
  readonly #traceId = text('trace_id')
  readonly #spanId = text('span_id')
  readonly #parentSpanId = text('parent_span_id')
  readonly #name = low('name')
  readonly #kind = low('kind')
  readonly #scopeName = low('scope_name')
  readonly #scopeVersion = low('scope_version')
  readonly #status = low('status')
  readonly #httpStatus = new FixedColumn('http_status_code', 'UInt16', 2)
  readonly #isCall = new FixedColumn('is_call', 'Bool', 1)
  readonly #provider = low('provider')
  readonly #operation = low('operation')
  readonly #model = low('model')
  readonly #isStream = new FixedColumn('is_stream', 'Bool', 1)
  readonly #timeToFirstChunk = new NullableColumn('time_to_first_chunk_ns', 'UInt64', 8)
  readonly #usageSource = low('usage_source')
  readonly #buckets = BUCKETS.map(u64)
  readonly #cost = new CostColumns()
  readonly #meterQuantity = new FixedColumn('meter_quantity', 'Decimal(38, 9)', 16)
  readonly #spanNumber = u64('span_number')
  readonly #service = low('service_name')
  readonly #requestModel = low('request_model')
  readonly #responseModel = low('response_model')
  readonly #responseId = text('response_id')
  readonly #attributes = new MapColumn('attributes')
  readonly #resourceAttributes = new MapColumn('resource_attributes')

  /** Text columns that take their field as it is: from the span, else from the resource. */
  readonly #texts: readonly (readonly [field: number, column: TextColumn])[] = [
    [TEXT.serviceName, this.#service],
    [TEXT.environment, low('environment')],
    [TEXT.tenantId, low('tenant_id')],
    [TEXT.userId, text('user_id')],
    [TEXT.agentId, low('agent_id')],
    [TEXT.agentName, low('agent_name')],
    [TEXT.conversationId, text('conversation_id')],
    [TEXT.conversationTitle, text('conversation_title')],
    [TEXT.feature, low('feature')],
    [TEXT.runId, text('run_id')],
    [TEXT.runName, low('run_name')],
    [TEXT.runStatus, low('run_status')],
    [TEXT.requestModel, this.#requestModel],
    [TEXT.responseModel, this.#responseModel],
    [TEXT.responseId, this.#responseId],
    [TEXT.requestId, text('request_id')],
    [TEXT.serverAddress, low('server_address')],
    [TEXT.serviceTier, low('service_tier')],
    [TEXT.finishReason, low('finish_reason')],
    [TEXT.errorType, low('error_type')],
    [TEXT.meterName, low('meter_name')],
    [TEXT.meterUnit, low('meter_unit')],
    [TEXT.processId, low('process_id')],
  ]

  readonly #alike = new AlikeRows({
    service: this.#service,
    scope: this.#scopeName,
    status: this.#status,
    requestModel: this.#requestModel,
    responseModel: this.#responseModel,
    responseId: this.#responseId,
  })
  readonly #leaves = new Leaves({
    alike: (row, other) => this.#alike.alike(row, other),
    failed: (row) => this.#alike.failed(row),
    ofTwoTools: (row, other) => this.#alike.ofTwoTools(row, other),
    serviceOf: (row) => this.#service.numberAt(row),
    setCall: (row, isCall) => this.#isCall.change(row, isCall ? 1 : 0),
  })
  /** The same by field. */
  readonly #textOf: readonly (TextColumn | undefined)[]
  readonly #columns: readonly Column[]

  /** `segmentId` is an unsigned 64-bit number. */
  constructor(segmentId: bigint) {
    this.#setSegment(segmentId)
    const textOf: (TextColumn | undefined)[] = new Array(TEXT_COUNT).fill(undefined)
    for (const [field, column] of this.#texts) textOf[field] = column
    this.#textOf = textOf
    this.#columns = [
      this.#segmentId,
      this.#ingestedAt,
      this.#startTime,
      this.#duration,
      this.#traceId,
      this.#spanId,
      this.#parentSpanId,
      this.#name,
      this.#kind,
      this.#scopeName,
      this.#scopeVersion,
      this.#status,
      this.#httpStatus,
      this.#isCall,
      this.#provider,
      this.#operation,
      this.#model,
      this.#isStream,
      this.#timeToFirstChunk,
      this.#usageSource,
      ...this.#buckets,
      ...this.#cost.columns,
      this.#meterQuantity,
      this.#spanNumber,
      this.#attributes,
      this.#resourceAttributes,
      ...this.#texts.map(([, column]) => column),
    ]
  }

  /** Names of the columns in the order of the block: those that a row has a value in; the rest is left to the table. */
  get columnNames(): string[] {
    return this.#used().map(({ name }) => name)
  }

  /**
   * Adds a row. `receivedAt` is in milliseconds since 1970; `counted`: whether the call that it stands for was
   * counted already, where the span is read again. @returns whether it was, as has to be said then
   */
  add(span: SpanRecord, envelope: Envelope, receivedAt: number, counted?: boolean): boolean {
    const { attributes } = span
    const { resource } = envelope
    if (attributes.isText(TEXT.level, WORD.errorLevel)) span.status = ERROR
    const row = this.rows
    this.#addIdentity(row, span, receivedAt)
    if (envelope.scopeName.length > 0) this.#scopeName.setWord(row, envelope.scopeName)
    if (envelope.scopeVersion.length > 0) this.#scopeVersion.setWord(row, envelope.scopeVersion)
    for (let i = 0; i < attributes.textCount; i++) {
      const field = attributes.textFields[i] as number
      const column = this.#textOf[field]
      if (column !== undefined) setText(column, row, attributes, field)
    }
    for (let i = 0; i < resource.textCount; i++) {
      const field = resource.textFields[i] as number
      const column = this.#textOf[field]
      if (column !== undefined && !attributes.hasText(field)) setText(column, row, resource, field)
    }
    const number = attributes.numbers[NUMBER.spanNumber] as number
    if (number > 0 && number <= Number.MAX_SAFE_INTEGER) this.#spanNumber.set(row, Math.floor(number))
    const seen = this.#addCall(row, span, envelope, counted)
    addRest(this.#attributes, row, attributes)
    addRest(this.#resourceAttributes, row, resource)
    this.rows = row + 1
    return seen === 'counted'
  }

  /** Who the rows are, as far as they ended before `endedBefore` (milliseconds since 1970). */
  keys(endedBefore: number = Number.POSITIVE_INFINITY): SpanKey[] {
    const keys: SpanKey[] = []
    const { buffer: starts } = this.#startTime.bytes
    const { buffer: durations } = this.#duration.bytes
    for (let row = 0; row < this.rows; row++) {
      const at = row * 8
      const startedMs = (starts.readUInt32LE(at + 4) * 4294967296 + starts.readUInt32LE(at)) / 1e6
      const lastedMs = (durations.readUInt32LE(at + 4) * 4294967296 + durations.readUInt32LE(at)) / 1e6
      if (startedMs + lastedMs >= endedBefore) continue
      keys.push({ id: this.#traceId.at(row) + this.#spanId.at(row), start: starts.readBigUInt64LE(at) })
    }
    return keys
  }

  /** What calls of earlier blocks said counts too, and what its own say is remembered there; before the first row. */
  follow(memory: CallMemory): void {
    this.#leaves.follow(memory)
  }

  /** Takes back every row from `rows` on. */
  truncate(rows: number): void {
    for (const column of this.#columns) column.truncate(rows)
    this.#leaves.truncate(rows)
    this.rows = rows
  }

  /** Forgets every row: the block is one of another segment from now on, in the memory that it has. */
  renew(segmentId: bigint): void {
    this.#setSegment(segmentId)
    for (const column of this.#columns) column.clear()
    this.#leaves.clear()
    this.rows = 0
    this.firstSecond = Number.POSITIVE_INFINITY
    this.lastSecond = Number.NEGATIVE_INFINITY
  }

  /** The block as ClickHouse reads it after `FORMAT Native`, in pieces that hold until the block changes. */
  encode(): Buffer[] {
    return encodeBlock(this.#used(), this.rows)
  }

  #used(): Column[] {
    return this.#columns.filter(({ isEmpty }) => !isEmpty)
  }

  #setSegment(segmentId: bigint): void {
    this.#segmentLow = Number(segmentId & 0xffffffffn)
    this.#segmentHigh = Number(segmentId >> 32n)
  }

  #addIdentity(row: number, span: SpanRecord, receivedAt: number): void {
    const { attributes, startLow, startHigh } = span
    this.#segmentId.setHalves(row, this.#segmentLow, this.#segmentHigh)
    this.#ingestedAt.set(row, receivedAt)
    this.#startTime.setHalves(row, startLow, startHigh)
    const second = Math.floor((startHigh * 4294967296 + startLow) / 1e9)
    if (second < this.firstSecond) this.firstSecond = second
    if (second > this.lastSecond) this.lastSecond = second
    // a difference of 64-bit numbers that is below 2^53 unless the span lasted 104 days
    const duration = (span.endHigh - startHigh) * 4294967296 + (span.endLow - startLow)
    this.#duration.set(row, Math.min(Math.max(0, duration), Number.MAX_SAFE_INTEGER))
    this.#traceId.set(row, span.traceId, 0, 32)
    this.#spanId.set(row, span.spanId, 0, 16)
    if (span.hasParent) this.#parentSpanId.set(row, span.parentSpanId, 0, 16)
    if (span.nameStart !== span.nameEnd) {
      const named = span.nameMade ? attributes.scratch : attributes.source
      this.#name.set(row, named, span.nameStart, span.nameEnd)
    }
    const kind = KINDS[span.kind]
    if (kind !== undefined) this.#kind.setWord(row, kind)
    const status = STATUSES[span.status]
    if (status !== undefined) this.#status.setWord(row, status)
    const code = attributes.numbers[NUMBER.httpStatusCode] as number
    if (code > 0 && code <= 65535) this.#httpStatus.set(row, Math.floor(code))
    const seconds = timeToFirstChunk(span)
    if (seconds >= 0 && seconds < 9e6) {
      const nanoseconds = Math.round(seconds * 1e9)
      const { values } = this.#timeToFirstChunk
      const at = this.#timeToFirstChunk.at(row)
      values.bytes.data.setUint32(at, nanoseconds >>> 0, true)
      values.bytes.data.setUint32(at + 4, Math.floor(nanoseconds / 4294967296), true)
    }
  }

  #addCall(row: number, span: SpanRecord, envelope: Envelope, counted: boolean | undefined): Seen {
    const { attributes } = span
    const { numbers } = attributes
    judge.judge(span, envelope)
    const usage = this.#usage
    usage.derive(numbers, judge.inclusion)
    if (span.status === ERROR && !attributes.hasText(TEXT.usageSource)) usage.forgetNothing()
    // An SDK that traces itself may leave partial counts on a call that broke: `missing` means that none count.
    if (attributes.isText(TEXT.usageSource, WORD.missing)) usage.buckets.fill(0)
    const seen = this.#leaves.see(span, envelope, judge.isCall, row, usage, counted)
    if (seen !== 'new') judge.isCall = false
    const { isCall, provider, operation } = judge
    if (isCall) this.#isCall.set(row, 1)
    if (numbers[NUMBER.isStream] === 1 || judge.streams) this.#isStream.set(row, 1)
    if (provider.length > 0) this.#provider.setWord(row, provider)
    if (operation.length > 0) this.#operation.setWord(row, operation)
    const named = attributes.hasText(TEXT.responseModel) ? TEXT.responseModel : TEXT.requestModel
    setText(this.#model, row, attributes, named)

    for (let i = 0; i < this.#buckets.length; i++) {
      const tokens = usage.buckets[i] as number
      if (tokens !== 0) (this.#buckets[i] as FixedColumn).set(row, tokens)
    }
    if (isCall) {
      if (attributes.hasText(TEXT.usageSource)) {
        setText(this.#usageSource, row, attributes, TEXT.usageSource)
      } else this.#usageSource.setWord(row, usage.known ? WORD.provider : WORD.missing)
    }
    this.#cost.set(row, span, envelope.resource, judge, usage)
    if (attributes.hasText(TEXT.meterQuantity)) this.#addQuantity(row, attributes)
    return seen
  }

  #addQuantity(row: number, attributes: AttributeSet): void {
    const field = TEXT.meterQuantity
    const start = attributes.textStart[field] as number
    const end = attributes.textEnd[field] as number
    const at = this.#meterQuantity.at(row)
    const { bytes } = this.#meterQuantity
    const written = writeDecimal(attributes.textSource(field), start, end, QUANTITY_SCALE, bytes, at)
    if (!written) bytes.buffer.fill(0, at, at + 16)
  }
}

/** Seconds from the start to the first output; NaN where nobody says. */
function timeToFirstChunk({ attributes, startHigh, startLow }: SpanRecord): number {
  const seconds = attributes.numbers[NUMBER.timeToFirstChunk] as number
  if (!Number.isNaN(seconds) || !attributes.hasText(TEXT.completionStart)) return seconds
  // Langfuse's SDKs write the time as JSON
  const time = Date.parse(attributes.textOf(TEXT.completionStart).replaceAll('"', ''))
  return Math.round((time - (startHigh * 4294967296 + startLow) / 1e6) * 1000) / 1e6
}

function setText(column: TextColumn, row: number, attributes: AttributeSet, field: number): void {
  const start = attributes.textStart[field] as number
  const end = attributes.textEnd[field] as number
  if (start !== end) column.set(row, attributes.textSource(field), start, end)
}

function addRest(column: MapColumn, row: number, set: AttributeSet): void {
  for (let i = 0; i < set.restCount; i++) {
    const { bytes } = set.restKeys[i] as { bytes: Bytes }
    const source = set.restMade[i] === 1 ? set.scratch : set.source
    column.add(bytes, 0, bytes.length, source, set.restStart[i] as number, set.restEnd[i] as number)
  }
  column.endRow(row)
}
