import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSpanContext } from './otlp-span.ts'
import { nanosecondsOf, ProtoWriter } from './proto-writer.ts'
import { SCOPE, type SpanStart } from './recorder.ts'
import { createSpanId, createTraceId } from './span-ids.ts'
import { SpanQueue } from './span-queue.ts'

const service = { 'service.name': 'test' }
const exporter = new InMemorySpanExporter()
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes(service),
  spanProcessors: [new SimpleSpanProcessor(exporter)],
})

/** The same span as the SDK makes it. */
function fromSdk(start: SpanStart, name: string, error: string | undefined, endTime: number): ReadableSpan {
  exporter.reset()
  const { kind = SpanKind.CLIENT, startTime, attributes } = start
  const span = provider.getTracer(SCOPE).startSpan(name, { kind, startTime, attributes }, start.parent)
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(endTime)
  const [made] = exporter.getFinishedSpans()
  return made as ReadableSpan
}

type Inner = { readonly [field: number]: Inner }

/** Fields of a message, in order; messages within it as far as the numbers of `inner` lead. */
function read(bytes: Uint8Array, inner: Inner): unknown[] {
  const found: unknown[] = []
  let at = 0
  const varint = () => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const tag = Number(varint())
    const [field, type] = [tag >> 3, tag & 7]
    if (type === 0) found.push([field, varint()])
    else {
      const size = type === 1 ? 8 : type === 5 ? 4 : Number(varint())
      const part = bytes.subarray(at, at + size)
      at += size
      const below = inner[field]
      found.push([field, below ? read(part, below) : Buffer.from(part).toString('latin1')])
    }
  }
  // What is absent is the same as what is zero.
  return found.filter((one) => {
    const [, value] = one as [number, unknown]
    return value !== 0n && !(Array.isArray(value) && value.length === 0)
  })
}

const VALUE = { 5: { 1: {} } }
const ATTRIBUTE = { 2: VALUE }
/** ExportTraceServiceRequest → ResourceSpans → ScopeSpans → Span. */
const REQUEST = { 1: { 1: { 1: ATTRIBUTE }, 2: { 1: {}, 2: { 9: ATTRIBUTE, 15: {} } } } }

const parents: Record<string, Context> = {
  none: ROOT_CONTEXT,
  local: trace.setSpanContext(ROOT_CONTEXT, createSpanContext(undefined)),
  remote: trace.setSpanContext(ROOT_CONTEXT, { ...createSpanContext(undefined), isRemote: true }),
  invalid: trace.setSpanContext(ROOT_CONTEXT, { traceId: '0', spanId: '0', traceFlags: 1 }),
}
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 }))
const attribute = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
  fc.array(text),
)
const attributesOf = fc.dictionary(
  // not like numbers, which objects put in an order of their own
  fc.string({ minLength: 1, maxLength: 200 }).map((name) => `a${name}`),
  attribute,
)

it('says what OpenTelemetry sends of the same span', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(parents)),
      fc.constantFrom(undefined, SpanKind.CLIENT, SpanKind.SERVER),
      fc.constantFrom(undefined, 'timeout'),
      fc.integer({ min: 1.7e12, max: 4e12 }),
      fc.integer({ min: -5, max: 1e9 }),
      fc.integer({ min: 0, max: 998 }),
      attributesOf,
      fc.string({ unit: 'grapheme', minLength: 1 }),
      (parent, kind, error, startTime, milliseconds, thousandths, attributes, name) => {
        const start: SpanStart = {
          name,
          startTime,
          parent,
          attributes: attributes as Attributes,
          ...(kind === undefined ? {} : { kind }),
        }
        const endTime = startTime + milliseconds + thousandths / 1_000
        const sdk = fromSdk(start, name, error, endTime)
        const queue = new SpanQueue(service, 1, 1)
        queue.add(start, { name, attributes: start.attributes, error, endTime, ids: sdk.spanContext() })
        const next = queue.next()
        const ours = next?.request ?? new Uint8Array()
        const theirs = ProtobufTraceSerializer.serializeRequest([sdk]) ?? new Uint8Array()
        next?.done(true)
        expect(read(ours, REQUEST)).toEqual(read(theirs, REQUEST))
      },
    ),
  )
})

