/**
 * The example of the billing answer in the OpenAPI text.
 *
 * Invariant: no number in it is typed by hand: it is what the code answers for two calls with known prices.
 */
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { type Period, resolvePeriod } from '../query/period.ts'
import type { UsageSums } from '../query/usage-sums.ts'
import { billingResponse } from './billing-response.ts'
import type { BillingResponse } from './billing-schema.ts'

const CALLS = [
  {
    input: 1200,
    cached: 800,
    output: 350,
    inputPrice: '0.00000015',
    cachedPrice: '0.000000075',
    outputPrice: '0.0000006',
  },
  {
    input: 90,
    cached: 0,
    output: 1100,
    inputPrice: '0.00000015',
    cachedPrice: '0.000000075',
    outputPrice: '0.0000006',
  },
] as const

/** Computes the example. */
export function billingExample(): BillingResponse {
  const period = resolvePeriod(
    { period: 'custom', startDate: '2026-03-01', endDate: '2026-03-03', timezone: 'Europe/Berlin' },
    0,
  ) as Period
  const sums = sumsOf()
  const subject = { agent_id: 'support', agent_name: 'Support agent', nameless: '' }
  const conversation = { tenant_id: 'acme', conversation_id: 'c-1042', title: 'Where is my parcel?' }
  return billingResponse(
    period,
    {
      total: sums,
      days: [{ ...sums, day_start: (period.days[1]?.start ?? 0) / 1000 }],
      models: [{ ...sums, provider: 'openai', model: 'gpt-4o-mini-2024-07-18' }],
      agents: [{ ...sums, ...subject }],
      truncated: [],
      segments: [],
    },
    { total: 1, agents: [{ ...subject, conversations: 1 }] },
    [{ ...sums, ...conversation }],
  )
}

function sumsOf(): UsageSums {
  const units = CALLS.map(
    (call) =>
      BigInt(call.input - call.cached) * parseDecimal(call.inputPrice) +
      BigInt(call.cached) * parseDecimal(call.cachedPrice) +
      BigInt(call.output) * parseDecimal(call.outputPrice),
  )
  const sum = (pick: (call: (typeof CALLS)[number]) => number): number =>
    CALLS.reduce((total, call) => total + pick(call), 0)
  return {
    calls: CALLS.length,
    errors: 0,
    input_tokens: sum((call) => call.input),
    output_tokens: sum((call) => call.output),
    cache_read_tokens: sum((call) => call.cached),
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    cost: formatDecimal(units.reduce((total, cost) => total + cost, 0n)),
    unpriced_calls: 0,
    failed_calls: 0,
    estimated_calls: 0,
    missing_calls: 0,
  }
}
