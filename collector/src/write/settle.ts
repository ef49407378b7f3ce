/**
 * Finds out what became of a segment whose insert had no clear answer, and stores what is missing of it.
 *
 * Invariant: afterwards each of its spans is in `spans` once, in this segment or in another one. Rows are looked up
 * by id, because ClickHouse's own deduplication can log a token whose rows it then loses. Before rows are sent
 * under a new token the old one is spent: an insert that is still on its way in some network is dropped by it.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { SpanBlock } from './span-block.ts'
import { findStored, type SpanKey, type StoredSpan } from './span-keys.ts'

/** A segment and the ways to send it. */
export interface Unsettled {
  readonly segmentId: bigint
  readonly block: SpanBlock
  /** Begins the id of every query that sends this segment. */
  readonly queryPrefix: string
  /** Sends rows of the segment under its current token. */
  insert(block: SpanBlock): Promise<void>
  /** Makes the next token the current one. */
  nextToken(): void
  /** The segment's rows without these spans. */
  without(ids: ReadonlySet<string>): Promise<SpanBlock>
}

/** More tokens were never seen spent than there were attempts. */
const MAX_TOKENS = 64

/** Returns whether the rows were there or had to be sent. */
export async function settle(client: ClickHouseClient, segment: Unsettled): Promise<'stored' | 'resent'> {
  const { segmentId, block, queryPrefix } = segment
  await endQueries(client, queryPrefix)
  const keys = block.keys()
  for (let sent = 0; sent < MAX_TOKENS; sent++) {
    const { missing, repeated, elsewhere, surplus } = judge(keys, await findStored(client, keys), segmentId)
    if (missing === 0 && !repeated) {
      await removeSpans(client, surplus, keys)
      return sent === 0 ? 'stored' : 'resent'
    }
    if (sent > 0) {
      // ClickHouse knows the token and not the rows
      await removeSegment(client, segmentId, keys)
      segment.nextToken()
    }
    await segment.insert(elsewhere.size === 0 ? block : await segment.without(elsewhere))
  }
  throw new Error(
    `cannot store segment ${segmentId}: ClickHouse confirms its rows and does not have them; check the disk of the server`,
  )
}

/** Removes rows that are in the store twice; `keys` has all of them. */
async function removeSpans(
  client: ClickHouseClient,
  rows: readonly StoredSpan[],
  keys: readonly SpanKey[],
): Promise<void> {
  for (const segment of new Set(rows.map((row) => row.segment))) {
    const some = rows.filter((row) => row.segment === segment)
    const among = some.map(({ id }) => `'${id}'`).join(',')
    await remove(client, segment, keys, ` AND concat(trace_id, span_id) IN (${among})`)
  }
}

interface Verdict {
  /** Spans that are nowhere. */
  missing: number
  /** Whether this segment has a span more than once. */
  repeated: boolean
  /** Spans that another segment has. */
  elsewhere: Set<string>
  /** Rows that are one too many: of two segments with the same span the one that was opened first keeps it. */
  surplus: StoredSpan[]
}

/** What the rows in the store mean for a segment. Pure. */
export function judge(keys: readonly SpanKey[], stored: readonly StoredSpan[], segmentId: bigint): Verdict {
  const first = new Map<string, bigint>()
  for (const { id, segment } of stored) {
    const before = first.get(id)
    if (before === undefined || segment < before) first.set(id, segment)
  }
  const mine = new Set<string>()
  const elsewhere = new Set<string>()
  let repeated = false
  for (const { id, segment } of stored) {
    if (segment !== segmentId) elsewhere.add(id)
    else if (mine.has(id)) repeated = true
    else mine.add(id)
  }
  const missing = keys.filter(({ id }) => !first.has(id)).length
  const surplus = stored.filter(({ id, segment }) => segment !== first.get(id))
  return { missing, repeated, elsewhere, surplus }
}

/** An insert that still runs may finish after the look: it is ended first. */
async function endQueries(client: ClickHouseClient, prefix: string): Promise<void> {
  const result = await client.query({
    query: 'KILL QUERY WHERE startsWith(query_id, {prefix:String}) SYNC',
    query_params: { prefix },
    format: 'JSONEachRow',
  })
  await result.text()
}

/** Removes what the store has of a segment; `keys` has all of its spans. */
export function removeSegment(
  client: ClickHouseClient,
  segment: bigint,
  keys: readonly SpanKey[],
): Promise<void> {
  return remove(client, segment, keys, '')
}

async function remove(
  client: ClickHouseClient,
  segment: bigint,
  keys: readonly SpanKey[],
  further: string,
): Promise<void> {
  let first = keys[0]?.start ?? 0n
  let last = first
  for (const { start } of keys) {
    if (start < first) first = start
    if (start > last) last = start
  }
  await client.command({
    query: `DELETE FROM spans WHERE segment_id = {segment:UInt64}
      AND start_time >= fromUnixTimestamp64Nano({first:Int64}, 'UTC')
      AND start_time <= fromUnixTimestamp64Nano({last:Int64}, 'UTC')${further}`,
    query_params: { segment: segment.toString(), first: first.toString(), last: last.toString() },
    clickhouse_settings: { lightweight_deletes_sync: '2', max_query_size: '16000000' },
  })
}
