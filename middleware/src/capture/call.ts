/**
 * One metered call, from the request to the end of its answer.
 *
 * Invariant: its span ends exactly once, whatever ends the call; none of its methods throws.
 */
import { type Attributes, context, type Span, trace } from '@opentelemetry/api'
import type { CallFacts } from '../providers/provider.ts'
import type { Verdict } from '../quota/admission.ts'
import { maxOutputOf, withOutputFields } from '../quota/max-output.ts'
import type { BudgetExceededError } from '../quota/refusal.ts'
import { toLatin1 } from '../streams/latin1.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { blankAttributes } from '../telemetry/call-attributes.ts'
import type { OpenSpan } from '../telemetry/recorder.ts'
import { type AnswerReader, createAnswerReader, readParsed } from './answer-reader.ts'
import type { AnswerHead, CallStart } from './call-start.ts'
import { exceptionName } from './exception-name.ts'
import { givenUp } from './given-up.ts'
import { hasChatStreams, refusesStreamUsage } from './inject-usage.ts'
import type { JobStep, Submission } from './jobs.ts'
import { rateLimitHeadroom } from './rate-limit.ts'
import { readAsked } from './read-asked.ts'
import { reportFailure } from './report.ts'
import type { RequestFacts } from './request.ts'
import { readHeaders } from './response-headers.ts'
import { enrichSdkSpan, findSdkSpan } from './sdk-span.ts'
import { type CallEnd, settle } from './settle.ts'

/** Name of what is recorded of a call that only begins a job: it is no paid call, the job's end is. */
const SUBMIT = 'submit_job'
/** The same of a call that a budget refused: it was never made. */
const REFUSE = 'refuse_call'
const NOTHING_USED = { [ATTR.usageSource]: 'missing', [ATTR.unpricedReason]: 'failed' }
/** A span that is opened once its answer has said that there is something to record. */
const UNOPENED: OpenSpan = { span: undefined, end() {} }

export class Call {
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
  #span: OpenSpan
  #open: ((begun: Partial<Submission>) => OpenSpan) | undefined
  readonly #details: Attributes = blankAttributes()
  #reader: AnswerReader | undefined
  #status: number | undefined
  #streamed = false
  #chunked = false
  #ended = false
  #outcome: CallEnd['outcome'] | undefined
  #exception: string | undefined
  #source: object | undefined
  #lastSign: number = this.#startedTick
  /** Characters of generated text that came in messages. */
  #messageText = 0
  /** The call only began a job. */
  #submitted = false
  /** The budgets were asked. */
  #asked = false
  #unsent = false
  #refused: ReturnType<typeof settle> | undefined
  /** When the job began that the call is the end of. */
  #pricedAt: number | undefined

