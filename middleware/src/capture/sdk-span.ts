/**
 * A GenAI client span that is already open around a call, because the SDK traces itself: ours is then not a
 * second span but what that one lacks.
 *
 * Invariant: such a span gets our attributes exactly once, right before its owner ends it (an owner may end it
 * the moment its stream is drained or given up, which may be before we hear of it), and numbers that its owner
 * wrote itself are left alone.
 */
import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { ATTR } from '../telemetry/attributes.ts'
import { countCall } from '../telemetry/measurements.ts'
import type { OpenSpan } from '../telemetry/recorder.ts'
import { reportFailure } from './report.ts'

/** Operations whose client span is one call to a model; agents and workflows only contain such calls. */
const MODEL_CALLS = new Set(['chat', 'generate_content', 'text_completion', 'embeddings'])

interface ReadableSpan extends Span {
  kind?: unknown
  attributes?: Attributes
  status?: SpanStatus
}

/** What to add as of now, and `error.type` of a failed call. */
export type Current = () => { attributes: Attributes; error: string | undefined }

interface Enrichment {
  current: Current
}

const enriched = new WeakMap<Span, Enrichment>()

/** The active span, if it already stands for this call. */
export function findSdkSpan(active: Context): Span | undefined {
  const span = trace.getSpan(active) as ReadableSpan | undefined
  if (!span?.attributes || span.kind !== SpanKind.CLIENT || !span.isRecording()) return undefined
  if (span.attributes[ATTR.provider] === undefined) return undefined
  const operation = span.attributes[ATTR.operation]
  return operation === undefined || MODEL_CALLS.has(String(operation)) ? span : undefined
}

/**
 * Adds `start` at once and what `current` gives when the span's owner ends it. Of several attempts within one
 * span, the last one counts.
 */
export function enrichSdkSpan(span: Span, start: Attributes, current: Current): OpenSpan {
  addMissing(span, start)
  const known = enriched.get(span)
  if (known) known.current = current
  else {
    const enrichment: Enrichment = { current }
    enriched.set(span, enrichment)
    const end = span.end
    span.end = function endEnriched(this: Span, ...args) {
      try {
        const { attributes, error } = enrichment.current()
        addMissing(span, attributes)
        const { status } = span as ReadableSpan
        // An abort is no error to every SDK; here it is one for all providers alike.
        if (error !== undefined && (status?.code ?? 0) === 0) span.setStatus({ code: SpanStatusCode.ERROR })
      } catch (error) {
        reportFailure("complete the SDK's span", error)
      }
      return end.apply(this, args)
    }
  }
  const count = (attributes: Attributes) => countCall((name) => attributes[name] ?? start[name])
  return { span: undefined, end: count }
}

function addMissing(span: ReadableSpan, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && span.attributes?.[name] === undefined) span.setAttribute(name, value)
  }
}
