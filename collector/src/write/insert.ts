/**
 * Sends one block to ClickHouse.
 *
 * Invariant: resolves only when the rows and everything that the materialized views make of them are
 * stored; any other end is ambiguous, unless `neverArrived` says that nothing was sent.
 */
import { Readable } from 'node:stream'
import type { ClickHouseClient, ClickHouseSettings } from '@clickhouse/client'

const SETTINGS: ClickHouseSettings = {
  async_insert: 0,
  wait_end_of_query: 1,
  deduplicate_blocks_in_dependent_materialized_views: 1,
  // one block in, one part a partition out: late spans may touch many months
  max_partitions_per_insert_block: '0',
  max_insert_block_size: '1000000',
  min_insert_block_size_rows: '1000000',
}

/** Inserts `block` (Native) under `queryId`; `token` makes ClickHouse drop it if it has seen the token. */
export async function insertBlock(
  client: ClickHouseClient,
  block: { data: readonly Buffer[]; columns: readonly string[] },
  { queryId, token }: { queryId: string; token: string },
): Promise<void> {
  const result = await client.exec({
    query: `INSERT INTO spans (${block.columns.join(', ')}) FORMAT Native`,
    query_id: queryId,
    values: Readable.from(block.data, { objectMode: false }),
    clickhouse_settings: { ...SETTINGS, insert_deduplication_token: token },
  })
  result.stream.resume()
  await new Promise((resolve, reject) => result.stream.once('end', resolve).once('error', reject))
}

/** Whether the error says that the request cannot have reached ClickHouse. */
export function neverArrived(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') return true
  }
  return false
}
