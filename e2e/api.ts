/** The collector's API as a client reads it. */
import type { BillingResponse } from '../collector/src/api/billing-schema.ts'
import type { UsageEvent, UsageEventsResponse } from '../collector/src/api/event-schema.ts'

/** What was spent since `start`, with any further filters. */
export async function readBilling(
  collectorUrl: string,
  start: Date,
  filters: Record<string, string> = {},
): Promise<BillingResponse> {
  return await get<BillingResponse>(collectorUrl, '/api/v1/analytics/billing', start, filters)
}

/** Every event since `start`, page by page. */
export async function readEvents(
  collectorUrl: string,
  start: Date,
  filters: Record<string, string> = {},
): Promise<UsageEvent[]> {
  const events: UsageEvent[] = []
  let cursor: string | null = null
  do {
    const page: UsageEventsResponse = await get(collectorUrl, '/api/v1/usage/events', start, {
      ...filters,
      limit: '37',
      ...(cursor ? { cursor } : {}),
    })
    events.push(...page.events)
    cursor = page.next_cursor
  } while (cursor)
  return events
}

/** The end is fixed in the future, so that the pages of one reading belong to one period. */
async function get<T>(
  collectorUrl: string,
  path: string,
  start: Date,
  parameters: Record<string, string>,
): Promise<T> {
  const url = new URL(path, collectorUrl)
  const end = new Date(start.getTime() + 24 * 3_600_000)
  url.search = new URLSearchParams({
    period: 'custom',
    startDate: start.toISOString(),
    endDate: end.toISOString(),
    ...parameters,
  }).toString()
  const response = await fetch(url, { headers: { 'cache-control': 'no-cache' } })
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as T
}
