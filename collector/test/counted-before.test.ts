/** Spans of one call that come in different segments count as they do in one, also when the segments are read again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type SpanContext, SpanKind, TraceFlags } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CallMemory } from '../src/receive/call-memory.ts'
import { Decoders } from '../src/receive/decode.ts'
import { Intake } from '../src/receive/intake.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { readSegment } from '../src/spool/read-segment.ts'
import type { SealedSegment } from '../src/spool/segment.ts'
import { Spool } from '../src/spool/spool.ts'
import type { SpanBlock } from '../src/write/span-block.ts'
import { AT, protobuf, span } from './spans.ts'

let store: TestClickhouse
let directory: string
beforeAll(async () => {
  store = await startTestClickhouse()
  // without rollups: of many blocks, only which rows count is looked at
  await store.client.command({ query: 'CREATE TABLE plain AS spans ENGINE = Memory' })
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-test-'))
})
afterAll(async () => {
  await store?.close()
  await rm(directory, { recursive: true, force: true })
})

interface Given {
  readonly id: number
  /** The id of the span around it. */
  readonly parent?: number | undefined
  readonly scope: string
  readonly answer?: string | undefined
  /** A span that is no call by itself. */
  readonly plain?: boolean
  readonly kind?: SpanKind
  /** Seconds after the others. */
  readonly later?: number
}

let trace = 0

/** A span of the trace that is current; what each used differs, so that no two are taken for the same by that. */
function made({
  id,
  parent,
  scope,
  answer,
  plain = false,
  kind = SpanKind.CLIENT,
  later = 0,
}: Given): ReadableSpan {
  const context = (serial: number): SpanContext => ({
    traceId: `d${trace.toString(16).padStart(31, '0')}`,
    spanId: `e${serial.toString(16).padStart(15, '0')}`,
    traceFlags: TraceFlags.SAMPLED,
  })
  const call = {
    ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'gpt-5' },
    ...{ 'gen_ai.usage.input_tokens': 1000 + id, 'gen_ai.usage.output_tokens': 1 },
    ...(answer === undefined ? {} : { 'gen_ai.response.id': `${trace} ${answer}` }),
  }
  return {
    ...span({ id, scope, kind, at: AT + later, attributes: plain ? { step: 'one' } : call }),
    spanContext: () => context(id),
    ...(parent === undefined ? {} : { parentSpanContext: context(parent) }),
  }
}

const AT_ONCE = (AT + 60) * 1000

/** The way into segments, for spans of a new trace. */
async function open(clock: { readonly now: number }) {
  trace++
  const now = () => clock.now
  const sealed: SealedSegment[] = []
  const spool = new Spool({
    directory: join(directory, String(trace)),
    ...{ maxBytes: 1e9, maxRows: 1e6, maxSegmentBytes: 1e9, maxAgeMs: 600_000, now },
    calls: new CallMemory(),
    onSealed: (segment) => sealed.push(segment),
  })
  await spool.recover()
  const memory = new SpanMemory({ maxSpans: 10_000, windowMs: 600_000 })
  return { intake: new Intake({ spool, memory, now }), spool, sealed }
}

/** Sends requests, a segment for each list of them; the segments, live and as they are read from their files. */
async function send(
  segments: readonly (readonly (readonly Given[])[])[],
  at: (segment: number) => number = (segment) => segment * 1000,
): Promise<{ live: SpanBlock[]; again: SpanBlock[] }> {
  const clock = { now: AT_ONCE }
  const { intake, spool, sealed } = await open(clock)
  for (const [index, requests] of segments.entries()) {
    clock.now = AT_ONCE + at(index)
    for (const request of requests) await intake.accept('protobuf', protobuf(request.map(made)))
    await spool.flush()
  }
  const live = sealed.map(({ block }) => block as SpanBlock)
  const again = await Promise.all(sealed.map((segment) => readSegment(segment, new Decoders())))
  return { live, again }
}

/** Span ids that count, in the order of their numbers. */
async function counted(blocks: readonly SpanBlock[]): Promise<number[]> {
  for (const block of blocks) {
    const { stream } = await store.client.exec({
      query: `INSERT INTO plain (${block.columnNames.join(', ')}) FORMAT Native`,
      values: Readable.from(block.encode(), { objectMode: false }),
    })
    await text(stream)
  }
  const result = await store.client.query({
    query: `SELECT toUInt32(reinterpretAsUInt64(reverse(unhex(substring(span_id, 9))))) AS id FROM plain
      WHERE is_call AND trace_id = 'd${trace.toString(16).padStart(31, '0')}' ORDER BY id`,
    format: 'JSONEachRow',
  })
  return (await result.json<{ id: number }>()).map(({ id }) => id)
}

