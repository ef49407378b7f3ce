/**
 * Which spans are in the store, asked by id.
 *
 * Invariant: a span is its trace id, span id and start: whoever sends it again sends the same start, so the store
 * reads the hours of those starts and nothing else.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { SpanMemory } from '../receive/span-memory.ts'
import { wordOf } from './words.ts'

/** Who a span is. */
export interface SpanKey {
  /** Trace id and span id in lower-case hex, one after the other: 48 digits. */
  readonly id: string
  /** Nanoseconds since 1970. */
  readonly start: bigint
}

/** A row that the store has. */
export interface StoredSpan {
  readonly id: string
  /** The segment that brought it. */
  readonly segment: bigint
}

/** At most so many spans a question: 20 bytes of SQL each. */
const MAX_KEYS = 50_000
const HOUR_NS = 3_600_000_000_000n

/** Every row of the store that is one of `keys`, whichever segment brought it. */
export async function findStored(client: ClickHouseClient, keys: readonly SpanKey[]): Promise<StoredSpan[]> {
  const found: StoredSpan[] = []
  for (let i = 0; i < keys.length; i += MAX_KEYS) {
    found.push(...(await findSome(client, keys.slice(i, i + MAX_KEYS))))
  }
  return found
}

/** The hours in which `keys` start, in seconds since 1970, ascending. */
export function hoursOf(keys: readonly SpanKey[]): number[] {
  const hours = new Set(keys.map(({ start }) => Number(start / HOUR_NS) * 3600))
  return [...hours].sort((a, b) => a - b)
}

/** A memory that knows these spans, and takes in every other one. */
export function memoryOf(ids: ReadonlySet<string>): SpanMemory {
  const memory = new SpanMemory({ maxSpans: Number.POSITIVE_INFINITY, windowMs: Number.POSITIVE_INFINITY })
  for (const id of ids) memory.addPair(wordOf(id).data, 0)
  return memory
}

async function findSome(client: ClickHouseClient, keys: readonly SpanKey[]): Promise<StoredSpan[]> {
  const starts = new Set(keys.map(({ start }) => start))
  const hours = hoursOf(keys).map((second) => `toDateTime(${second}, 'UTC')`)
  const result = await client.query({
    query: `SELECT concat(trace_id, span_id) AS id, toString(segment_id) AS segment FROM spans
      WHERE toStartOfHour(start_time) IN (${hours.join(',')})
        AND toUnixTimestamp64Nano(start_time) IN (${[...starts].join(',')})`,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { max_query_size: '16000000' },
  })
  const ids = new Set(keys.map(({ id }) => id))
  const rows = await result.json<[id: string, segment: string]>()
  return rows.filter(([id]) => ids.has(id)).map(([id, segment]) => ({ id, segment: BigInt(segment) }))
}
