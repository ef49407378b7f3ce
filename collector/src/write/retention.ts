/**
 * Has the store remove rows when they are as old as the configuration says.
 *
 * Invariant: a table is altered only where it differs; what may have been removed is marked before it can be, and a
 * mark never goes back.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import type { Retention } from '../config/retention.ts'
import type { Kept } from './kept.ts'

interface Table {
  readonly name: string
  readonly key: keyof Retention
  /** Of type `Date` or `DateTime`. */
  readonly time: string
}

/** Every table whose rows expire. */
const KEPT_TABLES: readonly Table[] = [
  { name: 'spans', key: 'spans', time: 'toDateTime(start_time)' },
  // where spans are looked for by when they came, it says which of them to read
  { name: 'rollup_arrival_hour', key: 'spans', time: 'hour' },
  { name: 'rollup_process_hour', key: 'spans', time: 'hour' },
  { name: 'rollup_process_day', key: 'spans', time: 'day' },
  { name: 'rollup_cost_minute', key: 'minutes', time: 'minute' },
  { name: 'rollup_cost_hour', key: 'hours', time: 'hour' },
  { name: 'rollup_cost_day', key: 'days', time: 'day' },
  { name: 'rollup_detail_hour', key: 'details', time: 'hour' },
  { name: 'rollup_user_day', key: 'details', time: 'day' },
  { name: 'rollup_conversation_day', key: 'details', time: 'day' },
  { name: 'rollup_latency_hour', key: 'latencies', time: 'hour' },
  { name: 'rollup_latency_day', key: 'latencies', time: 'day' },
  { name: 'rollup_unpriced_hour', key: 'details', time: 'hour' },
  { name: 'rollup_run_hour', key: 'details', time: 'hour' },
  { name: 'alerts', key: 'alerts', time: 'toDateTime(starts_at)' },
  { name: 'alert_deliveries', key: 'alerts', time: 'toDateTime(created_at)' },
  { name: 'budget_samples', key: 'budgetSamples', time: 'toDateTime(at)' },
  { name: 'collector_samples', key: 'collectorSamples', time: 'toDateTime(at)' },
  { name: 'repeated_spans', key: 'repeatedSpans', time: 'toDateTime(at)' },
]
const DAY = 86_400

/** A table, and the days for which its rows are kept: as it is, and as it should be. */
export interface TableRetention {
  readonly name: string
  /** As ClickHouse prints it; empty without one. */
  readonly is: string
  readonly wanted: string
}

/** Compares every table with the configuration; one that is not there is left out. */
export async function readRetention(
  client: Pick<ClickHouseClient, 'query'>,
  retention: Retention,
): Promise<TableRetention[]> {
  const result = await client.query({
    query: `SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)}`,
    query_params: { names: KEPT_TABLES.map(({ name }) => name) },
    format: 'JSONEachRow',
  })
  const engines = new Map(
    (await result.json<{ name: string; engine_full: string }>()).map((row) => [row.name, row.engine_full]),
  )
  return KEPT_TABLES.flatMap((table) => {
    const engine = engines.get(table.name)
    if (engine === undefined) return []
    return [{ name: table.name, is: ttlOf(engine), wanted: wantedTtl(table, retention) }]
  })
}

/** Alters the tables that differ and marks what may be gone. `now` is in seconds since 1970. */
export async function applyRetention(
  client: ClickHouseClient,
  retention: Retention,
  now: number,
  log: (line: string) => void,
): Promise<Kept> {
  await mark(client, retention, now)
  for (const { name, is, wanted } of await readRetention(client, retention)) {
    if (is === wanted) continue
    if (wanted === '') await client.command({ query: `ALTER TABLE ${name} REMOVE TTL` })
    else {
      // parts that are there only learn when they expire; none is written anew
      await client.command({
        query: `ALTER TABLE ${name} MODIFY SETTING ttl_only_drop_parts = 1, materialize_ttl_recalculate_only = 1`,
      })
      await client.command({ query: `ALTER TABLE ${name} MODIFY TTL ${wanted}` })
    }
    log(`${name}: rows are kept ${wanted === '' ? 'for ever' : `by ${wanted}`}, before ${is || 'for ever'}`)
  }
  return await keptOf(client, retention)
}

const MARK_MS = 86_400_000

/** Creates the step that keeps the mark of a running collector; `at` is in ms since the Unix epoch. */
export function createRetentionMarker(
  client: ClickHouseClient,
  retention: Retention,
): (at: number) => Promise<void> {
  let marked = Number.NEGATIVE_INFINITY
  return async (at) => {
    if (at - marked < MARK_MS) return
    await mark(client, retention, at / 1000)
    marked = at
  }
}

/** Marks from when on spans and their rollups are whole. `now` is in seconds since 1970. */
async function mark(client: ClickHouseClient, retention: Retention, now: number): Promise<void> {
  const values = KEPT_TABLES.filter(({ name }) => name === 'spans' || name.startsWith('rollup_')).flatMap(
    ({ name, key }) => {
      const days = retention[key]
      return days === 'forever' ? [] : [{ name, removed_before: Math.max(0, Math.floor(now - days * DAY)) }]
    },
  )
  if (values.length === 0) return
  await client.insert({
    table: 'retention_marks',
    values,
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

async function keptOf(client: ClickHouseClient, retention: Retention): Promise<Kept> {
  const result = await client.query({
    query: `SELECT toUnixTimestamp(max(removed_before)) AS before FROM retention_marks WHERE name = 'spans' HAVING count() > 0`,
    format: 'JSONEachRow',
  })
  const [row] = await result.json<{ before: number }>()
  return {
    ...durations(retention),
    removedBefore: row === undefined ? Number.NEGATIVE_INFINITY : Number(row.before),
  }
}

/** The configuration in seconds. */
function durations(retention: Retention): Omit<Kept, 'removedBefore'> {
  const seconds = (key: keyof Retention) => {
    const days = retention[key]
    return days === 'forever' ? Number.POSITIVE_INFINITY : days * DAY
  }
  const rollups = KEPT_TABLES.filter(({ name }) => name.startsWith('rollup_'))
  return {
    spans: seconds('spans'),
    rollups: Object.fromEntries(rollups.map(({ name, key }) => [name, seconds(key)])),
  }
}

function wantedTtl({ key, time }: Table, retention: Retention): string {
  const days = retention[key]
  return days === 'forever' ? '' : `${time} + toIntervalDay(${days})`
}

function ttlOf(engine: string): string {
  return / TTL (.*?)(?: SETTINGS .*)?$/s.exec(engine)?.[1] ?? ''
}
