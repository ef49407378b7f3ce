/**
 * A request for leases, as it comes in.
 *
 * Invariant: bounded in every direction; an amount is a decimal that the ledger can hold.
 */
import { DIMENSIONS, type LeaseRequest, MAX_DECISIONS } from '@spanmeter/middleware/quota'
import { z } from 'zod'

const MAX_ACCOUNTS = 20_000

const text = z.string().max(256)
const amount = z.string().regex(/^\d{1,26}(\.\d{1,12})?$/)
const scope = z.object(Object.fromEntries(DIMENSIONS.map((name) => [name, text.optional()])))

const report = z.object({
  lease: z.int().min(1),
  budget: text,
  subject: scope,
  period: text.optional(),
  settled: amount,
  held: amount,
  ceiling: amount,
  need: amount,
  least: amount.optional(),
  want: amount,
  acknowledged: amount.optional(),
})

const decision = z.object({
  id: z.uuid(),
  at: z.number(),
  outcome: z.enum(['blocked', 'downgraded', 'throttled', 'shadow', 'warned', 'degraded']),
  code: text,
  budget: text,
  subject: scope,
  period: text.optional(),
  unit: z.enum(['usd', 'tokens', 'credits', 'calls', 'runs', 'meter']),
  requested: amount,
  limit: amount.optional(),
  committed: amount.optional(),
  held: amount.optional(),
  lease: z.object({ ceiling: amount, settled: amount, held: amount }).optional(),
  scope,
  priceVersion: text.optional(),
})

/** `LeaseRequest` as a schema. */
export const leaseRequestSchema: z.ZodType<LeaseRequest> = z.object({
  instance: z.string().min(1).max(100),
  seq: z.int().min(1),
  version: text,
  ledger: text.optional(),
  accounts: z.array(report).max(MAX_ACCOUNTS),
  decisions: z.array(decision).max(MAX_DECISIONS).optional(),
})
