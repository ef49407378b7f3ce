/**
 * Finds out what became of a segment whose insert had no clear answer.
 *
 * Invariant: afterwards none or all of its rows are in `spans`, and the answer says which. Rows are counted
 * by their segment's id, because ClickHouse's own deduplication can log a token whose rows it then loses.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { SpanBlock } from './span-block.ts'

/** Returns whether the rows are stored. */
export async function settle(
  client: ClickHouseClient,
  segmentId: bigint,
  block: SpanBlock,
  queryPrefix: string,
): Promise<boolean> {
  await endQueries(client, queryPrefix)
  const stored = await countRows(client, segmentId, block)
  if (stored === block.rows) return true
  if (stored > 0) {
    await client.command({
      query: 'DELETE FROM spans WHERE segment_id = {id:UInt64}',
      query_params: { id: segmentId.toString() },
      clickhouse_settings: { lightweight_deletes_sync: '2' },
    })
  }
  return false
}

/** An insert that still runs may finish after the count: it is ended first. */
async function endQueries(client: ClickHouseClient, prefix: string): Promise<void> {
  const result = await client.query({
    query: 'KILL QUERY WHERE startsWith(query_id, {prefix:String}) SYNC',
    query_params: { prefix },
    format: 'JSONEachRow',
  })
  await result.text()
}

async function countRows(client: ClickHouseClient, segmentId: bigint, block: SpanBlock): Promise<number> {
  const result = await client.query({
    query: `SELECT toUInt32(count()) AS stored FROM spans
      WHERE segment_id = {id:UInt64} AND start_time >= toDateTime64({first:Int64}, 9, 'UTC')
        AND start_time < toDateTime64({last:Int64}, 9, 'UTC')`,
    query_params: { id: segmentId.toString(), first: block.firstSecond, last: block.lastSecond + 1 },
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ stored: number }>()
  return row?.stored ?? 0
}
