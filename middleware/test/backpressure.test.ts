/** A collector that is down, wrong or hangs: calls go on, what waits is bounded, and every lost span is counted. */
import { ROOT_CONTEXT } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { flush, install, meter, shutdown } from '../src/index.ts'
import { ATTR } from '../src/telemetry/attributes.ts'
import { counters, total } from '../src/telemetry/counters.ts'
import { SpanQueue } from '../src/telemetry/span-queue.ts'
import { receiveOtlp, spansOf } from './frameworks/otlp-receiver.ts'
import { type Answer, type LocalServer, serve } from './local-provider.ts'

const before = { dropped: 0, sent: 0 }
beforeEach(() => {
  before.dropped = total(counters().dropped)
  before.sent = counters().sent
})
afterEach(shutdown)

const record = (times: number) => {
  for (let n = 0; n < times; n++) meter('page', 1)
}
const lost = () => total(counters().dropped) - before.dropped

describe('a collector that', () => {
  const check = (name: string, answer: Answer) =>
    it(`${name}: nothing is thrown, nothing stays, all are counted as lost`, async () => {
      const collector: LocalServer = await serve(answer)
      try {
        install({ endpoint: collector.url })
        record(20)
        await flush()
        await shutdown()
        expect(counters().queued).toBe(0)
        expect([lost(), counters().sent - before.sent]).toEqual([20, 0])
      } finally {
        await collector.close()
      }
    })
  check('refuses', (_request, response) => response.writeHead(400).end('no'))
  check('answers 500 and garbage', (_request, response) => response.writeHead(500).end('\u0000garbage{'))
  check('breaks the connection', (request) => request.destroy())
  check('is slower than anybody waits', () => {})
})

it('holds no more than 8,192 spans, counts the others, and tells the next export', async () => {
  const receiver = await receiveOtlp()
  try {
    install({ endpoint: receiver.url })
    // Within one turn of the event loop: nothing can be sent meanwhile.
    record(10_000)
    expect(counters().queued).toBe(8_192)
    expect(lost()).toBe(10_000 - 8_192)
    // a flush waits for some seconds only, and the receiver reads in this process
    for (let flushes = 0; flushes < 6 && counters().queued > 0; flushes++) await flush()
    expect(counters().queued).toBe(0)
    expect(receiver.spans).toHaveLength(8_192)
    const told = receiver.spans.reduce(
      (all, { attributes }) => all + Number(attributes[ATTR.droppedSpans] ?? 0),
      0,
    )
    expect(told).toBeGreaterThanOrEqual(10_000 - 8_192)
    expect(counters().told).toBe(total(counters().dropped))
  } finally {
    await receiver.close()
  }
})

it('tells again what an export that failed had told', () => {
  counters().told = total(counters().dropped)
  const queue = new SpanQueue({}, 1, 1)
  const start = { name: 'chat', startTime: 1, parent: ROOT_CONTEXT, attributes: {} }
  const end = { name: 'chat', attributes: {}, error: undefined, endTime: 2, ids: undefined }
  const told: unknown[] = []
  const send = (taken: boolean) => {
    const next = queue.next()
    told.push(spansOf(next?.request ?? Buffer.alloc(0))[0]?.attributes[ATTR.droppedSpans])
    next?.done(taken)
  }
  queue.add(start, end)
  queue.add(start, end)
  send(false)
  queue.add(start, end)
  send(true)
  queue.add(start, end)
  send(true)
  expect(told).toEqual([1, 2, undefined])
  expect(queue.next()).toBeUndefined()
})
