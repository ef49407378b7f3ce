/**
 * Rows of table `spans`, column by column, ready to be sent as one Native block.
 *
 * Invariant: a row is added whole or not at all, and it depends on nothing but the span, its envelope, the
 * time of receipt and the segment: the same request always gives the same rows.
 */
import { REPORTED_COSTS } from '../normalise/aliases.ts'
import { CallJudge } from '../normalise/call.ts'
import { decimalText, writeDecimal } from '../normalise/decimal.ts'
import { NUMBER, TEXT } from '../normalise/fields.ts'
import type { AttributeSet, Envelope, SpanRecord } from '../normalise/span-record.ts'
import { BUCKETS, Usage } from '../normalise/usage.ts'
import { hasOwnPrices, PRICE_VERSION, type RateSpanInput, rateByOwn, rateSpan } from '../rate/rate-span.ts'
import {
  type Column,
  encodeBlock,
  FixedColumn,
  LowCardinalityColumn,
  MapColumn,
  NullableColumn,
  StringColumn,
} from './columns.ts'
import type { SpanKey } from './span-keys.ts'

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'].map((text) =>
  Buffer.from(text),
)
const STATUSES = ['unset', 'ok', 'error'].map((text) => Buffer.from(text))
const ERROR = 2
const WORD = {
  provider: Buffer.from('provider'),
  missing: Buffer.from('missing'),
  local: Buffer.from('local'),
  collector: Buffer.from('collector'),
  reported: Buffer.from('reported'),
  usd: Buffer.from('USD'),
  failed: Buffer.from('failed'),
  missingUsage: Buffer.from('missing_usage'),
  unknownModel: Buffer.from('unknown_model'),
  unpricedUsage: Buffer.from('unpriced_usage'),
  none: Buffer.alloc(0),
}
const REPORTED = REPORTED_COSTS.map((name) => Buffer.from(name))
/** Remembers words over all blocks. */
const judge = new CallJudge()

const COST_SCALE = 12
const QUANTITY_SCALE = 9

const low = (name: string) => new LowCardinalityColumn(name)
const text = (name: string) => new StringColumn(name)
const u64 = (name: string) => new FixedColumn(name, 'UInt64', 8)

type FieldColumn = readonly [field: number, column: LowCardinalityColumn | StringColumn]

/** Builds one block. */
export class SpanBlock {
  rows = 0
  /** Earliest and latest start of a row, seconds since 1970; infinite when there is none. */
  firstSecond: number = Number.POSITIVE_INFINITY
  lastSecond: number = Number.NEGATIVE_INFINITY

  readonly #segmentLow: number
  readonly #segmentHigh: number
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
  readonly #cost = new NullableColumn('cost', 'Decimal(38, 12)', 16)
  readonly #costCurrency = low('cost_currency')
  readonly #costSource = low('cost_source')
  readonly #unpricedReason = low('unpriced_reason')
  readonly #priceVersion = low('price_version')
  readonly #reportedCost = new NullableColumn('reported_cost', 'Decimal(38, 12)', 16)
  readonly #reportedCostSource = low('reported_cost_source')
  readonly #meterQuantity = new FixedColumn('meter_quantity', 'Decimal(38, 9)', 16)
  readonly #attributes = new MapColumn('attributes')
  readonly #resourceAttributes = new MapColumn('resource_attributes')

