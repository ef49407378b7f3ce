/** Spans for tests, in the shape of the SDK, and as requests in both encodings of its own serialisers. */
import { type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'

/** What a test sets of a span; the rest is a plain chat call. */
export interface TestSpan {
  id: number
  name?: string
  kind?: SpanKind
  scope?: string
  /** Seconds since 1970. */
  at?: number
  status?: { code: SpanStatusCode; message?: string }
  attributes?: ReadableSpan['attributes']
  resource?: ReadableSpan['attributes']
  parent?: boolean
}

const DAY = 86_400
/** 14:13:20 UTC of a day about two months ago: kept by every retention, and by no live window. Seconds since 1970. */
export const AT: number = (Math.floor(Date.now() / 1000 / DAY) - 66) * DAY + 51_200
const BASE = {
  'gen_ai.operation.name': 'chat',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'gpt-5',
  'spanmeter.tenant.id': 'acme',
}

export function span(given: TestSpan): ReadableSpan {
  const hex = given.id.toString(16)
  const traceId = `a${hex.padStart(31, '0')}`
  const context: SpanContext = {
    traceId,
    spanId: `b${hex.padStart(15, '0')}`,
    traceFlags: TraceFlags.SAMPLED,
  }
  const at = given.at ?? AT
  return {
    name: given.name ?? 'chat gpt-5',
    kind: given.kind ?? SpanKind.CLIENT,
    spanContext: () => context,
    ...(given.parent && { parentSpanContext: { ...context, spanId: 'c'.repeat(16) } }),
    startTime: [at, 123_456_789],
    endTime: [at + 2, 1],
    duration: [1, 876_543_212],
    ended: true,
    status: given.status ?? { code: SpanStatusCode.UNSET },
    attributes: given.attributes ?? BASE,
    links: [],
    events: [],
    resource: resourceFromAttributes(given.resource ?? { 'service.name': 'chat-api', 'host.name': 'h1' }),
    instrumentationScope: { name: given.scope ?? 'test', version: '1.2.3' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

export function protobuf(spans: ReadableSpan[]): Buffer {
  return Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? [])
}

export function json(spans: ReadableSpan[]): Buffer {
  return Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? [])
}

/** A call that cost `cost` USD, with base attributes. */
export function call(id: number, attributes: ReadableSpan['attributes'] = {}, at: number = AT): ReadableSpan {
  return span({ id, at, attributes: { ...BASE, ...attributes } })
}
