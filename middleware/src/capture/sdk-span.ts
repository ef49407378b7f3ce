/**
 * A GenAI client span that is already open around a call, because the SDK traces itself: ours is then not a
 * second span but what that one lacks.
 *
 * Invariant: such a span gets our attributes exactly once, right before its owner ends it (an owner may end it
 * the moment its stream is drained or given up, which may be before we hear of it), and what its owner
 * wrote itself is left alone, but for the totals of usage that the provider reported.
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
import { numberSpan } from '../telemetry/span-numbers.ts'
import { reportFailure } from './report.ts'

/** Operations whose span is one call to a model; agents and workflows only contain such calls. */
const MODEL_CALLS = new Set(['chat', 'generate_content', 'text_completion', 'embeddings', 'rerank'])

/** How tools that do not follow the conventions mark a span that is one call to a model. */
const MARKS: readonly (readonly [name: string, value: RegExp])[] = [
  ['ai.operationId', /^ai\.\w+\.do(Generate|Stream|Embed|Rerank)$/],
  ['openinference.span.kind', /^(LLM|EMBEDDING|RERANKER)$/],
  ['langfuse.observation.type', /^(generation|embedding)$/],
  ['llm.request.type', /^(chat|completion|embedding|rerank)$/],
]

/** Totals: ours say what the conventions say they contain, which not every owner's do. */
const TOTALS: ReadonlySet<string> = new Set([ATTR.inputTokens, ATTR.outputTokens])

/** The name of `gen_ai.provider.name` until 2025. */
const OLD_PROVIDER = 'gen_ai.system'

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
  const outer = trace.getSpan(active) as (ReadableSpan & { span?: ReadableSpan }) | undefined
  // OpenInference puts a span of its own around the one that is recorded
  const span = outer?.attributes ? outer : outer?.span
  return span?.attributes && span.isRecording() && isModelCall(span.kind, span.attributes) ? span : undefined
}

function isModelCall(kind: unknown, attributes: Attributes): boolean {
  if (MARKS.some(([name, value]) => value.test(String(attributes[name] ?? '')))) return true
  if (attributes[ATTR.provider] === undefined && attributes[OLD_PROVIDER] === undefined) return false
  const operation = attributes[ATTR.operation]
  // by its kind alone only where it says nothing of what it does
  if (operation === undefined) return kind === SpanKind.CLIENT
  return kind !== SpanKind.SERVER && MODEL_CALLS.has(String(operation))
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
        addMissing(span, attributes, attributes[ATTR.usageSource] === 'provider')
        const { status } = span as ReadableSpan
        // An abort is no error to every SDK; here it is one for all providers alike.
        if (error !== undefined && (status?.code ?? 0) === 0) span.setStatus({ code: SpanStatusCode.ERROR })
        numberSpan(span, (span as ReadableSpan).attributes ?? {})
      } catch (error) {
        reportFailure("complete the SDK's span", error)
      }
      return end.apply(this, args)
    }
  }
  const count = (attributes: Attributes) => countCall(attributes, start)
  return { span: undefined, end: count }
}

/** @param exact our totals replace the owner's */
function addMissing(span: ReadableSpan, attributes: Attributes, exact = false): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue
    if (span.attributes?.[name] === undefined || (exact && TOTALS.has(name))) span.setAttribute(name, value)
  }
}
