/** The law of billing: what Stripe bills in the end is what was used, whatever was lost, late or killed meanwhile. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Trouble } from './stripe-end.ts'
import { HOUR, ONE_METER, openWorld } from './world.ts'

let engine: TestClickhouse
beforeAll(async () => {
  engine = await startTestClickhouse()
})
afterAll(() => engine?.close())

const trouble = fc.constantFrom<Trouble>('unavailable', 'busy', 'lost', 'error after')
const step = fc.oneof(
  fc.record({
    use: fc.constantFrom('acme' as const, 'globex' as const),
    calls: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ look: fc.constantFrom(1, 30, 70, 700, 1600) }),
  fc.record({ trouble: fc.array(trouble, { minLength: 1, maxLength: 3 }) }),
  fc.constant({ restart: true }),
)

test.each(['hour', null] as const)(
  'with the window %s every customer is billed what they used, whatever happens on the way',
  { timeout: 240_000 },
  async (window) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
        const world = await openWorld(engine, ONE_METER)
        world.end.addMeter('ai_calls', window)
        world.end.customers.add('cus_acme').add('cus_globex')
        await world.look(0)
        try {
          const used = { acme: 0, globex: 0 }
          for (const one of steps) {
            if ('use' in one) {
              const hour = Math.floor((world.time.now - world.start) / HOUR)
              // now, or an hour that was sent long ago
              await world.use(one.use, one.calls === 3 ? Math.max(0, hour - 30) : hour, one.calls)
              used[one.use] += one.calls
            } else if ('look' in one) await world.look(one.look)
            else if ('trouble' in one) world.end.troubles.push(...one.trouble)
            else await world.restart()
          }
          world.end.troubles.length = 0
          for (const minutes of [75, 61, 5]) await world.look(minutes)
          expect(world.end.billed('ai_calls', 'cus_acme')).toBe(used.acme)
          expect(world.end.billed('ai_calls', 'cus_globex')).toBe(used.globex)
          for (const { state } of world.sync.book.records()) expect(state).toBe('confirmed')
          expect(world.end.collisions).toBe(0)
        } finally {
          await world.close()
        }
      }),
      { numRuns: 20 },
    )
  },
)
