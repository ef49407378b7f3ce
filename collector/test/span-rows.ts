/**
 * Rows of `spans` for the tests of queries.
 *
 * Invariant: a row is complete without any field given, and two calls never share their ids.
 */
import type { ClickHouseClient } from '@clickhouse/client'

/** A row as JSONEachRow reads it; absent columns have their default. */
export type SpanRow = Readonly<Record<string, unknown>> & { readonly start_time: string }

let serial = 0

/** A priced call to a paid API at `start_time` (ISO, UTC); fields override. */
export function call(start_time: string, fields: Readonly<Record<string, unknown>> = {}): SpanRow {
  serial += 1
  return {
    trace_id: serial.toString(16).padStart(32, '0'),
    span_id: serial.toString(16).padStart(16, '0'),
    kind: 'client',
    status: 'unset',
    is_call: true,
    provider: 'openai',
    operation: 'chat',
    request_model: 'gpt-4o-mini',
    model: 'gpt-4o-mini',
    tenant_id: 'acme',
    service_name: 'chat-api',
    usage_source: 'provider',
    input_uncached_tokens: 100,
    output_text_tokens: 10,
    duration_ns: '1000000',
    cost: '0.000021',
    cost_currency: 'USD',
    cost_source: 'local',
    ...fields,
    start_time: start_time.replace('T', ' ').replace('Z', ''),
  }
}

/** Empties all tables and inserts rows. */
export async function replaceRows(client: ClickHouseClient, rows: readonly SpanRow[]): Promise<void> {
  for (const tables of ['spans', 'rollup%hour', 'rollup%day', 'rollup%minute'])
    await client.command({ query: `TRUNCATE TABLES FROM spanmeter LIKE '${tables}'` })
  await insertRows(client, rows)
}

/** Inserts rows. */
export async function insertRows(client: ClickHouseClient, rows: readonly SpanRow[]): Promise<void> {
  if (rows.length === 0) return
  await client.insert({
    table: 'spans',
    values: [...rows],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0, insert_deduplicate: 0, date_time_input_format: 'best_effort' },
  })
}
