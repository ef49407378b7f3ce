/**
 * `POST /v1/leases`: instances report what they have spent and get what they may spend.
 *
 * Invariant: any body gets a status; what was granted is on disk before it is told.
 */
import type { LeaseRequest, LeaseResponse } from '@spanmeter/middleware/quota'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { problem } from '../api/problem.ts'
import { leaseRequestSchema } from './lease-request.ts'

const MAX_BODY_BYTES = 8 * 1024 * 1024

export interface LeaseRouteOptions {
  exchange(request: LeaseRequest): Promise<LeaseResponse>
  report(error: unknown): void
}

/** Creates the route. */
export function createLeaseRoute({ exchange, report }: LeaseRouteOptions): Hono {
  const app = new Hono()
  app.post(
    '/v1/leases',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) =>
        problem(
          c,
          'too-large',
          `cannot read the request: it is over ${MAX_BODY_BYTES} bytes; report fewer accounts`,
        ),
    }),
    async (c) => {
      const body: unknown = await c.req.json().catch(() => undefined)
      const request = leaseRequestSchema.safeParse(body)
      if (!request.success) {
        const [issue] = request.error.issues
        const where = issue?.path.join('.') || 'body'
        return problem(
          c,
          'bad-query',
          `cannot read the request for leases: ${where}: ${issue?.message}; send what @spanmeter/middleware sends`,
        )
      }
      try {
        return c.json(await exchange(request.data))
      } catch (error) {
        report(error)
        return problem(
          c,
          'busy',
          'cannot grant a lease: the ledger cannot be written; try again in a few seconds',
        )
      }
    },
  )
  return app
}
