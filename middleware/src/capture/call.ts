/**
 * One metered call, from the request to the end of its answer.
 *
 * Invariant: its span ends exactly once, whatever ends the call; none of its methods throws.
 */
import { type Attributes, context, type Span } from '@opentelemetry/api'
import type { CallFacts } from '../providers/provider.ts'
import type { Verdict } from '../quota/admission.ts'
import { withOutputFields } from '../quota/max-output.ts'
import type { BudgetExceededError } from '../quota/refusal.ts'
import { toLatin1 } from '../streams/latin1.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { addAttributes, blankAttributes } from '../telemetry/call-attributes.ts'
import type { OpenSpan } from '../telemetry/recorder.ts'
import { readHead } from './answer-head.ts'
import { type AnswerReader, readParsed } from './answer-reader.ts'
import { beginningOf, beginSpan, spanName, UNOPENED } from './call-span.ts'
import type { AnswerHead, CallStart } from './call-start.ts'
import type { Draft } from './draft.ts'
import { exceptionName } from './exception-name.ts'
import { givenUp } from './given-up.ts'
import { type JobEnd, stepJob } from './job-step.ts'
import { type LateEnd, workOutLateEnds, workOutLater } from './late-ends.ts'
import { seeRequest } from './read-asked.ts'
import { REFUSE, refusalAttributes, refusedInside } from './refused-call.ts'
import { reportFailure } from './report.ts'
import type { RequestFacts } from './request.ts'
import { enrichSdkSpan, findSdkSpan } from './sdk-span.ts'
import { type CallEnd, newEnd, type Settlement, settle } from './settle.ts'

export class Call implements LateEnd {
  /** Set while the end has come but the last bytes are still being decoded. */
  finishing: Promise<void> | undefined
  /** By what the host can give the call up, where nothing else tells that it did. */
  signal: AbortSignal | undefined
  /** The host gave the call up before it began: without an answer there was none. */
  abortedBefore = false
  readonly #start: CallStart
  #model: string | undefined
  /** The span's name, where the beginning did not know it. */
  #name: string | undefined
  readonly #facts: CallFacts = {}
  readonly #startedAt: number = Date.now()
  readonly #startedTick: number = performance.now()
  /** Milliseconds, once it has ended. */
  #duration = 0
  #span: OpenSpan
  /** What is known of the answer, or better than at the start, before the end. */
  readonly #noted: Attributes = {}
  #reader: AnswerReader | undefined
  /** What of its end is known. */
  readonly #end: CallEnd = newEnd()
  #chunked = false
  #ended = false
  #source: object | undefined
  #lastSign: number = this.#startedTick
  /** Characters of generated text that came in messages. */
  #messageText = 0
  /** The budgets were asked. */
  #asked = false
  #refused: Settlement | undefined
  /** When the job began that the call is the end of. */
  #pricedAt: number | undefined

