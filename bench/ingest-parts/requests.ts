/**
 * Trace requests of 512 calls as a busy service sends them, and what makes each one new.
 *
 * Invariant: two requests never carry the same span, so no deduplication anywhere makes the work smaller.
 */
import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api'
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'

export const SPANS_PER_REQUEST = 512
const MODELS = [
  'gpt-5',
  'gpt-5-mini',
  'claude-sonnet-4-5',
  'claude-haiku-4-5',
  'text-embedding-3-small',
] as const

/** A request whose span ids and times can be changed in place. */
export interface Template {
  body: Buffer
  /** Offsets of the span ids in `body`. */
  spanIds: number[]
  /** The same of their starts and ends: nanoseconds since 1970, 8 bytes each. */
  times: { start: number; end: number }[]
  /** The same spans as JSON. */
  json: Buffer
}

/** Encodes one template; `index` varies its values. `now` is in milliseconds since 1970. */
export function createTemplate(index: number, now: number): Template {
  const spans = Array.from({ length: SPANS_PER_REQUEST }, (_, i) => call(index * SPANS_PER_REQUEST + i, now))
  const body = Buffer.from(ProtobufTraceSerializer.serializeRequest(spans) ?? [])
  let from = 0
  const find = (bytes: Buffer): number => {
    from = body.indexOf(bytes, from)
    if (from < 0) throw new Error('cannot make a template: what a span says is not in its own request')
    return from
  }
  const spanIds: number[] = []
  const times: Template['times'] = []
  for (const span of spans) {
    spanIds.push(find(Buffer.from(span.spanContext().spanId, 'hex')))
    times.push({ start: find(nanosecondsOf(span.startTime)), end: find(nanosecondsOf(span.endTime)) })
  }
  return { body, spanIds, times, json: Buffer.from(JsonTraceSerializer.serializeRequest(spans) ?? []) }
}

/** Makes every span of the template a new one that has just ended. `now` is in milliseconds since 1970. */
export function renew({ body, spanIds, times }: Template, request: number, now: number): void {
  for (const [i, at] of spanIds.entries()) {
    body.writeUInt32BE(request + 1, at)
    body.writeUInt32BE(i + 1, at + 4)
  }
  const last = BigInt(now) * 1_000_000n
  const started = last - BigInt(DURATION_MS) * 1_000_000n
  for (const [i, { start, end }] of times.entries()) {
    writeBefore(body, start, started, i * APART_NS)
    writeBefore(body, end, last, i * APART_NS)
  }
}

const DURATION_MS = 2_000
/** Between the ends of two spans of a request, which took about a second to come together. */
const APART_NS = 2_000_003

/** Writes a time that is some nanoseconds before another one. */
function writeBefore(body: Buffer, at: number, time: bigint, nanoseconds: number): void {
  const low = Number(time & 0xffffffffn) - nanoseconds
  body.writeUInt32LE(low < 0 ? low + 2 ** 32 : low, at)
  body.writeUInt32LE(Number(time >> 32n) - (low < 0 ? 1 : 0), at + 4)
}

function nanosecondsOf([seconds, nanoseconds]: HrTime): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds))
  return bytes
}

function call(n: number, now: number): ReadableSpan {
  const model = MODELS[n % MODELS.length] as string
  const at = now - (n % 600) * 1000
  const hex = (n + 1).toString(16)
  const provider = model.startsWith('claude') ? 'anthropic' : 'openai'
  return {
    name: `chat ${model}`,
    kind: SpanKind.CLIENT,
    spanContext: () => ({
      traceId: hex.padStart(32, '1a2b3c4d5e6f70818293a4b5c6d7e8f9'),
      spanId: `f7e6d5c4${hex.padStart(8, '0')}`,
      traceFlags: TraceFlags.SAMPLED,
    }),
    startTime: [Math.floor(at / 1000), (n * 7919) % 1e9],
    endTime: [Math.floor(at / 1000) + 2, (n * 104_729) % 1e9],
    duration: [2, 0],
    ended: true,
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': provider,
      'gen_ai.request.model': model,
      'gen_ai.response.model': `${model}-2026-10-01`,
      'gen_ai.response.id': `resp_${n.toString(36).padStart(20, 'k')}`,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.request.stream': n % 3 === 0,
      'server.address': `api.${provider}.com`,
      'server.port': 443,
      'http.response.status_code': 200,
      'spanmeter.request.id': `req_${((n * 2_654_435_761) % 4_294_967_296).toString(36)}`,
      'gen_ai.usage.input_tokens': 200 + (n % 4000),
      'gen_ai.usage.output_tokens': 50 + (n % 900),
      'gen_ai.usage.cache_read.input_tokens': n % 128,
      'spanmeter.usage.source': 'provider',
      'gen_ai.usage.cost.amount': (n % 5000) / 1e6,
      'gen_ai.usage.cost.source': 'local',
      'spanmeter.cost.exact': `0.00${String(n % 10_000).padStart(4, '0')}`,
      'spanmeter.tenant.id': `tenant-${n % 50}`,
      'user.id': `user-${n % 2000}`,
      'gen_ai.conversation.id': `conv-${n % 5000}`,
    },
    links: [],
    events: [],
    resource: resourceFromAttributes({
      'service.name': 'chat-api',
      'deployment.environment.name': 'production',
    }),
    instrumentationScope: { name: '@spanmeter/middleware', version: '0.1.0' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}
