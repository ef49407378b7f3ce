/** What the collector stores about itself: each increment once, whatever becomes of a row. */
import fc from 'fast-check'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createSampler } from './samples.ts'

it('tells what was added since the rows that were stored, and how gauges stand', async () => {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const counter = new Counter({
    name: 'spanmeter_receive_requests_total',
    help: '.',
    labelNames: ['code', 'reason'],
    registers,
  })
  const gauge = new Gauge({ name: 'spanmeter_spool_bytes', help: '.', registers })
  const histogram = new Histogram({ name: 'spanmeter_insert_seconds', help: '.', registers })
  new Gauge({ name: 'nodejs_active_handles', help: 'is not kept', registers }).set(3)
  const read = createSampler(registry)
  counter.inc({ reason: 'ok', code: '200' }, 4)
  gauge.set(7)
  histogram.observe(0.5)
  const first = await read()
  expect(first.samples).toEqual([
    { name: 'spanmeter_receive_requests_total', label: '200 ok', kind: 'counter', value: 4 },
    { name: 'spanmeter_spool_bytes', label: '', kind: 'gauge', value: 7 },
    { name: 'spanmeter_insert_seconds_sum', label: '', kind: 'counter', value: 0.5 },
    { name: 'spanmeter_insert_seconds_count', label: '', kind: 'counter', value: 1 },
  ])
  first.accept()
  counter.inc({ reason: 'ok', code: '200' }, 2)
  expect((await read()).samples).toEqual([
    { name: 'spanmeter_receive_requests_total', label: '200 ok', kind: 'counter', value: 2 },
    { name: 'spanmeter_spool_bytes', label: '', kind: 'gauge', value: 7 },
  ])
})

it('loses and repeats no increment, whichever rows fail', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ add: fc.nat(1_000), stored: fc.boolean() }), { maxLength: 20 }),
      async (steps) => {
        const registry = new Registry()
        const counter = new Counter({ name: 'spanmeter_x_total', help: '.', registers: [registry] })
        const read = createSampler(registry)
        let sum = 0
        for (const { add, stored } of [...steps, { add: 0, stored: true }]) {
          counter.inc(add)
          const reading = await read()
          if (!stored) continue
          reading.accept()
          sum += reading.samples.reduce((total, { value }) => total + value, 0)
        }
        expect(sum).toBe(steps.reduce((total, { add }) => total + add, 0))
      },
    ),
    { numRuns: 50 },
  )
})
