/** What the store remembers of the terms of tenants. */

import { readTerms } from '../budgets/terms.ts'
import type { TermsRecord } from '../budgets/terms-history.ts'
import { execute, type QueryContext } from './execute.ts'
import { timeText } from './raw-range.ts'

/** Tenant → its records; '' are those without a subscription. */
export type TermsRecords = ReadonlyMap<string, readonly TermsRecord[]>

/** Asks for some tenants, and for ''. */
export async function planTerms(context: QueryContext, tenants: readonly string[]): Promise<TermsRecords> {
  const rows = await execute<{ tenant_id: string; valid: string; recorded: string; terms: string }>(
    context,
    'terms of tenants',
    `SELECT tenant_id, toUnixTimestamp64Milli(valid_from) AS valid, toUnixTimestamp64Milli(recorded_at) AS recorded, terms
     FROM plan_terms WHERE tenant_id IN {tenants:Array(String)} ORDER BY tenant_id, recorded_at`,
    { tenants: ['', ...tenants] },
  )
  const records = new Map<string, TermsRecord[]>()
  for (const { tenant_id, valid, recorded, terms } of rows) {
    const list = records.get(tenant_id) ?? []
    records.set(tenant_id, list)
    const known = terms === '' ? {} : { terms: readTerms(terms) }
    list.push({ validFrom: Number(valid), recordedAt: Number(recorded), ...known })
  }
  return records
}

/** Tenants that had a subscription at or after an instant (milliseconds), in their order, after `from`. */
export async function subscribedSince(
  context: QueryContext,
  since: number,
  from: string,
  limit: number,
): Promise<string[]> {
  const rows = await execute<{ tenant_id: string }>(
    context,
    'tenants with terms',
    `SELECT tenant_id FROM plan_terms WHERE tenant_id > {from:String}
     GROUP BY tenant_id HAVING argMax(terms, recorded_at) != '' OR max(valid_from) >= {since:DateTime64(3, 'UTC')}
     ORDER BY tenant_id LIMIT {limit:UInt32}`,
    { from, since: timeText(since), limit },
  )
  return rows.map(({ tenant_id }) => tenant_id)
}
