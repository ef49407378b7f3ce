/**
 * Reads from the store which spans came in lately: what a collector remembers when it starts.
 *
 * Invariant: bounded by time and by number, the latest first; nothing is kept of it but what `take` keeps.
 */
import type { ClickHouseClient } from '@clickhouse/client'

/** Bytes of a row: trace id and span id in hex. */
const PAIR_BYTES = 48

/** What is read. */
export interface StoredSpansOptions {
  /** Spans that were taken in since then, milliseconds since 1970. */
  since: number
  limit: number
  /** Gets the ids of one span, 32 and 16 hex digits, at `at` of `hex`. */
  take: (hex: DataView, at: number) => void
}

/** Reads them; returns how many. */
export async function readStoredSpans(
  client: ClickHouseClient,
  { since, limit, take }: StoredSpansOptions,
): Promise<number> {
  const { stream } = await client.exec({
    query: `SELECT toFixedString(concat(trace_id, span_id), ${PAIR_BYTES}) FROM spans
      WHERE ingested_at >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
        AND length(trace_id) = 32 AND length(span_id) = 16
      ORDER BY ingested_at DESC LIMIT {limit:UInt64} FORMAT RowBinary`,
    query_params: { since, limit },
  })
  let left: Buffer = Buffer.alloc(0)
  let count = 0
  for await (const part of stream as AsyncIterable<Buffer>) {
    const bytes = left.length === 0 ? part : Buffer.concat([left, part])
    const hex = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = 0
    for (; at + PAIR_BYTES <= bytes.length; at += PAIR_BYTES) {
      take(hex, at)
      count++
    }
    left = bytes.subarray(at)
  }
  return count
}
