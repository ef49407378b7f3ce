import { ROOT_CONTEXT } from '@opentelemetry/api'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ATTR } from '../src/telemetry/attributes.ts'
import { createEndpointRecorder } from '../src/telemetry/endpoint-recorder.ts'
import { nextSpanNumber, numberSpan, processId } from '../src/telemetry/span-numbers.ts'
import { receiveOtlp } from './frameworks/otlp-receiver.ts'

const KEY = Symbol.for('spanmeter.numbers.v1')
const holder = globalThis as { [KEY]?: unknown }
beforeEach(() => delete holder[KEY])
afterEach(() => vi.useRealTimers())

const of = (tenant: string) => ({ [ATTR.tenantId]: tenant })

it('numbers the spans of each tenant from 1, whoever asks', () => {
  const asked = ['a', 'b', 'a', 'a', 'b'].map((tenant) => nextSpanNumber(of(tenant)))
  expect([...asked, nextSpanNumber({})]).toEqual([1, 1, 2, 3, 2, 1])
})

it('names the process with the time at which it began to count', () => {
  vi.useFakeTimers({ now: 0x19abcdef0123 })
  const id = processId()
  expect(id).toMatch(/^19abcdef-0123-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
  expect(processId()).toBe(id)
})

it('counts for no more tenants than it can keep in mind', () => {
  for (let i = 0; i < 10_000; i++) nextSpanNumber(of(`tenant-${i}`))
  expect([nextSpanNumber(of('one more')), nextSpanNumber(of('tenant-7'))]).toEqual([undefined, 2])
})

it('numbers spans of the host that are recorded, and no others', () => {
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
  const start = () => provider.getTracer('host').startSpan('chat', {}, ROOT_CONTEXT)
  const [first, second] = [start(), start()]
  numberSpan(first, {})
  first.end()
  numberSpan(first, {})
  numberSpan(second, {})
  second.end()
  expect(
    exporter
      .getFinishedSpans()
      .map(({ attributes }) => [attributes[ATTR.processId], attributes[ATTR.spanNumber]]),
  ).toEqual([
    [processId(), 1],
    [processId(), 2],
  ])
})

it('leaves a gap for spans that found no room', async () => {
  const receiver = await receiveOtlp()
  try {
    const recorder = createEndpointRecorder({ endpoint: receiver.url })
    const record = () =>
      recorder.start({ name: 'x', startTime: 1, parent: ROOT_CONTEXT, attributes: {} }).end({}, undefined, 2)
    // within one turn of the event loop nothing can be sent
    for (let n = 0; n < 8_200; n++) record()
    await recorder.flush(5_000)
    record()
    await recorder.shutdown(5_000)
    const numbers = receiver.spans.map(({ attributes }) => Number(attributes[ATTR.spanNumber]))
    expect(numbers.sort((a, b) => a - b).slice(8_190)).toEqual([8_191, 8_192, 8_201])
  } finally {
    await receiver.close()
  }
})
