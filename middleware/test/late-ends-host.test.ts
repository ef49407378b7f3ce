/** Calls that end one soon after another are told to the host's own OpenTelemetry together: late, but never too late. */
import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { endsInRush, workOutLater } from '../src/capture/late-ends.ts'
import { install, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { type LocalServer, serve } from './local-provider.ts'

const bare = globalThis.fetch
const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
})
let provider: LocalServer
let exporter: InMemorySpanExporter
let tracing: BasicTracerProvider

beforeAll(async () => {
  provider = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(ANSWER)
  })
})
beforeEach(() => {
  exporter = new InMemorySpanExporter()
  tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  trace.setGlobalTracerProvider(tracing)
  install({ hosts: { [provider.host]: 'openai' } })
  // whatever ended before is long ago
  endsInRush(performance.now() + 1e6)
})
afterEach(async () => {
  await shutdown()
  trace.disable()
  context.disable()
  globalThis.fetch = bare
})
afterAll(() => provider.close())

async function chat(): Promise<void> {
  const body = '{"model":"gpt-4o-mini"}'
  await (await fetch(`${provider.url}/v1/chat/completions`, { method: 'POST', body })).text()
}
const together = (calls: number) => Promise.all(Array.from({ length: calls }, chat))
/** Puts a call's end off, as if calls had ended in a rush. */
function rush(): void {
  const now = performance.now()
  for (let end = 0; end < 9; end++) endsInRush(now)
}

it('knows a rush by how many ends came in 50 ms, or in the 50 ms before', () => {
  const at = performance.now() + 1e9
  const ends = (times: readonly number[]) => times.map((ms) => endsInRush(at + ms))
  expect(ends([0, 1, 2, 3, 4, 5, 6, 7])).toEqual(Array(8).fill(false))
  expect(ends([8, 49])).toEqual([true, true])
  expect(ends([60, 99])).toEqual([true, true])
  expect(ends([115, 119])).toEqual([false, false])
  expect(ends([400])).toEqual([false])
})

it('tells of a call at once while there are few', async () => {
  await chat()
  expect(exporter.getFinishedSpans()).toHaveLength(1)
})

for (const how of ['forceFlush', 'shutdown'] as const) {
  it(`has told of all of them when the host calls ${how}`, async () => {
    const finished: number[] = []
    exporter.shutdown = async () => {}
    for (let round = 0; round < 5; round++) {
      rush()
      await together(30)
    }
    rush()
    await chat()
    finished.push(exporter.getFinishedSpans().length)
    await tracing[how]()
    const spans = exporter.getFinishedSpans()
    expect(spans).toHaveLength(151)
    for (const { attributes } of spans) expect(attributes[ATTR.costExact]).toBe('0.0000036')
    expect(finished[0]).toBeLessThan(151)
  })
}

it('ends a span when its call ended, whenever it is told', async () => {
  rush()
  const before = Date.now()
  await chat()
  const after = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 80))
  const [span] = exporter.getFinishedSpans()
  const [seconds = 0, nanos = 0] = span?.endTime ?? []
  const ended = seconds * 1000 + nanos / 1e6
  expect(ended).toBeGreaterThanOrEqual(before)
  expect(ended).toBeLessThanOrEqual(after + 1)
})

it('puts nothing off for a provider that cannot say when it is flushed', async () => {
  const tracer = tracing.getTracer('bare')
  trace.disable()
  trace.setGlobalTracerProvider(Object.freeze({ getTracer: () => tracer }))
  let late = false
  rush()
  workOutLater({ workOut: () => (late = true) })
  await chat()
  expect(exporter.getFinishedSpans()).toHaveLength(1)
  // and the order stays: what waited came first
  expect(late).toBe(true)
})
