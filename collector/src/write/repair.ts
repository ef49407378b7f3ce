/**
 * Makes the rollups agree with the raw rows again, bucket by bucket, after an ambiguous insert.
 *
 * Invariant: a bucket that agrees is not touched; one that does not is rebuilt from `spans` by the very
 * query of its materialized view, and looked at again until it agrees. Where spans were removed, nothing is rebuilt. This collector inserts nothing meanwhile;
 * others may, and repair nothing at the same time.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { EVERYTHING, type Kept, rolledSince, wholeSince } from './kept.ts'
import { withRepairLock } from './repair-lock.ts'
import { ROLLUPS, type Rollup } from './rollups.ts'

const DAY = 86_400

/** Others may insert into a bucket while it is rebuilt: then it is rebuilt again, at most so often. */
const MAX_ROUNDS = 20

/** Rebuilds the buckets of `hours` (starts, seconds since 1970) that differ; returns how many. `now` is in seconds. */
export async function repairRollups(
  client: ClickHouseClient,
  hours: readonly number[],
  now: number,
  kept: Kept = EVERYTHING,
): Promise<number> {
  const whole = await wholeHours(client, hours, now, kept)
  const parts = [...affected(whole, now, kept)]
  const broken: typeof parts = []
  for (const [rollup, starts] of parts) {
    const buckets = await differing(client, rollup, starts)
    if (buckets.length > 0) broken.push([rollup, starts])
  }
  if (broken.length === 0) return 0
  return await withRepairLock(client, async () => {
    let rebuilt = 0
    for (const [rollup, starts] of broken) rebuilt += await repair(client, rollup, starts)
    return rebuilt
  })
}

/** Rollups with the hours, or days, to look at: some at a time, because parameters travel in the address of a request. */
function* affected(
  hours: readonly number[],
  now: number,
  limits: Kept,
): Generator<[Rollup, readonly number[]]> {
  for (const rollup of ROLLUPS) {
    const since = rolledSince(limits, rollup.table, now)
    const kept = hours.filter((hour) => hour >= since)
    const starts = rollup.bucket === 'day' ? [...new Set(kept.map(dayOf))] : kept
    for (let i = 0; i < starts.length; i += 200) yield [rollup, starts.slice(i, i + 200)]
  }
}

/** Older days may have lost their month. */
const RECENT = 31 * DAY
/** So many times the calls that are left are in the rollup of a day that lost most of its spans. */
const THINNED = 4

const dayOf = (second: number) => second - (second % DAY)

/** Those of `hours` of whose day every span is there: none expired, and nobody dropped their month. */
export async function wholeHours(
  client: ClickHouseClient,
  hours: readonly number[],
  now: number,
  kept: Kept,
): Promise<number[]> {
  const since = wholeSince(kept, now)
  const candidates = hours.filter((hour) => dayOf(hour) >= since)
  const old = [...new Set(candidates.map(dayOf))].filter((day) => day < now - RECENT)
  const thinned = new Set<number>()
  for (let i = 0; i < old.length; i += 200) {
    const days = `arrayMap(x -> toDate(toDateTime(x, 'UTC')), {days:Array(UInt32)})`
    const result = await client.query({
      query: `SELECT toUnixTimestamp(toDateTime(at, 'UTC')) AS at FROM (
          SELECT day AS at, sum(calls) AS rolled, 0 AS there FROM rollup_cost_day WHERE day IN (${days}) GROUP BY at
          UNION ALL
          SELECT toDate(hour) AS at, sum(calls) AS rolled, 0 AS there FROM rollup_cost_hour
          WHERE toDate(hour) IN (${days}) GROUP BY at
          UNION ALL
          SELECT toDate(start_time) AS at, 0 AS rolled, count() AS there FROM spans
          WHERE is_call AND toDate(start_time) IN (${days}) GROUP BY at
        ) GROUP BY at HAVING sum(there) * ${THINNED} < max(rolled)`,
      query_params: { days: old.slice(i, i + 200) },
      format: 'JSONEachRow',
    })
    for (const { at } of await result.json<{ at: number }>()) thinned.add(Number(at))
  }
  return candidates.filter((hour) => !thinned.has(dayOf(hour)))
}

/**
 * Rebuilds what differs, until each bucket was seen to agree. An insert that is under way makes buckets differ too, by
 * what is there of it: so only what differs by the same amount before and after it is rebuilt, what changes is looked
 * at again, and a rebuilt bucket is looked at once the inserts that it may have met have ended.
 */
