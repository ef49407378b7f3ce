/**
 * Names of tenants that made calls or recorded a meter.
 *
 * Invariant: in the order of their names as bytes, so that a page goes on where the one before it ended.
 */
import { execute, type QueryContext } from './execute.ts'
import { timeText } from './raw-range.ts'

/** At most `limit` names after `after`; `since` in milliseconds. */
export async function tenantNames(
  context: QueryContext,
  since: number,
  after: string,
  limit: number,
): Promise<string[]> {
  const rows = await execute<{ tenant: string }>(
    context,
    'tenants',
    `SELECT DISTINCT tenant FROM (
       SELECT toString(tenant_id) AS tenant FROM rollup_cost_day
       WHERE tenant_id > {after:String} AND day >= toDate({since:DateTime64(3, 'UTC')})
       UNION ALL
       SELECT toString(tenant_id) AS tenant FROM spans
       WHERE tenant_id > {after:String} AND start_time >= {since:DateTime64(3, 'UTC')} AND meter_name != ''
     )
     ORDER BY tenant LIMIT {limit:UInt32}`,
    { after, limit, since: timeText(since) },
  )
  return rows.map(({ tenant }) => tenant)
}