  /** Text columns that take their field as it is: from the span, else from the resource. */
  readonly #texts: readonly FieldColumn[] = [
    [TEXT.serviceName, low('service_name')],
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
    [TEXT.requestModel, low('request_model')],
    [TEXT.responseModel, low('response_model')],
    [TEXT.responseId, text('response_id')],
    [TEXT.requestId, text('request_id')],
    [TEXT.serverAddress, low('server_address')],
    [TEXT.serviceTier, low('service_tier')],
    [TEXT.finishReason, low('finish_reason')],
    [TEXT.errorType, low('error_type')],
    [TEXT.meterName, low('meter_name')],
    [TEXT.meterUnit, low('meter_unit')],
  ]

  readonly #columns: readonly Column[]

  /** `segmentId` is an unsigned 64-bit number. */
  constructor(segmentId: bigint) {
    this.#segmentLow = Number(segmentId & 0xffffffffn)
    this.#segmentHigh = Number(segmentId >> 32n)
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
      this.#cost,
      this.#costCurrency,
      this.#costSource,
      this.#unpricedReason,
      this.#priceVersion,
      this.#reportedCost,
      this.#reportedCostSource,
      this.#meterQuantity,
      this.#attributes,
      this.#resourceAttributes,
      ...this.#texts.map(([, column]) => column),
    ]
  }

  /** Names of the columns in the order of the block. */
  get columnNames(): string[] {
    return this.#columns.map(({ name }) => name)
  }

  /** Adds a row. `receivedAt` is in milliseconds since 1970. */
  add(span: SpanRecord, envelope: Envelope, receivedAt: number): void {
    const { attributes } = span
    const { resource } = envelope
    this.#addIdentity(span, envelope, receivedAt)
    for (let i = 0; i < this.#texts.length; i++) {
      const [field, column] = this.#texts[i] as FieldColumn
      addText(column, field, attributes, resource)
    }
    this.#addCall(span, envelope)
    addRest(this.#attributes, attributes)
    addRest(this.#resourceAttributes, resource)
    this.rows++
  }

  /** Who the rows are, as far as they ended before `endedBefore` (milliseconds since 1970). */
  keys(endedBefore: number = Number.POSITIVE_INFINITY): SpanKey[] {
    const keys: SpanKey[] = []
    const starts = this.#startTime.data.buffer
    const durations = this.#duration.data.buffer
    for (let row = 0; row < this.rows; row++) {
      const at = row * 8
      const startedMs = (starts.readUInt32LE(at + 4) * 4294967296 + starts.readUInt32LE(at)) / 1e6
      const lastedMs = (durations.readUInt32LE(at + 4) * 4294967296 + durations.readUInt32LE(at)) / 1e6
      if (startedMs + lastedMs >= endedBefore) continue
      keys.push({ id: this.#traceId.at(row) + this.#spanId.at(row), start: starts.readBigUInt64LE(at) })
    }
    return keys
  }

  /** Takes back every row from `rows` on. */
  truncate(rows: number): void {
    for (const column of this.#columns) column.truncate(rows)
    this.rows = rows
  }

  /** The block as ClickHouse reads it after `FORMAT Native`. */
  encode(): Buffer {
    return encodeBlock(this.#columns, this.rows)
  }

  #addIdentity(span: SpanRecord, envelope: Envelope, receivedAt: number): void {
    const { attributes, startLow, startHigh } = span
    put64(this.#segmentId, this.#segmentLow, this.#segmentHigh)
    this.#ingestedAt.add(receivedAt)
    put64(this.#startTime, startLow, startHigh)
    const second = Math.floor((startHigh * 4294967296 + startLow) / 1e9)
    if (second < this.firstSecond) this.firstSecond = second
    if (second > this.lastSecond) this.lastSecond = second
    // a difference of 64-bit numbers that is below 2^53 unless the span lasted 104 days
    const duration = (span.endHigh - startHigh) * 4294967296 + (span.endLow - startLow)
    this.#duration.add(Math.min(Math.max(0, duration), Number.MAX_SAFE_INTEGER))
    this.#traceId.add(span.traceId, 0, 32)
    this.#spanId.add(span.spanId, 0, 16)
    this.#parentSpanId.add(span.parentSpanId, 0, span.hasParent ? 16 : 0)
    this.#name.add(
      span.nameMade ? attributes.scratch.buffer : attributes.source,
      span.nameStart,
      span.nameEnd,
    )
    addWord(this.#kind, KINDS[span.kind] ?? WORD.none)
    addWord(this.#scopeName, envelope.scopeName)
    addWord(this.#scopeVersion, envelope.scopeVersion)
    addWord(this.#status, STATUSES[span.status] ?? WORD.none)
    const code = attributes.numbers[NUMBER.httpStatusCode] as number
    this.#httpStatus.add(code >= 0 && code <= 65535 ? Math.floor(code) : 0)
    const seconds = timeToFirstChunk(span)
    const measured = seconds >= 0 && seconds < 9e6
    put53(
      this.#timeToFirstChunk.values,
      this.#timeToFirstChunk.next(!measured),
      measured ? Math.round(seconds * 1e9) : 0,
    )
  }

  #addCall(span: SpanRecord, envelope: Envelope): void {
    const { attributes } = span
    const { numbers } = attributes
    judge.judge(span, envelope)
    const { isCall } = judge
    this.#isCall.add(isCall ? 1 : 0)
    this.#isStream.add(numbers[NUMBER.isStream] === 1 || judge.streams ? 1 : 0)
    addWord(this.#provider, judge.provider)
    addWord(this.#operation, judge.operation)
    const named = hasText(attributes, TEXT.responseModel) ? TEXT.responseModel : TEXT.requestModel
    addText(this.#model, named, attributes, undefined)

    const usage = this.#usage
    usage.derive(numbers, judge.inclusion)
    // An SDK that traces itself may leave partial counts on a call that broke: `missing` means that none count.
    if (isText(attributes, TEXT.usageSource, WORD.missing)) usage.buckets.fill(0)
    for (let i = 0; i < this.#buckets.length; i++) {
      ;(this.#buckets[i] as FixedColumn).add(usage.buckets[i] as number)
    }
    if (!isCall) addWord(this.#usageSource, WORD.none)
    else
      addText(
        this.#usageSource,
        TEXT.usageSource,
        attributes,
        undefined,
        usage.known ? WORD.provider : WORD.missing,
      )
    this.#addCost(span, envelope.resource, isCall, usage.known)

    const at = this.#meterQuantity.next()
    const quantity = writeDecimal(
      attributes.textBuffer(TEXT.meterQuantity),
      attributes.textStart[TEXT.meterQuantity] as number,
      attributes.textEnd[TEXT.meterQuantity] as number,
      QUANTITY_SCALE,
      this.#meterQuantity.data.buffer,
      at,
    )
    if (!quantity) this.#meterQuantity.data.buffer.fill(0, at, at + 16)
  }

  /**
   * What the provider billed or Spanmeter's middleware rated is the cost. What another tool rated is kept beside
   * ours, and is the cost only where the price book has none.
   */
  #addCost(span: SpanRecord, resource: AttributeSet, isCall: boolean, usageKnown: boolean): void {
    const { attributes } = span
    const foreign = hasText(attributes, TEXT.costCurrency) && !isText(attributes, TEXT.costCurrency, WORD.usd)
    const at = this.#cost.next(false)
    const { buffer } = this.#cost.values.data
    let stated = foreign ? undefined : writeStated(attributes, buffer, at)
    let version = PRICE_VERSION
    // a price of one's own is for tokens: what is billed by a meter keeps what its sender says
    const tokens = isCall && usageKnown && !hasText(attributes, TEXT.meterName)
    if (tokens && stated?.equals(WORD.local) && hasOwnPrices()) {
      const own = rateByOwn(this.#rated(span, resource))
      if (own !== undefined && writeText(own.cost, buffer, at)) {
        stated = WORD.collector
        version = Buffer.from(own.priceVersion)
      }
    }
    const reported = stated !== undefined || foreign ? '' : reportedCost(attributes)
    this.#addReported(attributes, reported)

    let source: Buffer | undefined = stated
    let reason: Buffer = WORD.none
    if (source === undefined && isCall) {
      if (hasText(attributes, TEXT.unpricedReason)) {
        reason = field(attributes, TEXT.unpricedReason)
      } else if (attributes.numbers[NUMBER.cachedAnswer] === 1) {
        writeText('0', buffer, at)
        source = WORD.collector
      } else if (!usageKnown) {
        reason = span.status === ERROR ? WORD.failed : foreign ? WORD.unpricedUsage : WORD.missingUsage
      } else if (hasText(attributes, TEXT.meterName)) {
        // tokens alone would be less than what is billed
        reason = WORD.unpricedUsage
      } else {
        const rating = rateSpan(this.#rated(span, resource))
        if (rating.cost !== null && writeText(rating.cost, buffer, at)) {
          source = WORD.collector
          if (hasOwnPrices()) version = Buffer.from(rating.priceVersion)
        } else reason = rating.cost === null ? REASONS[rating.reason] : WORD.unpricedUsage
      }
      if (source === undefined && Number(reported) > 0 && writeText(reported, buffer, at)) {
        source = WORD.reported
        reason = WORD.none
      }
    }
    if (source === undefined) this.#cost.makeNull(at)
    const priced = source !== undefined
    if (source === WORD.collector || source === WORD.reported) addWord(this.#costCurrency, WORD.usd)
    else addText(this.#costCurrency, TEXT.costCurrency, attributes, undefined, priced ? WORD.usd : WORD.none)
    addWord(this.#costSource, source ?? WORD.none)
    addWord(this.#unpricedReason, priced ? WORD.none : reason)
    if (source === WORD.collector) addWord(this.#priceVersion, version)
    else addText(this.#priceVersion, TEXT.priceVersion, attributes, undefined)
  }

  #addReported(attributes: AttributeSet, reported: string): void {
    const at = this.#reportedCost.next(false)
    const said = reported !== '' && writeText(reported, this.#reportedCost.values.data.buffer, at)
    if (!said) this.#reportedCost.makeNull(at)
    const rank = attributes.numberRank(NUMBER.reportedCost)
    addWord(this.#reportedCostSource, said ? (REPORTED[rank] ?? (REPORTED.at(-1) as Buffer)) : WORD.none)
  }

  #rated({ attributes, startHigh, startLow }: SpanRecord, resource: AttributeSet): RateSpanInput {
    const tenant = hasText(attributes, TEXT.tenantId) ? attributes : resource
    return {
      provider: judge.provider.toString(),
      responseModel: field(attributes, TEXT.responseModel).toString(),
      requestModel: field(attributes, TEXT.requestModel).toString(),
      serviceTier: field(attributes, TEXT.serviceTier).toString(),
      buckets: this.#usage.buckets,
      startedAt: Math.floor((startHigh * 4294967296 + startLow) / 1e6),
      tenant: field(tenant, TEXT.tenantId).toString(),
    }
  }
}

const REASONS = { unknown_model: WORD.unknownModel, unpriced_usage: WORD.unpricedUsage } as const

/** The cost that the provider or the sender states as such; returns its source. */
function writeStated(attributes: AttributeSet, target: Buffer, at: number): Buffer | undefined {
  const source = hasText(attributes, TEXT.costSource) ? field(attributes, TEXT.costSource) : WORD.local
  const { textStart, textEnd } = attributes
  const exact = TEXT.costExact
  if (
    hasText(attributes, exact) &&
    writeDecimal(
      attributes.textBuffer(exact),
      textStart[exact] as number,
      textEnd[exact] as number,
      COST_SCALE,
      target,
      at,
    )
  ) {
    return source
  }
  const amount = decimalText(attributes.numbers[NUMBER.costAmount] as number)
  if (amount !== undefined && writeText(amount, target, at)) return source
  const billed = decimalText(attributes.numbers[NUMBER.billedCost] as number)
  return billed !== undefined && writeText(billed, target, at) ? WORD.provider : undefined
}

/** What another tool says the call costs, USD as a decimal text; empty where none does. */
function reportedCost({ numbers }: AttributeSet): string {
  return decimalText(numbers[NUMBER.reportedCost] as number) ?? ''
}

function writeText(decimal: string, target: Buffer, at: number): boolean {
  const bytes = Buffer.from(decimal)
  return writeDecimal(bytes, 0, bytes.length, COST_SCALE, target, at)
}

/** The bytes of a text field, empty where the span does not have it. */
function field(attributes: AttributeSet, number: number): Buffer {
  return attributes.textBuffer(number).subarray(attributes.textStart[number], attributes.textEnd[number])
}

/** Seconds from the start to the first output; NaN where nobody says. */
function timeToFirstChunk({ attributes, startHigh, startLow }: SpanRecord): number {
  const seconds = attributes.numbers[NUMBER.timeToFirstChunk] as number
  if (!Number.isNaN(seconds) || !hasText(attributes, TEXT.completionStart)) return seconds
  // Langfuse's SDKs write the time as JSON
  const time = Date.parse(field(attributes, TEXT.completionStart).toString().replaceAll('"', ''))
  return Math.round((time - (startHigh * 4294967296 + startLow) / 1e6) * 1000) / 1e6
}

function addText(
  column: LowCardinalityColumn | StringColumn,
  field: number,
  span: AttributeSet,
  resource: AttributeSet | undefined,
  otherwise: Buffer = WORD.none,
): void {
  const start = span.textStart[field] as number
  const end = span.textEnd[field] as number
  if (start !== end) column.add(span.textBuffer(field), start, end)
  else if (resource !== undefined && hasText(resource, field)) {
    column.add(
      resource.textBuffer(field),
      resource.textStart[field] as number,
      resource.textEnd[field] as number,
    )
  } else column.add(otherwise, 0, otherwise.length)
}

function addWord(column: LowCardinalityColumn, word: Buffer): void {
  column.add(word, 0, word.length)
}

function addRest(column: MapColumn, set: AttributeSet): void {
  for (let i = 0; i < set.restCount; i++) {
    const { bytes } = set.restKeys[i] as { bytes: Buffer }
    column.keys.add(bytes, 0, bytes.length)
    const buffer = set.restMade[i] === 1 ? set.scratch.buffer : set.source
    column.values.add(buffer, set.restStart[i] as number, set.restEnd[i] as number)
  }
  column.endRow()
}

function hasText({ textStart, textEnd }: AttributeSet, field: number): boolean {
  return textStart[field] !== textEnd[field]
}

function isText(attributes: AttributeSet, field: number, word: Buffer): boolean {
  const start = attributes.textStart[field] as number
  if ((attributes.textEnd[field] as number) - start !== word.length) return false
  const buffer = attributes.textBuffer(field)
  for (let i = 0; i < word.length; i++) if (buffer[start + i] !== word[i]) return false
  return true
}

function put64(column: FixedColumn, lowHalf: number, highHalf: number): void {
  const at = column.next()
  column.data.buffer.writeUInt32LE(lowHalf, at)
  column.data.buffer.writeUInt32LE(highHalf, at + 4)
}

function put53(column: FixedColumn, at: number, value: number): void {
  column.data.buffer.writeUInt32LE(value >>> 0, at)
  column.data.buffer.writeUInt32LE(Math.floor(value / 4294967296) >>> 0, at + 4)
}
