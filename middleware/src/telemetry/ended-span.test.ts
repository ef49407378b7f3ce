import { type Context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSpanContext, EndedSpan } from './ended-span.ts'
import { SCOPE, type SpanStart } from './recorder.ts'
import { createSpanId, createTraceId } from './span-ids.ts'

const resource = resourceFromAttributes({ 'service.name': 'test' })
const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ resource, spanProcessors: [new SimpleSpanProcessor(exporter)] })

/** The same span as the SDK makes it. */
function fromSdk(start: SpanStart, error: string | undefined, endTime: number): ReadableSpan {
  exporter.reset()
  const { name, kind = SpanKind.CLIENT, startTime, attributes } = start
  const span = provider.getTracer(SCOPE).startSpan(name, { kind, startTime, attributes }, start.parent)
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(endTime)
  const [made] = exporter.getFinishedSpans()
  return made as ReadableSpan
}

/** All that an exporter reads, apart from the ids. */
function exported(span: ReadableSpan): object {
  const { traceFlags, traceState } = span.spanContext()
  return {
    name: span.name,
    kind: span.kind,
    parentSpanContext: span.parentSpanContext,
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: span.attributes,
    links: span.links,
    events: span.events,
    ended: span.ended,
    resource: span.resource,
    scope: span.instrumentationScope.name,
    dropped: [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
    traceFlags,
    traceState,
  }
}

const parents: Record<string, Context> = {
  none: ROOT_CONTEXT,
  local: trace.setSpanContext(ROOT_CONTEXT, createSpanContext(undefined)),
  remote: trace.setSpanContext(ROOT_CONTEXT, { ...createSpanContext(undefined), isRemote: true }),
  invalid: trace.setSpanContext(ROOT_CONTEXT, { traceId: '0', spanId: '0', traceFlags: 1 }),
}

it('is what an exporter would get from the SDK', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(parents)),
      fc.constantFrom(undefined, SpanKind.CLIENT, SpanKind.SERVER),
      fc.constantFrom(undefined, 'timeout'),
      fc.integer({ min: 1.7e12, max: 4e12 }),
      fc.integer({ min: -5, max: 1e9 }),
      fc.integer({ min: 0, max: 998 }),
      (parent, kind, error, startTime, milliseconds, thousandths) => {
        const start: SpanStart = {
          name: 'chat m',
          startTime,
          parent,
          attributes: { text: 'a', count: 3, list: ['x', 'y'], yes: true, fraction: 0.1 },
          ...(kind === undefined ? {} : { kind }),
        }
        const endTime = startTime + milliseconds + thousandths / 1_000
        const { name, attributes } = start
        const span = new EndedSpan(start, { name, attributes, error, endTime, ids: undefined })
        span.resource = resource
        const sdk = fromSdk(start, error, endTime)
        expect(exported(span)).toEqual(exported(sdk))
        if (sdk.parentSpanContext) {
          expect(span.spanContext().traceId).toBe(sdk.parentSpanContext.traceId)
        }
      },
    ),
  )
})

it('keeps ids that were given away before it ended', () => {
  const ids = createSpanContext(undefined)
  const start: SpanStart = { name: 'GET', startTime: 1, parent: ROOT_CONTEXT, attributes: {} }
  const end = { name: 'GET /', attributes: {}, error: undefined, endTime: 2, ids }
  expect(new EndedSpan(start, end).spanContext()).toBe(ids)
})

it('makes ids that are valid and all different, also where the supply of random bytes is renewed', () => {
  const contexts = Array.from({ length: 2_000 }, () => ({
    traceId: createTraceId(),
    spanId: createSpanId(),
    traceFlags: 1,
  }))
  expect(contexts.every((context) => trace.isSpanContextValid(context))).toBe(true)
  expect(new Set(contexts.map(({ traceId }) => traceId)).size).toBe(contexts.length)
  expect(new Set(contexts.map(({ spanId }) => spanId)).size).toBe(contexts.length)
})
