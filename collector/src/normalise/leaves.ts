/**
 * Which spans are of a call that was counted already: two tools, or a tool and our middleware, that trace the same
 * call. One inside the other, only the innermost counts; side by side, the first that names the answer's id, else
 * the middleware's.
 *
 * Invariant: reading the requests of a block again gives the same rows, because what was decided is read with them. A
 * span ends, and is sent, after what it contains.
 */
import type { Bytes } from '../write/bytes.ts'
import { WORD } from '../write/words.ts'
import type { Answer, CallMemory, Said } from './call-memory.ts'
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
  /** Spans that contain a call → row of the first one. */
  #parents = new Map<string, number>()
  /** Ids of answers → who said so first. */
  #answers = new Map<string, Answer>()
  readonly #pairs: SideBySide
  readonly #serviceOf: (row: number) => number
  /** Of the blocks before; absent where a request is read again. */
  earlier: CallMemory | undefined

  constructor(rows: CallRows & { serviceOf(row: number): number }) {
    this.#serviceOf = (row) => rows.serviceOf(row)
    this.#pairs = new SideBySide(rows)
  }

  /** Takes the next span. @param told that its call was counted already, where the span is read again */
  see(span: SpanRecord, envelope: Envelope, isCall: boolean, row: number, usage: Usage, told: boolean): Seen {
    const parents = this.#parents
    const contains = told || this.#contains(span)
    // What a service does is not inside of the call that came to it, but the work of somebody else.
    if ((isCall || contains) && span.hasParent && span.kind !== SERVER) {
      const parent = keyOf(span.traceId, span.parentSpanId)
      if (!parents.has(parent)) parents.set(parent, row)
    }
    if (contains) return 'counted'
    if (!isCall) return 'new'
    if (this.#answered(span, envelope, row)) return 'counted'
    return this.#paired(span, row, usage) ? 'paired' : 'new'
  }

  /** Gives what it knows to the memory of earlier blocks: no span comes any more. */
  handOver(memory: CallMemory, now: number): void {
    const said: Said = { parents: this.#parents, answers: this.#answers }
    if (said.parents.size + said.answers.size === 0) return
    this.#parents = new Map()
    this.#answers = new Map()
    memory.take(said, now)
  }

  #contains({ traceId, spanId }: SpanRecord): boolean {
    const { earlier } = this
    if (this.#parents.size === 0 && earlier === undefined) return false
    const key = keyOf(traceId, spanId)
    return this.#parents.has(key) || earlier?.contains(key) === true
  }

  /** Forgets what rows from `rows` on said. */
  truncate(rows: number): void {
    for (const [parent, row] of this.#parents) if (row >= rows) this.#parents.delete(parent)
    for (const [id, { row }] of this.#answers) if (row >= rows) this.#answers.delete(id)
    this.#pairs.truncate(rows)
  }

  /** Forgets everything. */
  clear(): void {
    this.#parents.clear()
    this.#answers.clear()
    this.#pairs.clear()
    this.earlier = undefined
  }

  /** Our middleware completes the spans of others, so what it has touched is not looked up. */
  #answered(span: SpanRecord, { scopeName }: Envelope, row: number): boolean {
    const { attributes } = span
    if (!attributes.hasText(TEXT.responseId) || attributes.hasText(TEXT.usageSource)) return false
    const id = attributes.textOf(TEXT.responseId)
    const scope = scopeName.buffer.toString('latin1', 0, scopeName.length)
    const start = startOf(span)
    const end = endOf(span)
    const known = this.earlier?.answer(id) ?? this.#answers.get(id)
    if (known === undefined) this.#answers.set(id, { scope, start, end, row })
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

/** All of the span's id and half of the trace's: both are random. */
function keyOf(traceId: Bytes, spanId: Bytes): string {
  return spanId.buffer.toString('latin1', 0, 16) + traceId.buffer.toString('latin1', 0, 16)
}
