/**
 * Reads the calls that can be rated anew, an hour at a time.
 *
 * Invariant: only calls billed by tokens in USD whose cost is ours, or that have none for want of a price.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { BUCKETS } from '../normalise/usage.ts'
import type { StoredCall } from './changes.ts'

/** Which calls. */
export interface RerateRange {
  /** Milliseconds since 1970, half-open. */
  from: number
  to: number
  models?: readonly string[] | undefined
  tenants?: readonly string[] | undefined
}

const HOUR_MS = 3_600_000

const CONDITION = `is_call AND meter_name = '' AND cost_currency IN ('', 'USD')
  AND (cost_source IN ('local', 'collector') OR (cost IS NULL AND unpriced_reason IN ('unknown_model', 'unpriced_usage')))
  AND start_time >= fromUnixTimestamp64Milli({from:Int64}) AND start_time < fromUnixTimestamp64Milli({to:Int64})
  AND (empty({models:Array(String)}) OR model IN {models:Array(String)})
  AND (empty({tenants:Array(String)}) OR tenant_id IN {tenants:Array(String)})`

/** Hours of a range that have such calls; starts in seconds since 1970. */
export async function hoursWithCalls(client: ClickHouseClient, range: RerateRange): Promise<number[]> {
  const result = await client.query({
    query: `SELECT toUnixTimestamp(toStartOfHour(start_time)) AS hour FROM spans WHERE ${CONDITION}
      GROUP BY hour ORDER BY hour`,
    query_params: parameters(range),
    format: 'JSONEachRow',
  })
  return (await result.json<{ hour: number }>()).map(({ hour }) => hour)
}

/** The calls of one of those hours, some at a time. */
export async function* callsOf(
  client: ClickHouseClient,
  range: RerateRange,
  hour: number,
): AsyncGenerator<StoredCall[]> {
  const from = Math.max(range.from, hour * 1000)
  const to = Math.min(range.to, hour * 1000 + HOUR_MS)
  const result = await client.query({
    query: `SELECT trace_id, span_id, toString(start_time) AS start_text,
        toUnixTimestamp64Milli(start_time) AS started_at, tenant_id, provider, model, request_model, response_model,
        service_tier, [${BUCKETS.join(', ')}] AS buckets, toString(cost) AS old_cost, cost_source AS old_cost_source,
        unpriced_reason AS old_unpriced_reason, price_version AS old_price_version
      FROM spans WHERE ${CONDITION}`,
    query_params: parameters({ ...range, from, to }),
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  for await (const rows of result.stream<StoredCall>()) yield rows.map((row) => row.json())
}

function parameters({ from, to, models = [], tenants = [] }: RerateRange) {
  return { from, to, models: [...models], tenants: [...tenants] }
}
