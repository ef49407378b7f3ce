/**
 * Fills rollups that a migration added or widened from the raw rows that were there before it.
 *
 * Invariant: afterwards every bucket agrees with the raw rows; it may run again, and it reads some days at a time, so
 * that its memory does not grow with the history.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { EVERYTHING, type Kept } from './kept.ts'
import { repairRollups } from './repair.ts'

const HOURS_AT_ONCE = 72

/** Returns how many buckets were filled. `now` is in seconds since 1970; `tell` hears how many hours are done. */
export async function fillRollups(
  client: ClickHouseClient,
  now: number,
  kept: Kept = EVERYTHING,
  tell: (done: number, of: number) => void = () => {},
): Promise<number> {
  const result = await client.query({
    query: `SELECT toUnixTimestamp(toStartOfHour(start_time)) AS hour FROM spans GROUP BY hour ORDER BY hour`,
    format: 'JSONEachRow',
  })
  const hours = (await result.json<{ hour: number }>()).map(({ hour }) => hour)
  let filled = 0
  for (let i = 0; i < hours.length; i += HOURS_AT_ONCE) {
    filled += await repairRollups(client, hours.slice(i, i + HOURS_AT_ONCE), now, kept)
    tell(Math.min(i + HOURS_AT_ONCE, hours.length), hours.length)
  }
  return filled
}
