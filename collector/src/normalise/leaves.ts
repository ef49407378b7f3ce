/**
 * Which spans are of a call that was counted already: two tools, or a tool and our middleware, that trace the same
 * call. One inside the other, only the innermost counts; side by side, the first that names the answer's id, else
 * the middleware's.
 *
 * Invariant: reading the requests of a block again gives the same rows, because what was decided is read with them. A
 * span ends, and is sent, after what it contains.
 */
import { CallMemory } from '../receive/call-memory.ts'
import { WORDS } from '../receive/span-memory.ts'
import { WORD } from '../write/words.ts'
import { TEXT } from './fields.ts'
import { type CallRows, SideBySide } from './side-by-side.ts'
import type { Envelope, SpanRecord } from './span-record.ts'
import type { Usage } from './usage.ts'

const SERVER = 2

/**
 * What is known of a span: it stands for itself (`new`); another row of the block counts for its call (`paired`); its call
 * was counted already (`counted`), and whoever reads the span again has to be told.
 */
export type Seen = 'new' | 'paired' | 'counted'

export class Leaves {
  readonly #pairs: SideBySide
  readonly #serviceOf: (row: number) => number
  /** Of this block alone, until it follows others. */
  #memory: CallMemory | undefined
  /** What was remembered for which row, in order: keys of spans that contain a call, and ids of answers. */
  readonly #keys: number[] = []
  readonly #keyRows: number[] = []
  readonly #answers: string[] = []
  readonly #answerRows: number[] = []

  constructor(rows: CallRows & { serviceOf(row: number): number }) {
    this.#serviceOf = (row) => rows.serviceOf(row)
    this.#pairs = new SideBySide(rows)
  }

  /** What calls of earlier blocks said counts too. */
  follow(memory: CallMemory): void {
    this.#memory = memory
  }

  /** Takes the next span. @param told whether its call was counted already, where the span is read again */
  see(
    span: SpanRecord,
    envelope: Envelope,
    isCall: boolean,
    row: number,
    usage: Usage,
    told: boolean | undefined,
  ): Seen {
    const counted = told ?? this.#isCounted(span, envelope, isCall, row)
    if (counted) return 'counted'
    return isCall && this.#paired(span, row, usage) ? 'paired' : 'new'
  }

  #isCounted(span: SpanRecord, envelope: Envelope, isCall: boolean, row: number): boolean {
    const { traceId, spanId, parentSpanId } = span
    this.#memory ??= new CallMemory()
    const contains = this.#memory.contains(traceId, spanId)
    // What a service does is not inside of the call that came to it, but the work of somebody else.
    const isInside = (isCall || contains) && span.hasParent && span.kind !== SERVER
    if (isInside && this.#memory.addContainer(traceId, parentSpanId, this.#keys)) this.#keyRows.push(row)
    return contains || (isCall && this.#answered(this.#memory, span, envelope, row))
  }

  /** Forgets what rows from `rows` on said. */
  truncate(rows: number): void {
    const keys = cut(this.#keyRows, rows)
    const answers = cut(this.#answerRows, rows)
    this.#memory?.takeBack(this.#keys.splice(keys * WORDS), this.#answers.splice(answers))
    this.#pairs.truncate(rows)
  }

  /** Forgets everything; what others follow stays. */
  clear(): void {
    this.#memory = undefined
    for (const list of [this.#keys, this.#keyRows, this.#answers, this.#answerRows]) list.length = 0
    this.#pairs.clear()
  }

  /** Our middleware completes the spans of others, so what it has touched is not looked up. */
  #answered(memory: CallMemory, span: SpanRecord, { scopeName }: Envelope, row: number): boolean {
    const { attributes } = span
    if (!attributes.hasText(TEXT.responseId) || attributes.hasText(TEXT.usageSource)) return false
    const id = attributes.textOf(TEXT.responseId)
    const scope = scopeName.buffer.toString('latin1', 0, scopeName.length)
    const start = startOf(span)
    const end = endOf(span)
    const known = memory.answer(id)
    if (known === undefined) {
      memory.addAnswer(id, { scope, start, end })
      this.#answers.push(id)
      this.#answerRows.push(row)
    }
    // Some servers give the same id again, and one tool tells of one call once.
    return known !== undefined && known.scope !== scope && start <= known.end && known.start <= end
  }

  #paired(span: SpanRecord, row: number, usage: Usage): boolean {
    const { attributes } = span
    const metered = attributes.hasText(TEXT.usageSource)
    const exact = metered ? attributes.isText(TEXT.usageSource, WORD.provider) : usage.known
    const tokens = exact ? usage.total : Number.NaN
    const call = { service: this.#serviceOf(row), start: startOf(span), end: endOf(span), tokens }
    if (!metered) return this.#pairs.trace(row, call)
    this.#pairs.meter(row, call)
    return false
  }
}

function startOf({ startHigh, startLow }: SpanRecord): number {
  return startHigh * 4294967296 + startLow
}

function endOf({ endHigh, endLow }: SpanRecord): number {
  return endHigh * 4294967296 + endLow
}

/** Cuts rows from `from` on off an ascending list. @returns how many are left */
function cut(rows: number[], from: number): number {
  while (rows.length > 0 && (rows.at(-1) as number) >= from) rows.pop()
  return rows.length
}
