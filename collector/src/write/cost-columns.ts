/**
 * What a call costs, as columns: the amount, where it comes from, and why there is none.
 *
 * Invariant: what the provider billed or Spanmeter's middleware rated is the cost. What another tool rated is kept
 * beside ours, and is the cost only where the price book has none. A cost that nobody knows is NULL, never 0.
 */
import { REPORTED_COSTS } from '../normalise/aliases.ts'
import type { CallJudge } from '../normalise/call.ts'
import { decimalText, writeDecimal } from '../normalise/decimal.ts'
import { NUMBER, TEXT } from '../normalise/fields.ts'
import type { AttributeSet, SpanRecord } from '../normalise/span-record.ts'
import type { Usage } from '../normalise/usage.ts'
import { hasOwnPrices, PRICE_VERSION, type RateSpanInput, rateByOwn, rateSpan } from '../rate/rate-span.ts'
import { Bytes } from './bytes.ts'
import { type Column, LowCardinalityColumn, NullableColumn } from './columns.ts'
import { WORD, wordOf } from './words.ts'

const ERROR = 2
const COST_SCALE = 12
const REPORTED = REPORTED_COSTS.map(wordOf)
const REASONS = { unknown_model: WORD.unknownModel, unpriced_usage: WORD.unpricedUsage } as const

/** An amount before it is known whether a row gets it. */
const amount = new Bytes(Buffer.alloc(16))
const digits = new Bytes(Buffer.alloc(64))

/** The columns of the cost. */
export class CostColumns {
  readonly #cost = new NullableColumn('cost', 'Decimal(38, 12)', 16)
  readonly #currency = new LowCardinalityColumn('cost_currency')
  readonly #source = new LowCardinalityColumn('cost_source')
  readonly #unpricedReason = new LowCardinalityColumn('unpriced_reason')
  readonly #priceVersion = new LowCardinalityColumn('price_version')
  readonly #reportedCost = new NullableColumn('reported_cost', 'Decimal(38, 12)', 16)
  readonly #reportedCostSource = new LowCardinalityColumn('reported_cost_source')

  /** Of the prices that rated the last call. */
  #version = PRICE_VERSION

  /** In the order of the block. */
  readonly columns: readonly Column[] = [
    this.#cost,
    this.#currency,
    this.#source,
    this.#unpricedReason,
    this.#priceVersion,
    this.#reportedCost,
    this.#reportedCostSource,
  ]

