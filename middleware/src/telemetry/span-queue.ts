/**
 * The bound on spans that wait for the collector, and the count of those that were lost.
 *
 * Invariant: never more than `limit` spans are waiting or under way; each span ends up as sent or as dropped for one
 * reason, and what was dropped is told to the collector by the next span that reaches it.
 */
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base'
import { ATTR } from './attributes.ts'
import { count, counters, total } from './counters.ts'

/** `queue_full`: too many were waiting; `export`: the endpoint did not take them; `closed`: after the end. */
export type DropReason = 'queue_full' | 'export' | 'closed'

function countDropped(reason: DropReason, spans: number): void {
  if (spans > 0) count(counters().dropped, reason, spans)
}

export class SpanQueue {
  #size = 0
  #closed = false
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Makes room for one span, or counts it as dropped. */
  enter(): boolean {
    if (this.#closed || this.#size >= this.#limit) {
      countDropped(this.#closed ? 'closed' : 'queue_full', 1)
      return false
    }
    this.#size++
    counters().queued++
    return true
  }

  /** Whatever is still waiting is lost. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    countDropped('closed', this.#size)
    this.#leave(this.#size)
  }

  #leave(spans: number): void {
    this.#size -= spans
    counters().queued -= spans
  }

  /** An exporter that counts what `inner` sends. */
  exporter(inner: SpanExporter): SpanExporter {
    return {
      export: (spans, done) => {
        const first = spans[0]
        const told = tell(first)
        inner.export(spans, (result) => {
          // After closing they are counted as lost already.
          if (!this.#closed) {
            this.#leave(spans.length)
            if (result.code === 0) counters().sent += spans.length
            else countDropped('export', spans.length)
          }
          if (result.code !== 0) counters().told -= told
          done(result)
        })
      },
      forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
      shutdown: () => inner.shutdown(),
    }
  }
}

/** Writes onto a span how many were dropped that no export has told of. @returns their number */
function tell(span: ReadableSpan | undefined): number {
  const all = counters()
  const untold = total(all.dropped) - all.told
  if (!span || untold <= 0) return 0
  all.told += untold
  span.attributes[ATTR.droppedSpans] = untold
  return untold
}