const fieldsOf = (bytes: Uint8Array) => read(bytes, REQUEST)

it('says the same of a start that has come before, and lets the end say it otherwise', () => {
  fc.assert(
    fc.property(attributesOf, fc.array(attributesOf, { maxLength: 4 }), (known, ends) => {
      const ids = createSpanContext(undefined)
      const attributes = known as Attributes
      const repeated: SpanStart = {
        name: 'chat',
        startTime: 1,
        parent: ROOT_CONTEXT,
        attributes,
        repeated: true,
      }
      for (const end of [...ends, known, {}, {}] as Attributes[]) {
        const write = (start: SpanStart, more: Attributes) => {
          const queue = new SpanQueue({}, 1, 1)
          queue.add(start, { name: 'chat', attributes: more, error: undefined, endTime: 2, ids })
          return queue.next()?.request ?? new Uint8Array()
        }
        const { repeated: _, ...once } = repeated
        expect(fieldsOf(write(repeated, end))).toEqual(fieldsOf(write(once, end)))
        const merged = { ...known, ...end } as Attributes
        const all = Object.fromEntries(
          [...Object.keys(known).filter((name) => !(name in end)), ...Object.keys(end)].map((name) => [
            name,
            merged[name],
          ]),
        ) as Attributes
        expect(fieldsOf(write(repeated, end))).toEqual(fieldsOf(write({ ...once, attributes: {} }, all)))
      }
    }),
  )
})

it('keeps batches apart, whatever the sizes of their spans', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 40_000 }), { minLength: 1, maxLength: 9 }), (sizes) => {
      const queue = new SpanQueue(service, 100, 3)
      for (const size of sizes) {
        const attributes = { text: 'x'.repeat(size) }
        const start: SpanStart = { name: 'chat', startTime: 1, parent: ROOT_CONTEXT, attributes }
        queue.add(start, { name: `chat ${size};`, attributes, error: undefined, endTime: 2, ids: undefined })
      }
      const requests: number[][] = []
      for (let next = queue.next(); next; next = queue.next()) {
        next.done(true)
        const names = [...next.request.toString('latin1').matchAll(/chat (\d+);/g)]
        requests.push(names.map(([, size]) => Number(size)))
        // Nothing is left over, or missing, at any depth.
        expect(JSON.stringify(read(next.request, REQUEST), (_key, value) => String(value))).toBeTruthy()
      }
      expect(requests.flat()).toEqual(sizes)
      expect(requests.every((batch) => batch.length <= 3)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

it('writes whole numbers of any size, and times to the nanosecond', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat({ max: 4e12 }), fc.nat({ max: 999_999 }), (value, ms, ns) => {
      const writer = new ProtoWriter(1)
      writer.tag(3, 0)
      writer.varint(value)
      const [field] = read(writer.take(), {}) as [number, bigint][]
      expect(field === undefined ? 0n : BigInt.asIntN(64, field[1])).toBe(BigInt(value))
      const { high, low } = nanosecondsOf(ms + ns / 1e6)
      const exact = BigInt(ms) * 1_000_000n + BigInt(Math.round((ms + ns / 1e6 - ms) * 1e6))
      expect((BigInt(high) << 32n) | BigInt(low)).toBe(exact)
    }),
  )
})

it('keeps ids that were given away before it ended', () => {
  const ids = createSpanContext(undefined)
  const start: SpanStart = { name: 'GET', startTime: 1, parent: ROOT_CONTEXT, attributes: {} }
  const queue = new SpanQueue({}, 1, 1)
  queue.add(start, { name: 'GET /', attributes: {}, error: undefined, endTime: 2, ids })
  const next = queue.next()
  next?.done(true)
  expect(next?.request.toString('hex')).toContain(`${ids.traceId}1208${ids.spanId}`)
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
