/**
 * The running totals, as the collector's API tells them.
 *
 * Invariant: no number is counted here; what is printed is what any client of the API would read.
 */

/** What the totals line shows. */
export interface Totals {
  calls: number
  tokens: number
  /** USD, exact decimal. */
  cost: string
  errors: number
  /** Calls whose cost is not known, other than refused ones. */
  unpriced: number
}

interface BillingAnswer {
  summary: {
    totalMessages: number
    totalTokens: number
    totalCostExact: string
    errorMessages: number
    unpricedMessages: number
  }
}

/** Reads the totals since an instant. @throws {Error} when the API does not answer with them */
export async function readTotals(collectorUrl: string, since: Date, now: Date): Promise<Totals> {
  const url = new URL('/api/v1/analytics/billing', collectorUrl)
  url.searchParams.set('period', 'custom')
  url.searchParams.set('startDate', since.toISOString())
  url.searchParams.set('endDate', now.toISOString())
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) })
  if (!response.ok) throw new Error(`cannot read the totals: the API answered ${response.status}`)
  const { summary } = (await response.json()) as BillingAnswer
  return {
    calls: summary.totalMessages,
    tokens: summary.totalTokens,
    cost: summary.totalCostExact,
    errors: summary.errorMessages,
    unpriced: summary.unpricedMessages,
  }
}

/** One line for people; `before` is the totals some seconds earlier. */
export function formatTotals(totals: Totals, before: Totals | undefined, seconds: number): string {
  const perSecond = before && seconds > 0 ? (totals.calls - before.calls) / seconds : 0
  const parts = [
    `${whole(totals.calls)} calls`,
    `${whole(totals.tokens)} tokens`,
    `$${Number(totals.cost).toFixed(4)} spent`,
    `${perSecond.toFixed(1)} calls/s`,
    `${whole(totals.errors)} errors`,
    `${whole(totals.unpriced)} unpriced`,
  ]
  return parts.join('  ·  ')
}

function whole(value: number): string {
  return value.toLocaleString('en-US')
}
