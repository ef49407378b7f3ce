/**
 * What a span is: one call to a paid API, or not; whose, and which operation.
 *
 * Invariant: only a leaf is a call: of a model, or of whatever else is metered. A span that its own dialect calls an agent, a chain, a tool or the like is
 * none, whatever else it carries, because it repeats the usage of the calls within it.
 */
import { CALL_OPERATIONS } from '@spanmeter/middleware/attributes'
import { Bytes, NO_BYTES } from '../write/bytes.ts'
import { type Dialect, OPERATIONS } from './dialects.ts'
import { NUMBER, TEXT } from './fields.ts'
import { makerOf, providerName } from './providers.ts'
import type { AttributeSet, Envelope, SpanRecord } from './span-record.ts'
import type { Inclusion } from './usage.ts'
import { Words } from './words.ts'

const CLIENT = 3
const SERVER = 2
/** Of a span's status. */
const ERROR = 2
const CALLS: ReadonlySet<string> = new Set(CALL_OPERATIONS)

interface Operation {
  /** Bytes of the operation's name; empty where there is none. */
  readonly bytes: Bytes
  readonly kind: 'call' | 'container' | 'other'
}

/** Finds out what spans are. One instance is kept: it remembers words. Fields hold the answer for the last span. */
export class CallJudge {
  isCall = false
  provider: Bytes = NO_BYTES
  operation: Bytes = NO_BYTES
  inclusion: Inclusion = 'all'
  /** The AI SDK says in its mark, and nowhere else, that it streams. */
  streams = false

  readonly #operations = new Map<Dialect, Words<Operation>>()
  readonly #marks = new Map<Dialect, Words<Operation>>()
  readonly #providers = new Words((text) => bytesOf(providerName(text)))
  readonly #makers = new Words((text) => bytesOf(makerOf(text)))
  readonly #fixed = new Map<string, Bytes>()

  judge(span: SpanRecord, { dialect }: Envelope): void {
    const { attributes } = span
    const operation = this.#read(this.#operations, dialect, attributes, TEXT.operation)
    const mark = this.#read(this.#marks, dialect, attributes, TEXT.mark)
    const named = this.#named(span, dialect)
    this.provider = this.#provider(attributes, dialect)
    this.isCall = false
    this.operation = operation.bytes
    this.streams = false
    if (named.kind === 'call' && operation.kind !== 'container') {
      this.isCall = true
      if (operation.kind !== 'call') this.operation = named.bytes
    } else if (mark.kind === 'container' || operation.kind === 'container') {
      if (this.operation.length === 0) this.operation = mark.bytes
    } else if (mark.kind === 'call') {
      this.isCall = span.kind !== SERVER || dialect.anyKind === true
      if (operation.kind !== 'call') this.operation = mark.bytes
      if (this.provider.length === 0) this.provider = this.#maker(attributes)
      this.streams = isStreamMark(attributes)
    } else {
      const ofModel = operation.kind === 'call' && this.provider.length > 0
      this.isCall =
        span.kind === CLIENT
          ? ofModel || attributes.hasText(TEXT.meterName)
          : ofModel && dialect.anyKind === true
    }
    if (dialect.usageElsewhere && span.status !== ERROR && !saysUsage(attributes)) this.isCall = false
    this.inclusion = this.#inclusion(attributes, dialect)
  }

  #read(
    tables: Map<Dialect, Words<Operation>>,
    dialect: Dialect,
    attributes: AttributeSet,
    field: number,
  ): Operation {
    const start = attributes.textStart[field] as number
    const end = attributes.textEnd[field] as number
    if (start === end) return ABSENT
    let words = tables.get(dialect)
    if (words === undefined) {
      words = new Words((text) => operationOf(text, dialect, field === TEXT.mark))
      tables.set(dialect, words)
    }
    return words.of(attributes.textSource(field), start, end)
  }

  #named(span: SpanRecord, { callNames }: Dialect): Operation {
    if (callNames === undefined) return ABSENT
    const { buffer } = span.nameMade ? span.attributes.scratch : span.attributes.source
    const name = buffer.toString('utf8', span.nameStart, Math.min(span.nameEnd, span.nameStart + 200))
    const operation = Object.hasOwn(callNames, name) ? callNames[name] : undefined
    return operation === undefined ? ABSENT : { bytes: bytesOf(operation), kind: 'call' }
  }

  #provider(attributes: AttributeSet, dialect: Dialect): Bytes {
    const field = TEXT.provider
    const start = attributes.textStart[field] as number
    const end = attributes.textEnd[field] as number
    if (start !== end) return this.#providers.of(attributes.textSource(field), start, end)
    if (dialect.provider === undefined) return NO_BYTES
    let fixed = this.#fixed.get(dialect.provider)
    if (fixed === undefined) {
      fixed = bytesOf(dialect.provider)
      this.#fixed.set(dialect.provider, fixed)
    }
    return fixed
  }

  #maker(attributes: AttributeSet): Bytes {
    for (const field of [TEXT.requestModel, TEXT.responseModel]) {
      const start = attributes.textStart[field] as number
      const end = attributes.textEnd[field] as number
      if (start !== end) return this.#makers.of(attributes.textSource(field), start, end)
    }
    return this.#makers.of(NO_BYTES, 0, 0)
  }

  #inclusion({ numbers, textStart, textEnd }: AttributeSet, { uncachedInput }: Dialect): Inclusion {
    // What our middleware has completed says what the conventions say, whosever span it is.
    if (textStart[TEXT.usageSource] !== textEnd[TEXT.usageSource]) return 'all'
    if (numbers[NUMBER.bucketsApart] === 1) return 'none'
    if (uncachedInput === undefined || !Number.isNaN(numbers[NUMBER.uncachedTokens])) return 'all'
    return uncachedInput[0] === '*' || uncachedInput.includes(this.provider.buffer.toString())
      ? 'uncached'
      : 'all'
  }
}

const ABSENT: Operation = { bytes: NO_BYTES, kind: 'other' }

/** A name that nobody knows is kept as an operation, and is nothing as a mark. */
function operationOf(text: string, dialect: Dialect, isMark: boolean): Operation {
  const name = text.toLowerCase()
  const own = dialect.operations
  const mapped = own !== undefined && Object.hasOwn(own, name) ? own[name] : undefined
  const known = mapped ?? (Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined)
  if (known === '') return { bytes: bytesOf(isMark ? name : text), kind: 'container' }
  const operation = known ?? name
  if (CALLS.has(operation)) return { bytes: bytesOf(operation), kind: 'call' }
  return { bytes: isMark ? NO_BYTES : bytesOf(text), kind: 'other' }
}

function saysUsage({ numbers }: AttributeSet): boolean {
  return !Number.isNaN(numbers[NUMBER.inputTokens]) || !Number.isNaN(numbers[NUMBER.outputTokens])
}

function isStreamMark(attributes: AttributeSet): boolean {
  const start = attributes.textStart[TEXT.mark] as number
  const end = Math.min(attributes.textEnd[TEXT.mark] as number, start + 9)
  return attributes.textSource(TEXT.mark).buffer.toString('latin1', start, end) === 'ai.stream'
}

function bytesOf(text: string): Bytes {
  return new Bytes(Buffer.from(text))
}