  constructor(start: CallStart) {
    this.#start = start
    const { request, target } = start
    const { provider, endpoint, job, priceBook } = target.match
    if (job !== undefined) this.#facts.job = { id: job, done: false }
    this.#read(request)
    const model = request.model ?? this.#facts.requestModel ?? target.match.model
    this.#model = model
    if (priceBook !== undefined) this.#facts.priceBook = priceBook
    const attributes: Attributes = {
      [ATTR.operation]: endpoint.operation,
      [ATTR.provider]: provider.name,
      [ATTR.serverAddress]: target.hostname,
      [ATTR.serverPort]: target.port,
    }
    copy(endpoint.attributes, attributes)
    copy(start.attributes, attributes)
    if (model !== undefined) attributes[ATTR.requestModel] = model
    if (request.stream) attributes[ATTR.requestStream] = true
    const active = start.active ?? context.active()
    const sdkSpan = endpoint.poll ? undefined : findSdkSpan(active)
    const open = (begun: Partial<Submission>) =>
      start.recorder.start({
        name: model === undefined ? endpoint.operation : `${endpoint.operation} ${model}`,
        startTime: begun.startedAt ?? this.#startedAt,
        parent: start.server ? trace.setSpan(active, start.server) : active,
        attributes: copy(begun.attributes, attributes),
      })
    if (endpoint.poll) this.#open = open
    this.#span = sdkSpan
      ? enrichSdkSpan(sdkSpan, attributes, () => {
          return this.#refused ?? this.#settle('cut', { ...this.#details })
        })
      : endpoint.poll
        ? UNOPENED
        : open({})
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
   * @param changes the request's body can be changed before it is sent
   */
  admit(changes = false): Verdict | Promise<Verdict> | undefined {
    if (!this.gated) return undefined
    this.#asked = true
    const caps = changes && this.#start.target.match.endpoint.maxOutput !== undefined
    return this.#start.gate?.admit({ caps })
  }

  /** As {@link admit}, for what has begun without being asked. */
  admitBegun(): Verdict | Promise<Verdict> | undefined {
    this.#asked = true
    return this.#start.gate?.admit({ begun: true })
  }

  /** The host gave the call up before anything of it was sent: nobody bills it. */
  unsent(): void {
    if (this.#ended) return
    this.#unsent = true
    this.#start.gate?.release()
  }

  /** The call is not made: a budget refused it. */
  refuse({ code }: BudgetExceededError): void {
    if (this.#ended) return
    this.#ended = true
    try {
      const model = this.#model
      const attributes: Attributes = { [ATTR.operation]: REFUSE, [ATTR.errorType]: code }
      copy(this.#start.gate?.attributes(), attributes)
      // Where the span is the SDK's, it says what it was to be; then this says that it was nothing.
      this.#refused = { attributes: { ...attributes, ...NOTHING_USED }, error: code }
      const duration = performance.now() - this.#startedTick
      const name = model === undefined ? REFUSE : `${REFUSE} ${model}`
      this.#span.end(attributes, code, this.#startedAt + duration, name)
    } catch (error) {
      reportFailure('end a span', error)
    }
    this.#start.onEnd(this)
  }

  /** The host, where a stream of it is to be asked for its usage. */
  get streamUsageHost(): string | undefined {
    const { injectStreamUsage, target, request } = this.#start
    if (!injectStreamUsage || !request.stream || !hasChatStreams(target)) return undefined
    return refusesStreamUsage(target.host) ? undefined : target.host
  }

  /** What was read of the request's content goes no further than this. */
  #read(request: RequestFacts): void {
    const { address, target, gate } = this.#start
    const { endpoint } = target.match
    gate?.see({
      model: request.model,
      length: request.length,
      maxOutput: maxOutputOf(request.fields),
    })
    if (endpoint.request) readAsked(endpoint, address, request.fields, this.#facts)
    if (request.fields) delete request.fields
  }

  /** `performance.now()` when the head came of an answer that nobody has begun to read; else infinity. */
  get idleSince(): number {
    const unread = this.#status !== undefined && this.#source === undefined
    return unread ? this.#lastSign : Number.POSITIVE_INFINITY
  }

  /** The call's span, where there is one of ours already. */
  get span(): Span | undefined {
    return this.#span.span
  }

  /** Whether the answer is a stream of events. */
  get streamed(): boolean {
    return this.#streamed
  }

  /** Nothing of the request's body was seen yet. */
  get requestUnknown(): boolean {
    return !this.#ended && this.#start.request.length === 0
  }

  /** What the request says, where its body comes after the call has begun. */
  requested(request: RequestFacts): void {
    if (this.#ended) return
    this.#start.request = request
    if (request.stream) this.#details[ATTR.requestStream] = true
    this.#read(request)
    const model = request.model ?? this.#facts.requestModel
    if (model === undefined) return
    this.#model = model
    this.#details[ATTR.requestModel] = model
    this.#name = `${this.#start.target.match.endpoint.operation} ${model}`
  }

  /** The answer's head is here. */
  head(head: AnswerHead): void {
    try {
      const { status, headers } = head
      this.#lastSign = performance.now()
      this.#status = status
      const type = headers.get('content-type') ?? ''
      this.#reader = createAnswerReader(this.#start.target.match.endpoint, type, this.#facts)
      this.#streamed = this.#reader.streamed
      const { provider, gateway } = this.#start.target.match
      const id = readHeaders(provider, headers, this.#facts)
      const gatewayId = gateway && readHeaders(gateway, headers, this.#facts)
      const left = rateLimitHeadroom(headers)
      if (left !== undefined) this.#details[ATTR.rateLimitRemaining] = left
      if (id ?? gatewayId) this.#details[ATTR.requestId] = id ?? gatewayId
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
        if (this.#streamed) {
          this.#details[ATTR.timeToFirstChunk] = (performance.now() - this.#startedTick) / 1000
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
    this.#lastSign = performance.now()
    this.#streamed = true
    this.#messageText += text
    this.#details[ATTR.timeToFirstChunk] ??= (this.#lastSign - this.#startedTick) / 1000
  }

  /** The call is over; only the first word counts. @param cause what ended it, where it did not end by itself */
  end(outcome: CallEnd['outcome'], cause?: unknown): void {
    if (this.#ended) return
    if (outcome === 'refused' && this.abortedBefore) {
      this.discard()
      return
    }
    this.#ended = true
    try {
      if (outcome === 'done') this.#reader?.end()
    } catch (error) {
      reportFailure('read the end of an answer', error)
    }
    try {
      this.#outcome = outcome
      const aborted = outcome !== 'done' && this.signal?.aborted === true
      this.#exception = exceptionName(aborted ? givenUp(cause) : cause)
      if (this.#stepJob() === 'ignored') {
        this.#start.gate?.release()
        this.#start.onEnd(this)
        return
      }
      const { gate } = this.#start
      const { attributes, error } = this.#settle(outcome, this.#details)
      if (gate) {
        copy(gate.attributes(), attributes)
        gate.settle(attributes, this.#submitted || attributes[ATTR.unpricedReason] === 'failed')
      }
      const duration = performance.now() - this.#startedTick
      this.#span.end(attributes, error, this.#startedAt + duration, this.#name)
    } catch (error) {
      reportFailure('end a span', error)
    }
    this.#start.onEnd(this)
  }

  /** It was no call after all (the answer sends the client elsewhere): no span is recorded. */
  discard(): void {
    if (this.#ended) return
    this.#ended = true
    this.#start.gate?.release()
    this.#start.onEnd(this)
  }

  /** Counts the job that the answer is about, once. */
  #stepJob(): JobStep['kind'] {
    const { jobs, target, attributes } = this.#start
    const { provider, endpoint } = target.match
    const facts = this.#facts
    const step = jobs?.step(provider.name, endpoint, facts, () => ({
      startedAt: this.#startedAt,
      attributes,
      operation: endpoint.operation,
      ...(this.#model === undefined ? {} : { model: this.#model }),
      ...(facts.meter ? { meter: facts.meter } : {}),
    }))
    if (!step) return 'none'
    if (step.kind === 'submitted') {
      this.#submitted = true
      this.#details[ATTR.operation] = SUBMIT
      this.#name = this.#model === undefined ? SUBMIT : `${SUBMIT} ${this.#model}`
    }
    if (step.kind !== 'done') return step.kind
    const { submission } = step
    if (submission.meter) facts.meter ??= submission.meter
    if (submission.startedAt !== undefined) this.#pricedAt = submission.startedAt
    const model = submission.model ?? this.#model
    const operation = submission.operation ?? endpoint.operation
    this.#details[ATTR.operation] = operation
    this.#name = operation
    if (model !== undefined) {
      this.#model = model
      this.#details[ATTR.requestModel] = model
      this.#name = `${operation} ${model}`
    }
    if (this.#open) this.#span = this.#open(submission)
    return step.kind
  }

  #settle(outcome: CallEnd['outcome'], details: Attributes): ReturnType<typeof settle> {
    const { request, unitPrice, target } = this.#start
    const end: CallEnd = {
      outcome: this.#outcome ?? outcome,
      streamed: this.#streamed,
      textLength: this.#reader?.textLength ?? this.#messageText,
      requestLength: request.length,
      at: new Date(this.#pricedAt ?? this.#startedAt),
    }
    if (unitPrice) end.unitPrice = unitPrice
    if (this.#submitted) end.submitted = true
    if (this.#unsent) end.unsent = true
    if (this.#status !== undefined) end.status = this.#status
    if (this.#exception !== undefined) end.exception = this.#exception
    if (this.#model !== undefined) end.requestModel = this.#model
    return settle(target.match.provider, this.#facts, end, details)
  }
}

/** Adds to what is there: merging objects into a new one costs several times as much. */
function copy(from: Attributes | undefined, to: Attributes): Attributes {
  for (const key in from) to[key] = from[key]
  return to
}
