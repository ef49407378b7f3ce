/**
 * What a stored call would cost now.
 *
 * Invariant: pure. What the provider billed is never rated anew; what the middleware rated only by a price of one's
 * own, because it may contain what no column says (searches, tiers); and a cost is never taken away.
 */
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { type RateSpanInput, rateByOwn, rateSpan } from '../rate/rate-span.ts'

/** A stored call, as the columns of `STORED_COLUMNS`. */
export interface StoredCall {
  trace_id: string
  span_id: string
  /** As ClickHouse writes it. */
  start_text: string
  started_at: number
  tenant_id: string
  provider: string
  model: string
  request_model: string
  response_model: string
  service_tier: string
  buckets: number[]
  old_cost: string | null
  old_cost_source: string
  old_unpriced_reason: string
  old_price_version: string
}

/** A cost that changes; decimals. */
export interface CostChange {
  call: StoredCall
  /** Null where there was none. */
  before: string | null
  after: string
  priceVersion: string
}

/** The change of a call; undefined where its cost stays. */
export function changeOf(call: StoredCall): CostChange | undefined {
  const input: RateSpanInput = {
    provider: call.provider,
    responseModel: call.response_model,
    requestModel: call.request_model,
    serviceTier: call.service_tier,
    tenant: call.tenant_id,
    buckets: Float64Array.from(call.buckets),
    startedAt: call.started_at,
  }
  const before = call.old_cost === null ? null : formatDecimal(parseDecimal(call.old_cost))
  // rated as nothing: answered from a cache
  if (before === '0') return undefined
  const rating = call.old_cost_source === 'local' ? rateByOwn(input) : rateSpan(input)
  if (rating === undefined || rating.cost === null) return undefined
  const after = formatDecimal(parseDecimal(rating.cost))
  return before === after ? undefined : { call, before, after, priceVersion: rating.priceVersion }
}
