/**
 * Makes the rollups agree with the raw rows again, bucket by bucket, after an ambiguous insert.
 *
 * Invariant: a bucket that agrees is not touched; one that does not is rebuilt from `spans` by the very
 * query of its materialized view. Nothing may be inserted meanwhile.
 */
import type { ClickHouseClient } from '@clickhouse/client'

interface Rollup {
  table: string
  /** Its time column and the function that makes it of `start_time`. */
  bucket: string
  of: string
  /** Seconds. */
  width: number
  /** Rows older than this, in seconds, expire and are not rebuilt. */
  keptFor: number
  /** What is compared, as expressions over the rollup and over raw calls. */
  compare: readonly (readonly [rollup: string, raw: string])[]
}

const MONEY = [
  ['sum(calls)', 'count()'],
  ['sum(cost)', 'sum(ifNull(cost, toDecimal128(0, 12)))'],
  ['sum(input_tokens)', 'sum(input_tokens)'],
  ['sum(output_tokens)', 'sum(output_tokens)'],
  ['sum(duration_ns)', 'sum(duration_ns)'],
  ['sum(errors)', "countIf(status = 'error')"],
] as const
const FOREVER = Number.POSITIVE_INFINITY
const DAY = 86_400

/** Every rollup that is fed by `spans`. */
const ROLLUPS: readonly Rollup[] = [
  {
    table: 'rollup_cost_minute',
    bucket: 'minute',
    of: 'toStartOfMinute',
    width: 60,
    keptFor: 13 * DAY,
    compare: MONEY,
  },
  {
    table: 'rollup_cost_hour',
    bucket: 'hour',
    of: 'toStartOfHour',
    width: 3600,
    keptFor: FOREVER,
    compare: MONEY,
  },
  { table: 'rollup_cost_day', bucket: 'day', of: 'toDate', width: DAY, keptFor: FOREVER, compare: MONEY },
  {
    table: 'rollup_latency_hour',
    bucket: 'hour',
    of: 'toStartOfHour',
    width: 3600,
    keptFor: FOREVER,
    compare: [['sum(calls)', 'count()']],
  },
]

/** Seconds since 1970, both ends included. */
export interface TimeRange {
  firstSecond: number
  lastSecond: number
}

/** Rebuilds the buckets in `range` that differ; returns how many. `now` is in seconds since 1970. */
export async function repairRollups(
  client: ClickHouseClient,
  range: TimeRange,
  now: number,
): Promise<number> {
  let rebuilt = 0
  for (const rollup of ROLLUPS) {
    const first = Math.max(range.firstSecond, now - rollup.keptFor)
    if (first > range.lastSecond) continue
    const buckets = await differing(client, rollup, { firstSecond: first, lastSecond: range.lastSecond })
    if (buckets.length > 0) await rebuild(client, rollup, buckets)
    rebuilt += buckets.length
  }
  return rebuilt
}

/** Starts, in seconds since 1970, of the buckets whose sums are not those of the raw rows. */
async function differing(client: ClickHouseClient, rollup: Rollup, range: TimeRange): Promise<number[]> {
  const { table, bucket, of, width, compare } = rollup
  const names = compare.map((_, i) => `v${i}`).join(', ')
  const side = (index: 0 | 1) =>
    compare.map((pair, i) => `toDecimal256(${pair[index]}, 12) AS v${i}`).join(', ')
  const first = Math.floor(range.firstSecond / width) * width
  const last = Math.floor(range.lastSecond / width) * width
  const result = await client.query({
    query: `SELECT toUInt32(at) AS at FROM (
        SELECT toUnixTimestamp(toDateTime(${bucket}, 'UTC')) AS at, 'rollup' AS side, ${side(0)} FROM ${table}
        WHERE ${bucket} >= ${bound(rollup, 'first')} AND ${bucket} <= ${bound(rollup, 'last')} GROUP BY ${bucket}
        UNION ALL
        SELECT toUnixTimestamp(toDateTime(${of}(start_time), 'UTC')) AS at, 'raw' AS side, ${side(1)} FROM spans
        WHERE is_call AND start_time >= toDateTime64({first:Int64}, 9, 'UTC')
          AND start_time < toDateTime64({last:Int64} + ${width}, 9, 'UTC') GROUP BY at
      ) GROUP BY at HAVING count() != 2 OR uniqExact(tuple(${names})) != 1 ORDER BY at`,
    query_params: { first, last },
    format: 'JSONEachRow',
  })
  return (await result.json<{ at: number }>()).map(({ at }) => at)
}

/** Rebuilds buckets, given by their starts in ascending order, in one go. */
async function rebuild(client: ClickHouseClient, rollup: Rollup, at: number[]): Promise<void> {
  const { table, bucket, of, width } = rollup
  const select = await viewSelect(client, `${table}_view`)
  const query_params = { at, first: at[0], last: at.at(-1) }
  const among = (time: string) => `toUnixTimestamp(toDateTime(${time}, 'UTC')) IN ({at:Array(UInt32)})`
  await client.command({
    query: `DELETE FROM ${table} WHERE ${bucket} >= ${bound(rollup, 'first')}
      AND ${bucket} <= ${bound(rollup, 'last')} AND ${among(bucket)}`,
    query_params,
    clickhouse_settings: { lightweight_deletes_sync: '2' },
  })
  const within = `is_call AND spans.start_time >= toDateTime64({first:Int64}, 9, 'UTC')
    AND spans.start_time < toDateTime64({last:Int64} + ${width}, 9, 'UTC') AND ${among(`${of}(spans.start_time)`)}`
  await client.command({
    query: `INSERT INTO ${table} ${select.replace(/\bWHERE is_call\b/, `WHERE ${within}`)}`,
    query_params,
    // equal to an earlier rebuild of the same bucket it must still be stored
    clickhouse_settings: { insert_deduplicate: 0, async_insert: 0 },
  })
}

async function viewSelect(client: ClickHouseClient, view: string): Promise<string> {
  const result = await client.query({
    query: 'SELECT as_select FROM system.tables WHERE database = currentDatabase() AND name = {view:String}',
    query_params: { view },
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ as_select: string }>()
  if (row === undefined || !/\bWHERE is_call\b/.test(row.as_select)) {
    throw new Error(
      `cannot repair ${view}: it is not there or does not read "WHERE is_call"; run the migrations`,
    )
  }
  return row.as_select
}

function bound({ bucket }: Rollup, name: 'first' | 'last'): string {
  const time = `toDateTime({${name}:Int64}, 'UTC')`
  return bucket === 'day' ? `toDate(${time})` : time
}