async function repair(client: ClickHouseClient, rollup: Rollup, starts: readonly number[]): Promise<number> {
  let rebuilt = 0
  let open = await differing(client, rollup, starts)
  const stillOpen = async () => {
    await insertsEnd(client)
    const known = new Set(open.map(({ at }) => at))
    return (await differing(client, rollup, starts)).filter(({ at }) => known.has(at))
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (open.length === 0) return rebuilt
    const before = new Map(open.map(({ at, by }) => [at, by]))
    open = await stillOpen()
    const steady = open.filter(({ at, by }) => before.get(at) === by)
    if (steady.length === 0) continue
    await rebuild(
      client,
      rollup,
      steady.map(({ at }) => at),
    )
    rebuilt += steady.length
    open = await stillOpen()
  }
  throw new Error(
    `cannot repair ${rollup.table}: its buckets still differ from spans after ${MAX_ROUNDS} looks; stop other writers`,
  )
}

/** Starts, in seconds since 1970, of the buckets whose sums are not those of the raw rows, and by how much they differ. */
async function differing(
  client: ClickHouseClient,
  rollup: Rollup,
  starts: readonly number[],
): Promise<{ at: number; by: string }[]> {
  const { table, bucket, of, where, compare } = rollup
  const side = (index: 0 | 1, sign: string) =>
    compare.map((pair, i) => `${sign}toDecimal256(${pair[index]}, 12) AS v${i}`).join(', ')
  const sums = compare.map((_, i) => `sum(v${i})`).join(', ')
  const result = await client.query({
    query: `SELECT toUInt32(at) AS at, toString(tuple(${sums})) AS by FROM (
        SELECT toUnixTimestamp(toDateTime(${bucket}, 'UTC')) AS at, 1 AS sides, ${side(0, '')} FROM ${table}
        WHERE ${among(rollup, bucket)} GROUP BY ${bucket}
        UNION ALL
        SELECT toUnixTimestamp(toDateTime(${of}(start_time), 'UTC')) AS at, 2 AS sides, ${side(1, '-')} FROM spans
        WHERE ${where} AND ${among(rollup, 'start_time')} GROUP BY at
      ) GROUP BY at HAVING sum(sides) != 3 OR ${compare.map((_, i) => `sum(v${i}) != 0`).join(' OR ')} ORDER BY at`,
    query_params: { starts },
    format: 'JSONEachRow',
  })
  return await result.json<{ at: number; by: string }>()
}

/** Waits for the inserts into `spans` that run now, whoever sent them. */
async function insertsEnd(client: ClickHouseClient): Promise<void> {
  const running = async () => {
    const result = await client.query({
      query: `SELECT query_id FROM system.processes
        WHERE query_kind = 'Insert' AND current_database = currentDatabase()`,
      format: 'JSONEachRow',
    })
    return (await result.json<{ query_id: string }>()).map(({ query_id }) => query_id)
  }
  const first = new Set(await running())
  for (let delayMs = 10; first.size > 0; delayMs = Math.min(delayMs * 2, 500)) {
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    const still = new Set(await running())
    for (const id of first) if (!still.has(id)) first.delete(id)
  }
}

/** Rebuilds buckets, given by their starts, in one go. */
async function rebuild(client: ClickHouseClient, rollup: Rollup, at: number[]): Promise<void> {
  const { table, bucket, of } = rollup
  const select = await viewSelect(client, `${table}_view`)
  const which = (time: string) => `toUnixTimestamp(toDateTime(${time}, 'UTC')) IN ({at:Array(UInt32)})`
  const starts = at.map((second) => second - (second % (bucket === 'day' ? DAY : 3600)))
  const query_params = { at, starts: [...new Set(starts)] }
  await client.command({
    query: `DELETE FROM ${table} WHERE ${among(rollup, bucket)} AND ${which(bucket)}`,
    query_params,
    clickhouse_settings: { lightweight_deletes_sync: '2' },
  })
  const within = `${among(rollup, 'spans.start_time')} AND ${which(`${of}(spans.start_time)`)}`
  await client.command({
    query: `INSERT INTO ${table} ${select.replace(/\bWHERE\b/, `WHERE ${within} AND`)}`,
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
  if (row?.as_select.match(/\bWHERE\b/g)?.length !== 1) {
    throw new Error(`cannot repair ${view}: it is not there or has not one WHERE; run the migrations`)
  }
  return row.as_select
}

/** That a time column lies in one of the hours, or days, of parameter `starts`. */
function among({ bucket }: Rollup, column: string): string {
  const given = '{starts:Array(UInt32)}'
  if (bucket === 'day') return `toDate(${column}) IN (arrayMap(x -> toDate(toDateTime(x, 'UTC')), ${given}))`
  return `toStartOfHour(${column}) IN (arrayMap(x -> toDateTime(x, 'UTC'), ${given}))`
}
