/**
 * The joint between the decoders and the columns: both decoders fill one span record and hand it over here.
 *
 * Invariant: a span that cannot be stored is refused for a counted reason and the others are kept.
 */
import { KeyTable } from '../normalise/keys.ts'
import { Envelope, SpanRecord } from '../normalise/span-record.ts'

/** Takes rows. */
export interface RowBlock {
  add(span: SpanRecord, envelope: Envelope, receivedAt: number): void
}

/** Why a span is not stored. */
export type RejectReason = 'trace_id' | 'span_id' | 'start_time'

/** A day: clocks differ, and a start beyond that is no time. */
const FUTURE_SECONDS = 86_400
/** 2000-01-01: what is before is an unset clock. */
const EARLIEST_SECOND = 946_684_800

/** Decoding state, kept from request to request. */
export class Sink {
  readonly span: SpanRecord = new SpanRecord()
  readonly envelope: Envelope = new Envelope()
  readonly keys: KeyTable = new KeyTable()
  accepted = 0
  rejected = 0
  /** Attributes cut, dropped as content or beyond the bounds. */
  cut = 0
  /** The first refusal of the request, for the answer. */
  firstReason: RejectReason | undefined
  #block: RowBlock = { add() {} }
  #receivedAt = 0

  /** Starts a request whose rows go to `block`. */
  begin(block: RowBlock, receivedAt: number): void {
    this.#block = block
    this.#receivedAt = receivedAt
    this.accepted = 0
    this.rejected = 0
    this.cut = 0
    this.firstReason = undefined
  }

  /** The span is complete. */
  add(): void {
    const { span } = this
    this.cut += span.attributes.cut
    const second = (span.startHigh * 4294967296 + span.startLow) / 1e9
    if (second < EARLIEST_SECOND || second > this.#receivedAt / 1000 + FUTURE_SECONDS) {
      this.reject('start_time')
      return
    }
    this.#block.add(span, this.envelope, this.#receivedAt)
    this.accepted++
  }

  reject(reason: RejectReason): void {
    this.rejected++
    this.firstReason ??= reason
  }
}

/** What a refusal means, for people. */
export const REJECT_TEXT: Record<RejectReason, string> = {
  trace_id: 'trace_id is not 16 bytes, or zero',
  span_id: 'span_id is not 8 bytes, or zero',
  start_time: 'start_time_unix_nano is before 2000 or more than a day ahead',
}