  constructor(start: CallStart) {
    this.#start = start
    const { request, target } = start
    const { endpoint, job, priceBook } = target.match
    if (job !== undefined) this.#facts.job = { id: job, done: false }
    seeRequest(start, request, this.#facts)
    const model = request.model ?? this.#facts.requestModel ?? target.match.model
    this.#model = model
    if (priceBook !== undefined) this.#facts.priceBook = priceBook
    if (endpoint.poll) {
      this.#span = UNOPENED
      return
    }
    const active = start.active ?? context.active()
    const sdkSpan = findSdkSpan(active)
    this.#span = sdkSpan
      ? enrichSdkSpan(sdkSpan, beginningOf(start, model).attributes, () => this.#refused ?? this.#settle())
      : beginSpan(start, model, this.#startedAt, active)
  }

  /** What the call began with. */
  get origin(): CallStart {
    return this.#start
  }

  /** Fields of the request's body that count, beside its model. */
  get requestFields(): readonly string[] | undefined {
    const { target, gate } = this.#start
    const paths = target.match.endpoint.request?.paths
    return gate ? withOutputFields(paths) : paths
  }

  /** The call still has to be admitted before it is made. */
  get gated(): boolean {
    const { gate, target } = this.#start
    // Whoever only asks how a job is doing has been admitted with the job.
    return gate !== undefined && !this.#asked && !target.match.endpoint.poll
  }

  /**
   * Asks whether the call may be made; `undefined` = nothing has to be asked.
   *
   * @param draft the request, where it can be changed before it is sent
   */
  admit(draft?: Draft): Verdict | Promise<Verdict> | undefined {
    if (!this.gated) return undefined
    this.#asked = true
    if (!draft) return this.#start.gate?.admit()
    return this.#start.gate?.admit({
      caps: () => draft.takesMaxOutput(),
      replaceable: () => draft.takesModel(this.#model),
    })
  }

  /** The request is sent with another model than it was made with. */
  askedInstead(model: string): void {
    this.#model = model
    this.#noted[ATTR.requestModel] = model
    this.#name = spanName(this.#start.target.match.endpoint.operation, model)
  }

  /** As {@link admit}, for what has begun without being asked. */
  admitBegun(): Verdict | Promise<Verdict> | undefined {
    this.#asked = true
    return this.#start.gate?.admit({ begun: true })
  }

  /** The host gave the call up before anything of it was sent: nobody bills it. */
  unsent(): void {
    if (this.#ended) return
    this.#end.unsent = true
    this.#start.gate?.release()
  }

  /** The call is not made: a budget refused it. */
  refuse({ code }: BudgetExceededError): void {
    if (this.#ended) return
    this.#ended = true
    try {
      const attributes = refusalAttributes(this.#start.gate, code)
      this.#refused = refusedInside(attributes, code)
      const duration = performance.now() - this.#startedTick
      this.#span.end(attributes, code, this.#startedAt + duration, spanName(REFUSE, this.#model))
    } catch (error) {
      reportFailure('end a span', error)
    }
    this.#start.onEnd(this)
  }

  /** `performance.now()` when the head came of an answer that nobody has begun to read; else infinity. */
  get idleSince(): number {
    const unread = this.#end.status !== undefined && this.#source === undefined
    return unread ? this.#lastSign : Number.POSITIVE_INFINITY
  }

  /** The call's span, where there is one of ours already. */
  get span(): Span | undefined {
    return this.#span.span
  }

  /** Whether the answer is a stream of events. */
  get streamed(): boolean {
    return this.#end.streamed
  }

  get over(): boolean {
    return this.#ended
  }

  /** Nothing of the request's body was seen yet. */
  get requestUnknown(): boolean {
    return !this.#ended && this.#start.request.length === 0
  }

  /** What the request says, where its body comes after the call has begun. */
  requested(request: RequestFacts): void {
    if (this.#ended) return
    this.#start.request = request
    if (request.stream) this.#noted[ATTR.requestStream] = true
    seeRequest(this.#start, request, this.#facts)
    const model = request.model ?? this.#facts.requestModel
    if (model === undefined) return
    this.#model = model
    this.#noted[ATTR.requestModel] = model
    this.#name = spanName(this.#start.target.match.endpoint.operation, model)
  }

  /** The answer's head is here. */
  head(head: AnswerHead): void {
    if (this.#ended) return
    try {
      this.#lastSign = performance.now()
      this.#end.status = head.status
      this.#reader = readHead(this.#start, head, this.#facts, this.#noted)
      this.#end.streamed = this.#reader.streamed
    } catch (error) {
      reportFailure('read the head of an answer', error)
    }
  }

  /**
   * Says whether `source` is the one whose bytes count: of a body and its clones, the first that is read.
   */
  claim(source: object): boolean {
    this.#source ??= source
    return this.#source === source && !this.#ended
  }

  /** The whole answer, parsed by the host itself. */
  json(value: unknown): void {
    if (!this.#ended) readParsed(this.#start.target.match.endpoint, value, this.#facts)
  }

  /** Some bytes of the answer pass by. */
  chunk(bytes: Uint8Array): void {
    if (this.#ended) return
    try {
      if (!this.#chunked) {
        this.#chunked = true
        if (this.#end.streamed) {
          this.#noted[ATTR.timeToFirstChunk] = (performance.now() - this.#startedTick) / 1000
        }
      }
      this.#reader?.push(toLatin1(bytes))
    } catch (error) {
      this.#reader = undefined
      reportFailure('read an answer', error)
    }
  }

  /** A message brought something of the answer. @param text characters of generated text in it */
  piece(text: number): void {
    if (this.#ended) return
    this.#lastSign = performance.now()
    this.#end.streamed = true
    this.#messageText += text
    this.#noted[ATTR.timeToFirstChunk] ??= (this.#lastSign - this.#startedTick) / 1000
  }

  /** The call is over; only the first word counts. @param cause what ended it, where it did not end by itself */
  end(outcome: CallEnd['outcome'], cause?: unknown): void {
    if (this.#ended) return
    if (outcome === 'refused' && this.abortedBefore) {
      this.discard()
      return
    }
    this.#ended = true
    this.#end.outcome = outcome
    const aborted = outcome !== 'done' && this.signal?.aborted === true
    this.#end.exception = exceptionName(aborted ? givenUp(cause) : cause)
    this.#duration = performance.now() - this.#startedTick
    if (this.#span.patient && !this.#start.gate) workOutLater(this)
    else {
      // what ended before may be the job that this call asks for
      workOutLateEnds()
      this.workOut()
    }
    this.#start.onEnd(this)
  }

  /** Reads what the answer held and records the call, once it has ended. */
  workOut(): void {
    try {
      if (this.#end.outcome === 'done') this.#reader?.end()
    } catch (error) {
      reportFailure('read the end of an answer', error)
    }
    try {
      const { gate } = this.#start
      const job = stepJob(this.#start, this.#facts, this.#startedAt, this.#model)
      if (job === 'ignored') {
        gate?.release()
        return
      }
      if (job !== 'none') this.#endOf(job)
      const { attributes, error } = this.#settle()
      if (gate) {
        addAttributes(gate.attributes(), attributes)
        gate.settle(attributes, this.#end.submitted || attributes[ATTR.unpricedReason] === 'failed')
      }
      this.#span.end(attributes, error, this.#startedAt + this.#duration, this.#name)
    } catch (error) {
      reportFailure('end a span', error)
    }
  }

  /** It was no call after all (the answer sends the client elsewhere): no span is recorded. */
  discard(): void {
    if (this.#ended) return
    this.#ended = true
    this.#start.gate?.release()
    this.#start.onEnd(this)
  }

  /** What is recorded is a job's. */
  #endOf({ kind, operation, model, name, submission }: JobEnd): void {
    this.#end.submitted = kind === 'submitted'
    this.#name = name
    this.#noted[ATTR.operation] = operation
    if (!submission) return
    this.#pricedAt = submission.startedAt
    if (model !== undefined) this.#noted[ATTR.requestModel] = model
    if (this.#span === UNOPENED) {
      const active = this.#start.active ?? context.active()
      this.#span = beginSpan(this.#start, this.#model, this.#startedAt, active, submission)
    }
    this.#model = model
  }

  #settle(): Settlement {
    const { request, unitPrice, target } = this.#start
    const end = this.#end
    end.textLength = this.#reader?.textLength ?? this.#messageText
    end.requestLength = request.length
    end.requestModel = this.#model
    end.unitPrice = unitPrice
    end.at = new Date(this.#pricedAt ?? this.#startedAt)
    return settle(target.match.provider, this.#facts, end, addAttributes(this.#noted, blankAttributes()))
  }
}
