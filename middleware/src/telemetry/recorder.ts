/**
 * How spans leave: through the tracer provider that the host registered, or through one of our own.
 *
 * Invariant: a recorder never throws into the call that it records.
 */
import type { Attributes, Context, Span, SpanContext, Tracer, TracerProvider } from '@opentelemetry/api'
import { ProxyTracerProvider, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { ATTR } from './attributes.ts'
import { numberSpan } from './span-numbers.ts'

export const SCOPE = '@spanmeter/middleware'

/** What is known when a call starts. */
export interface SpanStart {
  name: string
  /** Absent = CLIENT. */
  kind?: SpanKind
  /** Milliseconds since the epoch. */
  startTime: number
  /** The host's active context: the span's parent is in it. */
  parent: Context
  attributes: Attributes
  /** The attributes are one object for many spans, which nobody changes. */
  repeated?: boolean
}

/** A span that is under way. */
export interface OpenSpan {
  /** The span itself where it exists already, so that spans inside the call become its children. */
  readonly span: Span | undefined
  /**
   * Of a SERVER or INTERNAL span that a provider of our own will write: what the calls inside name as their parent.
   * The host's context must not carry it, because it would decide about the sampling of the host's own spans.
   */
  readonly identity?: SpanContext
  /** Nobody sees when its end is told: it may be told later, with the time at which it was. */
  readonly patient?: boolean
  /**
   * @param error `error.type` of a failed call
   * @param endTime milliseconds since the epoch, with fractions
   * @param name the span's name, where the end knows it better
   */
  end(attributes: Attributes, error: string | undefined, endTime: number, name?: string): void
}

export interface Recorder {
  start(start: SpanStart): OpenSpan
  /** Resolves when everything recorded is out, or could not be sent in `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>
  shutdown(timeoutMs: number): Promise<void>
}

/** Records with whatever provider is registered at the time of the call, so start-up order does not matter. */
export function createHostRecorder(): Recorder {
  let provider: TracerProvider | undefined
  let tracer: Tracer | undefined
  function currentTracer(): Tracer {
    const now = registeredProvider()
    if (!tracer || now !== provider) {
      provider = now
      tracer = now.getTracer(SCOPE)
    }
    return tracer
  }
  return {
    start(start) {
      const span = currentTracer().startSpan(
        start.name,
        {
          kind: start.kind ?? SpanKind.CLIENT,
          startTime: start.startTime,
          attributes: start.attributes,
        },
        start.parent,
      )
      return {
        span,
        end(attributes, error, endTime, name) {
          if (name !== undefined) span.updateName(name)
          for (const key in attributes) {
            const value = attributes[key]
            if (value !== undefined) span.setAttribute(key, value)
          }
          if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
          numberSpan(span, attributes[ATTR.tenantId] === undefined ? start.attributes : attributes)
          span.end(endTime)
        },
      }
    },
    flush: (timeoutMs) => within(timeoutMs, flushRegisteredProvider()),
    // The provider is the host's: it is flushed, never shut down.
    shutdown: (timeoutMs) => within(timeoutMs, flushRegisteredProvider()),
  }
}

async function flushRegisteredProvider(): Promise<void> {
  const provider = registeredProvider() as { forceFlush?(): Promise<void> }
  await provider.forceFlush?.()
}

/** The provider behind the one that the API hands out. */
function registeredProvider(): TracerProvider {
  const registered = trace.getTracerProvider() as TracerProvider & { getDelegate?(): TracerProvider }
  return registered.getDelegate?.() ?? registered
}

const NONE = new ProxyTracerProvider().getDelegate()

/** Whether anybody has registered a provider. */
export function hasRegisteredProvider(): boolean {
  return registeredProvider() !== NONE
}

/** Waits for `work`, but not longer than `timeoutMs`; its failure is not ours to raise. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const bound = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  try {
    await Promise.race([work, bound])
  } finally {
    clearTimeout(timer)
  }
}