async function check(segments: Parameters<typeof send>[0], want: number[], at?: Parameters<typeof send>[1]) {
  const { live, again } = await send(segments, at)
  expect(again.map(bytesOf)).toEqual(live.map(bytesOf))
  expect(await counted(live)).toEqual(want)
}
const bytesOf = (block: SpanBlock) => Buffer.concat(block.encode()).toString('latin1')

const inner: Given = { id: 1, parent: 2, scope: 'http' }
const outer: Given = { id: 2, parent: 3, scope: 'tool' }

test('one inside the other: the innermost counts, wherever a segment ends', async () => {
  await check([[[inner, outer]]], [1])
  await check([[[inner]], [[outer]]], [1])
  await check([[[inner]], [], [[outer]], [[{ id: 3, scope: 'agent' }]]], [1])
})

test('through spans that are no calls', async () => {
  const step: Given = { id: 2, parent: 3, scope: 'app', plain: true }
  await check([[[inner]], [[step]], [[{ id: 3, scope: 'tool' }]]], [1])
  await check([[[inner]], [[step], [{ id: 3, scope: 'tool' }]]], [1])
})

test('what a service does is not inside of the call that came to it', async () => {
  const served: Given = { id: 2, parent: 3, scope: 'gateway', plain: true, kind: SpanKind.SERVER }
  await check([[[inner]], [[served]], [[{ id: 3, scope: 'app' }]]], [1, 3])
})

test('side by side: the first that names the answer counts, and of another time both do', async () => {
  const first: Given = { id: 1, scope: 'one', answer: 'a' }
  await check([[[first]], [[{ id: 2, scope: 'two', answer: 'a' }]]], [1])
  await check([[[first]], [[{ id: 2, scope: 'one', answer: 'a' }]]], [1, 2])
  await check([[[first]], [[{ id: 2, scope: 'two', answer: 'a', later: 10 }]]], [1, 2])
  await check([[[first]], [[{ id: 2, scope: 'two', answer: 'b' }]]], [1, 2])
})

test('a minute later, whatever else came', async () => {
  const others = Array.from({ length: 60 }, (_, i) => [[{ id: 100 + i, parent: 200, scope: 'other' }]])
  await check([[[inner]], ...others, [[outer]]], [1, ...others.flat(2).map(({ id }) => id)])
})

test('memory is bounded: by time and by number the oldest answers are forgotten', () => {
  const memory = new CallMemory({ maxSpans: 20, windowMs: 1000 })
  const answer = { scope: 'one', start: 1, end: 2 }
  const known = () => [0, 1, 2, 3].filter((block) => memory.answer(`${block} 5`) !== undefined)
  for (let block = 0; block < 4; block++) {
    memory.advance(block)
    for (let i = 0; i < 10; i++) memory.addAnswer(`${block} ${i}`, answer)
  }
  expect(known()).toEqual([2, 3])
  memory.advance(1003)
  expect(known()).toEqual([3])
  memory.advance(1900)
  expect(known()).toEqual([3])
  memory.advance(2003)
  expect(known()).toEqual([])
})

test('a request that is refused says nothing of those that follow', async () => {
  const { intake, spool, sealed } = await open({ now: AT_ONCE })
  const bad = protobuf([made(inner)])
  await expect(intake.accept('protobuf', Buffer.concat([bad, bad.subarray(0, 40)]))).rejects.toThrow()
  await intake.accept('protobuf', protobuf([made({ id: 7, scope: 'other' })]))
  await spool.flush()
  await intake.accept('protobuf', protobuf([made(outer)]))
  await spool.flush()
  expect(await counted(sealed.map(({ block }) => block as SpanBlock))).toEqual([2, 7])
})

test('whatever comes in whatever segments: they are read again as they were, and count as in one', async () => {
  const spans = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 1, max: 30 }),
      // a span ends, and is sent, before what is around it
      around: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      scope: fc.constantFrom('one', 'two', 'three'),
      answer: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }),
      plain: fc.boolean(),
      later: fc.constantFrom(0, 0, 1, 10),
      ends: fc.constantFrom('', '', 'request', 'segment'),
    }),
    { selector: ({ id }) => id, minLength: 2, maxLength: 16 },
  )
  await fc.assert(
    fc.asyncProperty(spans, async (given) => {
      const segments: Given[][][] = [[[]]]
      for (const { around, ends, ...rest } of [...given].sort((a, b) => a.id - b.id)) {
        segments
          .at(-1)
          ?.at(-1)
          ?.push({ ...rest, parent: around === undefined ? undefined : rest.id + around })
        if (ends === 'request') segments.at(-1)?.push([])
        if (ends === 'segment') segments.push([[]])
      }
      const { live, again } = await send(segments)
      expect(again.map(bytesOf)).toEqual(live.map(bytesOf))
      const apart = await counted(live)
      const { live: whole } = await send([segments.flat()])
      expect(apart).toEqual(await counted(whole))
    }),
    { numRuns: process.env.SPANMETER_FULL_MATRIX === undefined ? 20 : 400 },
  )
}, 60_000)
