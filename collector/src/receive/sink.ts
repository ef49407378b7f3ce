/**
 * The joint between the decoders and the columns: both decoders fill one span record and hand it over here.
 *
 * Invariant: a span that cannot be stored is refused for a counted reason and the others are kept.
 */
import { TEXT } from '../normalise/fields.ts'
import { KeyTable } from '../normalise/keys.ts'
import { type AttributeSet, CUTS, Envelope, SpanRecord } from '../normalise/span-record.ts'
import type { Repeats } from './repeats.ts'
import type { SpanMemory } from './span-memory.ts'

/** Takes rows. */
export interface RowBlock {
  /** @returns whether the call of the span was counted already, as `counted` says of one that is read again */
  add(span: SpanRecord, envelope: Envelope, receivedAt: number, counted: boolean | undefined): boolean
}

/** What is known of a request before it is read. */
export interface RequestFacts {
  /** Spans that it knows are left out. */
  memory?: SpanMemory | undefined
  /** Spans that it names are left out: the request was judged before. */
  skip?: Buffer | undefined
  /** The calls of spans that it names were counted already, and no others: the request was judged before. */
  counted?: Buffer | undefined
  /** Whose spans these are, whatever they say. */
  tenant?: string | undefined
  /** Spans that started before are refused: rows of that time are removed. Milliseconds since 1970. */
  keptSince?: number | undefined
  /** Counts the spans that `memory` knows. */
  repeats?: Repeats | undefined
}

/** Why a span is not stored. */
export type RejectReason = 'trace_id' | 'span_id' | 'start_time' | 'too_old'

/** A day: clocks differ, and a start beyond that is no time. */
const FUTURE_SECONDS = 86_400
/** So much later than its end a span is late, and so much before it is ahead, milliseconds. */
const LATE_MS = 60_000
const AHEAD_MS = 5_000
/** 2000-01-01: what is before is an unset clock. */
const EARLIEST_SECOND = 946_684_800

/** Decoding state, kept from request to request. */
export class Sink {
  readonly span: SpanRecord = new SpanRecord()
  readonly envelope: Envelope = new Envelope()
  readonly keys: KeyTable = new KeyTable()
  accepted = 0
  rejected = 0
  /** Attributes that are not kept, or not whole, for each of `CUTS`. */
  readonly cuts: number[] = CUTS.map(() => 0)
  /** The first refusal of the request, for the answer. */
  firstReason: RejectReason | undefined
  /** Spans that had been stored before and are left out. */
  duplicates = 0
  /** Accepted spans that came more than a minute after their end, or more than 5 seconds before it. */
  late = 0
  ahead = 0
  /** Keys of the accepted spans, for `SpanMemory.takeBack`. */
  readonly keysAdded: number[] = []
  /** Positions of the request's spans that are left out when it is read again, see `Frame`. */
  readonly #skipped: number[] = []
  /** Positions of those whose call was counted already. */
  readonly #countedBefore: number[] = []
  #block: RowBlock = { add: () => false }
  #receivedAt = 0
  #memory: SpanMemory | undefined
  #skip: Buffer | undefined
  #counted: Buffer | undefined
  #tenant: Buffer | undefined
  #repeats: Repeats | undefined
  #keptSince = Number.NEGATIVE_INFINITY
  #position = 0

  /** Starts a request whose rows go to `block`. */
  begin(
    block: RowBlock,
    receivedAt: number,
    { memory, skip, counted, tenant, keptSince, repeats }: RequestFacts,
  ): void {
    this.#block = block
    this.#receivedAt = receivedAt
    this.#memory = memory
    this.#skip = skip
    this.#counted = counted
    this.#tenant = tenant === undefined ? undefined : Buffer.from(tenant)
    this.#repeats = repeats
    this.#keptSince = keptSince ?? Number.NEGATIVE_INFINITY
    this.#position = 0
    this.#skipped.length = 0
    this.#countedBefore.length = 0
    this.keysAdded.length = 0
    this.duplicates = 0
    this.late = 0
    this.ahead = 0
    this.accepted = 0
    this.rejected = 0
    this.cuts.fill(0)
    this.firstReason = undefined
  }

  /** The skip list of what was left out, `undefined` where that is nothing. */
  skipList(): Buffer | undefined {
    return this.#skipped.length === 0 ? undefined : listOf(this.#skipped)
  }

  /** The list of those whose call was counted already. */
  countedList(): Buffer {
    return listOf(this.#countedBefore)
  }

  /** The span is complete. */
  add(): void {
    const { span } = this
    const position = this.#position++
    if (span.attributes.cut > 0) this.countCuts(span.attributes)
    const second = (span.startHigh * 4294967296 + span.startLow) / 1e9
    if (second < EARLIEST_SECOND || second > this.#receivedAt / 1000 + FUTURE_SECONDS) {
      this.#refuse('start_time')
      return
    }
    if (second * 1000 < this.#keptSince) {
      this.#refuse('too_old')
      // what reads the request again does not know how long rows were kept when it came
      this.#skipped.push(position)
      return
    }
    if (this.#known(position)) {
      this.duplicates++
      this.#skipped.push(position)
      this.#repeats?.see(span, this.envelope, this.#tenant?.toString())
      return
    }
    if (this.#tenant !== undefined) span.attributes.put(TEXT.tenantId, this.#tenant)
    const counted = this.#counted && isIn(this.#counted, position)
    if (this.#block.add(span, this.envelope, this.#receivedAt, counted)) this.#countedBefore.push(position)
    this.accepted++
    const lateness = this.#receivedAt - (span.endHigh * 4294967296 + span.endLow) / 1e6
    if (lateness > LATE_MS) this.late++
    else if (lateness < -AHEAD_MS) this.ahead++
  }

  /** Counts what of a set of attributes is not kept. */
  countCuts({ cuts }: AttributeSet): void {
    for (let why = 0; why < cuts.length; why++)
      this.cuts[why] = (this.cuts[why] as number) + (cuts[why] as number)
  }

  /** The span cannot be stored. */
  reject(reason: RejectReason): void {
    this.#position++
    this.#refuse(reason)
  }

  #known(position: number): boolean {
    const memory = this.#memory
    if (isIn(this.#skip, position)) return true
    if (memory === undefined) return false
    if (!memory.add(this.span.traceId, this.span.spanId)) return true
    memory.pushLast(this.keysAdded)
    return false
  }

  #refuse(reason: RejectReason): void {
    this.rejected++
    this.firstReason ??= reason
  }
}

/** A bit for each of the positions. */
function listOf(positions: readonly number[]): Buffer {
  const list = Buffer.alloc(((positions.at(-1) ?? -8) >> 3) + 1)
  for (const position of positions) {
    list[position >> 3] = (list[position >> 3] as number) | (1 << (position & 7))
  }
  return list
}

function isIn(list: Buffer | undefined, position: number): boolean {
  return list !== undefined && (((list[position >> 3] ?? 0) >> (position & 7)) & 1) === 1
}

/** What a refusal means, for people. */
export const REJECT_TEXT: Record<RejectReason, string> = {
  trace_id: 'trace_id is not 16 bytes, or zero',
  span_id: 'span_id is not 8 bytes, or zero',
  start_time: 'start_time_unix_nano is before 2000 or more than a day ahead',
  too_old: 'start_time_unix_nano is longer ago than spans are kept (retention.spans)',
}
