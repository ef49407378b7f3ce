/**
 * `POST /api/v1/rerate`: what stored calls would cost by the prices that hold now, and changing it.
 *
 * Invariant: nothing is written unless `apply` is true, and one run goes on at a time.
 */
import { Hono } from 'hono'
import { z } from 'zod'
import { type RerateOptions, rerate } from '../rerate/rerate.ts'
import { problem } from './problem.ts'

const time = z.iso.datetime({ offset: true, error: 'is no time such as 2026-03-01T00:00:00Z' })
const names = z
  .array(z.string().min(1).max(256))
  .min(1, 'is empty, which does not mean "all"')
  .max(100)
  .optional()
const body = z.strictObject({
  from: time,
  to: time,
  models: names,
  tenants: names,
  apply: z.boolean().default(false),
})
/** A little over a year at once. */
const MAX_RANGE_MS = 400 * 86_400_000

export interface RerateRouteOptions extends RerateOptions {
  report: (error: unknown) => void
}

/** Creates the route; for administrators. */
export function createRerateRoute(options: RerateRouteOptions): Hono {
  const app = new Hono()
  let running = false
  app.post('/api/v1/rerate', async (c) => {
    const asked = body.safeParse(await c.req.json().catch(() => undefined))
    if (!asked.success) {
      const faults = asked.error.issues.map(({ path, message }) => ({
        name: path.join('.') || 'body',
        detail: message,
      }))
      return problem(
        c,
        'bad-query',
        `cannot rate anew: ${faults.map(({ name, detail }) => `${name}: ${detail}`).join('; ')}`,
        faults,
      )
    }
    const { models, tenants, apply } = asked.data
    const [from, to] = [Date.parse(asked.data.from), Date.parse(asked.data.to)]
    if (from >= to || to - from > MAX_RANGE_MS) {
      const detail = from >= to ? 'is not after from' : 'is more than 400 days after from'
      return problem(c, 'bad-query', `cannot rate anew: to: ${detail}`, [{ name: 'to', detail }])
    }
    if (running)
      return problem(c, 'busy', 'cannot rate anew: another run goes on; try again when it has ended')
    running = true
    try {
      const result = await rerate(options, { from, to, models, tenants }, apply)
      return c.json({ from: asked.data.from, to: asked.data.to, applied: apply, ...result })
    } catch (error) {
      options.report(error)
      const cause =
        'the store failed or does not answer; what was changed is in cost_adjustments, run it again'
      return problem(c, 'store-unavailable', `cannot rate anew: ${cause}`)
    } finally {
      running = false
    }
  })
  return app
}
