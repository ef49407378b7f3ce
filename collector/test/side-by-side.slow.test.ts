/** A call that a tool traced and the middleware metered counts once, although neither span names the other. */
import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { insertBlock } from '../src/write/insert.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { AT, protobuf, span, type TestSpan } from './spans.ts'

let store: TestClickhouse
let segment = 0n
let serial = 0

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())

type Given = Partial<TestSpan> & { tokens?: number | undefined; model?: string; failed?: boolean }

function calls(scope: string, own: Attributes, { tokens, model, failed, ...rest }: Given): TestSpan {
  const usage = tokens === undefined ? {} : { 'gen_ai.usage.input_tokens': tokens }
  const attributes: Attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': model ?? 'gpt-5',
    ...usage,
    ...own,
  }
  const status = failed ? { status: { code: SpanStatusCode.ERROR } } : {}
  return { id: ++serial, scope, kind: SpanKind.CLIENT, attributes, ...status, ...rest }
}
const traced = (given: Given = {}) => calls('langfuse-sdk', {}, { tokens: 7, ...given })
const metered = (given: Given = {}) => {
  const source = (given.failed ?? false) ? 'missing' : 'provider'
  const own = { 'spanmeter.usage.source': source, 'gen_ai.response.model': 'gpt-5-2025-08-07' }
  return calls('@spanmeter/middleware', own, { tokens: 7, ...given })
}

/** Scopes of the rows that count, in the order in which they came. */
async function counted(block: SpanBlock): Promise<string[]> {
  const token = `beside-${segment}`
  const data = { data: block.encode(), columns: block.columnNames }
  await insertBlock(store.client, data, { queryId: token, token })
  const result = await store.client.query({
    query: `SELECT scope_name FROM spans WHERE segment_id = ${segment} AND is_call ORDER BY trace_id`,
    format: 'JSONEachRow',
  })
  return (await result.json<{ scope_name: string }>()).map((row) => row.scope_name)
}

function fill(block: SpanBlock, given: readonly ReadableSpan[], spoilt = false): void {
  const body = protobuf([...given])
  const frame = { kind: 'protobuf', receivedAt: (AT + 60) * 1000 } as const
  const add = () =>
    decodeInto(
      block,
      { ...frame, body: spoilt ? Buffer.concat([body, body.subarray(0, 40)]) : body },
      new Decoders(),
    )
  if (spoilt) expect(add).toThrow()
  else add()
}

async function check(given: readonly TestSpan[], want: readonly string[]): Promise<void> {
  const block = new SpanBlock(++segment)
  fill(block, given.map(span))
  expect(await counted(block)).toEqual(want)
}

const OURS = '@spanmeter/middleware'
const TOOL = 'langfuse-sdk'

test('the middleware counts, whichever came first', async () => {
  await check([metered(), traced()], [OURS])
  await check([traced(), metered()], [OURS])
})

test('a tool that knows no tokens, and one that knows the model that answered', async () => {
  await check([metered(), traced({ tokens: undefined })], [OURS])
  await check([metered(), traced({ model: 'gpt-5-2025-08-07' })], [OURS])
})

test('another model, service, outcome, time or number of tokens is another call', async () => {
  for (const other of [
    { model: 'gpt-5-mini' },
    { resource: { 'service.name': 'other' } },
    { failed: true },
    { at: AT + 1 },
    { tokens: 8 },
  ])
    await check([metered(), traced(other)], [OURS, TOOL])
})

test('as many calls count as were made', async () => {
  await check([metered(), traced(), traced()], [OURS, TOOL])
  await check([traced(), traced(), metered(), metered(), metered()], [OURS, OURS, OURS])
  await check([metered(), metered({ tokens: 8 }), traced({ tokens: 8 }), traced()], [OURS, OURS])
})

test('calls that failed: one of two tools, and each of the same tool', async () => {
  await check([metered({ failed: true }), traced({ failed: true })], [OURS])
  const other = calls('openlit', {}, { failed: true })
  await check([traced({ failed: true }), other], [TOOL])
  await check([traced({ failed: true }), traced({ failed: true })], [TOOL, TOOL])
})

test('a request that is refused changes nothing of the ones before it', async () => {
  const block = new SpanBlock(++segment)
  fill(block, [span(traced())])
  fill(block, [span(metered())], true)
  expect(await counted(block)).toEqual([TOOL])
  const again = new SpanBlock(++segment)
  fill(again, [span(traced())])
  fill(again, [span(metered())], true)
  fill(again, [span(metered())])
  expect(await counted(again)).toEqual([OURS])
})

test('a block that is used again knows nothing of the last one', async () => {
  const block = new SpanBlock(++segment)
  fill(block, [span(metered())])
  block.renew(++segment)
  fill(block, [span(traced())])
  expect(await counted(block)).toEqual([TOOL])
})

test('one inside the other: one counts, whichever is outside and whichever came first', async () => {
  for (const [outer, inner, want] of [
    [traced(), metered(), OURS],
    [metered(), traced(), TOOL],
  ] as const) {
    const outside = span(outer)
    const inside = { ...span(inner), parentSpanContext: outside.spanContext() }
    const context = { ...inside.spanContext(), traceId: outside.spanContext().traceId }
    const spans = [{ ...inside, spanContext: () => context }, outside]
    const ended = new SpanBlock(++segment)
    fill(ended, spans)
    expect(await counted(ended)).toEqual([want])
    const early = new SpanBlock(++segment)
    fill(early, spans.reverse())
    expect(await counted(early)).toEqual([OURS])
  }
})

test('more calls than are remembered', async () => {
  const many = Array.from({ length: 4200 }, () => metered({ tokens: 1 }))
  await check([metered(), ...many, traced()], [OURS, ...many.map(() => OURS), TOOL])
  await check([metered(), ...many.slice(0, 4000), traced()], [OURS, ...many.slice(0, 4000).map(() => OURS)])
})
