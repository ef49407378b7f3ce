/**
 * Spans that wait for the collector, in batches, and the count of those that were lost.
 *
 * Invariant: never more than `limit` spans are waiting or under way; each span ends up as sent or as dropped for one
 * reason, and what was dropped is told to the collector by the next span that reaches it.
 */
import type { Attributes } from '@opentelemetry/api'
import { ATTR } from './attributes.ts'
import { count, counters, total } from './counters.ts'
import { type SpanEnd, writeAttributes, writeScope, writeSpan } from './otlp-span.ts'
import { BYTES, ProtoWriter } from './proto-writer.ts'
import type { SpanStart } from './recorder.ts'

/** `queue_full`: too many were waiting; `export`: the endpoint did not take them; `closed`: after the end. */
export type DropReason = 'queue_full' | 'export' | 'closed'

function countDropped(reason: DropReason, spans: number): void {
  if (spans > 0) count(counters().dropped, reason, spans)
}

/** Encoded spans, each with its tag and length. */
interface Batch {
  spans: number
  bytes: Buffer
  /** Where the fields of the first one begin and end. */
  first: { from: number; to: number }
}

/** A batch on its way. */
export interface Export {
  /** An `ExportTraceServiceRequest`. */
  request: Buffer
  /** Says how it ended; only the first word counts. */
  done(taken: boolean): void
}

const SPANS_OF_SCOPE = 2
const BATCH_BYTES = 128 * 1024

export class SpanQueue {
  readonly #limit: number
  readonly #batchSize: number
  readonly #resource: Attributes
  readonly #writer = new ProtoWriter(BATCH_BYTES)
  readonly #full: Batch[] = []
  #open = 0
  #first = { from: 0, to: 0 }
  #size = 0
  #closed = false

  /** @param resource attributes of the service */
  constructor(resource: Attributes, limit: number, batchSize: number) {
    this.#resource = resource
    this.#limit = limit
    this.#batchSize = batchSize
  }

  /** Spans that no export has begun to take. */
  get waiting(): number {
    return this.#full.reduce((sum, { spans }) => sum + spans, this.#open)
  }

  /** Whether a whole batch waits. */
  get due(): boolean {
    return this.#full.length > 0
  }

  /** Takes a span that is over, or counts it as dropped. */
  add(start: SpanStart, end: SpanEnd): void {
    if (this.#closed || this.#size >= this.#limit) {
      countDropped(this.#closed ? 'closed' : 'queue_full', 1)
      return
    }
    const before = this.#writer.length
    try {
      this.#writer.tag(SPANS_OF_SCOPE, BYTES)
      const from = this.#writer.open()
      writeSpan(this.#writer, start, end)
      const size = this.#writer.length - from
      this.#writer.close(from)
      const to = this.#writer.length
      if (this.#open === 0) this.#first = { from: to - size, to }
    } catch (error) {
      this.#writer.rewind(before)
      throw error
    }
    this.#size++
    this.#open++
    counters().queued++
    if (this.#open >= this.#batchSize) this.#cut()
  }

  /** The next batch, encoded; `undefined` where nothing waits. */
  next(): Export | undefined {
    if (this.#full.length === 0) this.#cut()
    const batch = this.#full.shift()
    if (!batch) return undefined
    const all = counters()
    const told = Math.max(0, total(all.dropped) - all.told)
    all.told += told
    let over = false
    return {
      request: this.#encode(batch, told),
      done: (taken) => {
        if (over) return
        over = true
        if (!taken) all.told -= told
        // After closing they are counted as lost already.
        if (this.#closed) return
        this.#leave(batch.spans)
        if (taken) all.sent += batch.spans
        else countDropped('export', batch.spans)
      },
    }
  }

  /** Whatever is still waiting is lost. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    countDropped('closed', this.#size)
    this.#leave(this.#size)
    this.#full.length = 0
    this.#writer.rewind(0)
    this.#open = 0
  }

  #cut(): void {
    if (this.#open === 0) return
    this.#full.push({ spans: this.#open, bytes: this.#writer.take(), first: this.#first })
    this.#open = 0
  }

  #leave(spans: number): void {
    this.#size -= spans
    counters().queued -= spans
  }

  /** @param told how many spans were lost before, which the first one says */
  #encode({ bytes, first }: Batch, told: number): Buffer {
    const head = new ProtoWriter(1_024)
    const further = new ProtoWriter(64)
    if (told > 0) writeAttributes(further, 9, { [ATTR.droppedSpans]: told })
    const firstSpan = new ProtoWriter(16)
    firstSpan.tag(SPANS_OF_SCOPE, BYTES)
    firstSpan.varint(first.to - first.from + further.length)
    const scope = new ProtoWriter(64)
    writeScope(scope)
    const resource = new ProtoWriter(512)
    writeAttributes(resource, 1, this.#resource)
    const spans = firstSpan.length + bytes.length - first.from + further.length
    const scopeSpans = new ProtoWriter(128)
    nested(scopeSpans, 1, scope.take())
    const resourceSpans = new ProtoWriter(1_024)
    nested(resourceSpans, 1, resource.take())
    resourceSpans.tag(2, BYTES)
    resourceSpans.varint(scopeSpans.length + spans)
    head.tag(1, BYTES)
    head.varint(resourceSpans.length + scopeSpans.length + spans)
    return Buffer.concat([
      head.take(),
      resourceSpans.take(),
      scopeSpans.take(),
      firstSpan.take(),
      bytes.subarray(first.from, first.to),
      further.take(),
      bytes.subarray(first.to),
    ])
  }
}

function nested(to: ProtoWriter, field: number, message: Buffer): void {
  to.tag(field, BYTES)
  to.varint(message.length)
  to.raw(message)
}