  /** Sets the row of a span that was judged and whose usage was derived. */
  set(row: number, span: SpanRecord, resource: AttributeSet, judge: CallJudge, usage: Usage): void {
    const { attributes } = span
    const currency = attributes.hasText(TEXT.costCurrency)
    const foreign = currency && !attributes.isText(TEXT.costCurrency, WORD.usd)
    if (!foreign) {
      const stated = stateCost(attributes)
      if (stated !== 'unstated') {
        if (stated === 'sender' && hasOwnPrices() && this.#setOwn(row, span, resource, judge, usage)) return
        putAmount(this.#cost, row)
        this.#setSource(row, attributes, stated)
        if (currency) setText(this.#currency, row, attributes, TEXT.costCurrency)
        else this.#currency.setWord(row, WORD.usd)
        setText(this.#priceVersion, row, attributes, TEXT.priceVersion)
        return
      }
    }
    const reported = foreign ? '' : (decimalText(attributes.numbers[NUMBER.reportedCost] as number) ?? '')
    this.#setReported(row, attributes, reported)
    const found = judge.isCall ? this.#find(span, resource, judge, usage, foreign, reported) : undefined
    if (found === WORD.collector || found === WORD.reported) {
      this.#setRated(row, found)
      if (found === WORD.collector) this.#priceVersion.setWord(row, this.#version)
      else setText(this.#priceVersion, row, attributes, TEXT.priceVersion)
      return
    }
    setText(this.#currency, row, attributes, TEXT.costCurrency)
    setText(this.#priceVersion, row, attributes, TEXT.priceVersion)
    if (found === 'stated') setText(this.#unpricedReason, row, attributes, TEXT.unpricedReason)
    else if (found !== undefined) this.#unpricedReason.setWord(row, found)
  }

  /** Sets a cost by one's own prices in the place of what the middleware rated; false where none holds. */
  #setOwn(row: number, span: SpanRecord, resource: AttributeSet, judge: CallJudge, usage: Usage): boolean {
    const { attributes } = span
    // a price of one's own is for tokens: what is billed by a meter keeps what its sender says
    if (!judge.isCall || !usage.known || attributes.hasText(TEXT.meterName)) return false
    if (attributes.hasText(TEXT.costSource) && !attributes.isText(TEXT.costSource, WORD.local)) return false
    const own = rateByOwn(rated(span, resource, judge, usage))
    if (own === undefined || !writeAmount(own.cost)) return false
    this.#setRated(row, WORD.collector)
    this.#priceVersion.setWord(row, wordOf(own.priceVersion))
    return true
  }

  #setRated(row: number, source: Bytes): void {
    putAmount(this.#cost, row)
    this.#source.setWord(row, source)
    this.#currency.setWord(row, WORD.usd)
  }

  /**
   * Finds the cost of a call that states none: `collector` or `reported` when it is in `amount`, else why there is
   * none; `stated` where the span says that itself.
   */
  #find(
    span: SpanRecord,
    resource: AttributeSet,
    judge: CallJudge,
    usage: Usage,
    foreign: boolean,
    reported: string,
  ): Bytes | 'stated' {
    const { attributes } = span
    let reason: Bytes | 'stated'
    if (attributes.hasText(TEXT.unpricedReason)) {
      reason = 'stated'
    } else if (attributes.numbers[NUMBER.cachedAnswer] === 1) {
      writeAmount('0')
      this.#version = PRICE_VERSION
      return WORD.collector
    } else if (!usage.known) {
      reason = span.status === ERROR ? WORD.failed : foreign ? WORD.unpricedUsage : WORD.missingUsage
    } else if (attributes.hasText(TEXT.meterName)) {
      // tokens alone would be less than what is billed
      reason = WORD.unpricedUsage
    } else {
      const rating = rateSpan(rated(span, resource, judge, usage))
      if (rating.cost !== null && writeAmount(rating.cost)) {
        this.#version = hasOwnPrices() ? wordOf(rating.priceVersion) : PRICE_VERSION
        return WORD.collector
      }
      reason = rating.cost === null ? REASONS[rating.reason] : WORD.unpricedUsage
    }
    return Number(reported) > 0 && writeAmount(reported) ? WORD.reported : reason
  }

  #setSource(row: number, attributes: AttributeSet, stated: 'sender' | 'provider'): void {
    if (stated === 'provider') this.#source.setWord(row, WORD.provider)
    else if (attributes.hasText(TEXT.costSource)) setText(this.#source, row, attributes, TEXT.costSource)
    else this.#source.setWord(row, WORD.local)
  }

  #setReported(row: number, attributes: AttributeSet, reported: string): void {
    if (reported === '' || !writeAmount(reported)) return
    putAmount(this.#reportedCost, row)
    const rank = attributes.numberRank(NUMBER.reportedCost)
    this.#reportedCostSource.setWord(row, REPORTED[rank] ?? (REPORTED.at(-1) as Bytes))
  }
}

/** Puts the cost that the sender or the provider states as such into `amount`; who states it. */
function stateCost(attributes: AttributeSet): 'sender' | 'provider' | 'unstated' {
  const exact = TEXT.costExact
  if (attributes.hasText(exact)) {
    const start = attributes.textStart[exact] as number
    const end = attributes.textEnd[exact] as number
    if (writeDecimal(attributes.textSource(exact), start, end, COST_SCALE, amount, 0)) return 'sender'
  }
  const stated = decimalText(attributes.numbers[NUMBER.costAmount] as number)
  if (stated !== undefined && writeAmount(stated)) return 'sender'
  const billed = decimalText(attributes.numbers[NUMBER.billedCost] as number)
  return billed !== undefined && writeAmount(billed) ? 'provider' : 'unstated'
}

function rated(
  { attributes, startHigh, startLow }: SpanRecord,
  resource: AttributeSet,
  judge: CallJudge,
  usage: Usage,
): RateSpanInput {
  const tenant = attributes.hasText(TEXT.tenantId) ? attributes : resource
  return {
    provider: judge.provider.buffer.toString(),
    responseModel: attributes.textOf(TEXT.responseModel),
    requestModel: attributes.textOf(TEXT.requestModel),
    serviceTier: attributes.textOf(TEXT.serviceTier),
    buckets: usage.buckets,
    startedAt: Math.floor((startHigh * 4294967296 + startLow) / 1e6),
    tenant: tenant.textOf(TEXT.tenantId),
  }
}

/** Puts a decimal text into `amount`; false where it is none that fits. */
function writeAmount(decimal: string): boolean {
  if (decimal.length > digits.length) return false
  const count = digits.buffer.write(decimal, 0, 'latin1')
  return writeDecimal(digits, 0, count, COST_SCALE, amount, 0)
}

function putAmount(column: NullableColumn, row: number): void {
  const at = column.at(row)
  const { data } = column.values.bytes
  for (let i = 0; i < 16; i += 4) data.setInt32(at + i, amount.data.getInt32(i, true), true)
}

function setText(column: LowCardinalityColumn, row: number, attributes: AttributeSet, field: number): void {
  const start = attributes.textStart[field] as number
  const end = attributes.textEnd[field] as number
  if (start !== end) column.set(row, attributes.textSource(field), start, end)
}
