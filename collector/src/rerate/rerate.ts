/**
 * Rates stored calls anew: what would change, and the change.
 *
 * Invariant: every changed cost is in `cost_adjustments` with what it was before it is changed, and afterwards the
 * rollups are those of the calls. A run that was cut off is finished by the next one over the same range.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { formatDecimal, parseDecimal } from '../query/decimal.ts'
import { timeText } from '../query/raw-range.ts'
import { EVERYTHING, type Kept } from '../write/kept.ts'
import { wholeHours } from '../write/repair.ts'
import { type CostChange, changeOf } from './changes.ts'
import { callsOf, hoursWithCalls, type RerateRange } from './stored-calls.ts'

/** Calls of one tenant and model; amounts are decimals in USD. */
export interface RerateGroup {
  tenant_id: string
  provider: string
  model: string
  /** Looked at. */
  calls: number
  changed: number
  /** Of the changed ones: had no cost before. */
  newly_priced: number
  /** Cost of the changed calls. */
  before: string
  after: string
  difference: string
}

export interface RerateResult {
  /** Of `cost_adjustments`; null where nothing was written. */
  run_id: string | null
  calls: number
  changed: number
  /** Hours whose calls are left as they are: some spans of them were removed, and their sums would go with them. */
  hours_left_out: number
  groups: RerateGroup[]
}

export interface RerateOptions {
  client: ClickHouseClient
  /** Runs a change of stored rows while nothing is inserted, and makes the rollups of these hours agree. */
  changeStored: (change: () => Promise<void>, hours: readonly number[]) => Promise<void>
  /** How long spans are kept; for ever without it. */
  kept?: () => Kept
  /** Milliseconds since 1970. */
  now: () => number
}

const BATCH = 20_000

/** Shows what would change, and changes it where `apply` says so. */
export async function rerate(
  options: RerateOptions,
  range: RerateRange,
  apply: boolean,
): Promise<RerateResult> {
  const { client, changeStored, kept = () => EVERYTHING, now } = options
  const runId = randomUUID()
  const sums = new Sums()
  const found = await hoursWithCalls(client, range)
  const hours = await wholeHours(client, found, Math.floor(now() / 1000), kept())
  for (const hour of hours) {
    let waiting: CostChange[] = []
    for await (const calls of callsOf(client, range, hour)) {
      for (const call of calls) {
        const change = changeOf(call)
        sums.add(call, change)
        if (change !== undefined && apply) waiting.push(change)
      }
      if (waiting.length >= BATCH) {
        await record(options, runId, waiting)
        waiting = []
      }
    }
    if (waiting.length > 0) await record(options, runId, waiting)
  }
  const { calls, changed } = sums
  const written = apply && changed > 0
  // also where nothing changes: a run before may have ended before its rollups were made to agree
  if (apply) await changeStored(() => (written ? change(client, runId, range) : Promise.resolve()), hours)
  return {
    run_id: written ? runId : null,
    calls,
    changed,
    hours_left_out: found.length - hours.length,
    groups: sums.groups(),
  }
}

async function record({ client, now }: RerateOptions, runId: string, changes: CostChange[]): Promise<void> {
  await client.insert({
    table: 'cost_adjustments',
    values: changes.map(({ call, after, priceVersion }) => ({
      run_id: runId,
      adjusted_at: timeText(now()),
      tenant_id: call.tenant_id,
      start_time: call.start_text,
      trace_id: call.trace_id,
      span_id: call.span_id,
      provider: call.provider,
      model: call.model,
      old_cost: call.old_cost,
      old_cost_source: call.old_cost_source,
      old_unpriced_reason: call.old_unpriced_reason,
      old_price_version: call.old_price_version,
      new_cost: after,
      new_price_version: priceVersion,
    })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

/** Puts the new costs of a run into the calls. */
async function change(client: ClickHouseClient, runId: string, { from, to }: RerateRange): Promise<void> {
  const table = `rerate_${runId.replaceAll('-', '')}`
  await client.command({
    query: `CREATE TABLE ${table} (trace_id String, span_id String, cost Decimal(38, 12), price_version String)
      ENGINE = Join(ANY, LEFT, trace_id, span_id)`,
  })
  try {
    await client.command({
      query: `INSERT INTO ${table} SELECT trace_id, span_id, new_cost, new_price_version FROM cost_adjustments
        WHERE run_id = {runId:UUID}`,
      query_params: { runId },
    })
    // a mutation has no current database: the name has to be there
    const name = `'${(await databaseOf(client)).replaceAll(/['\\]/g, '\\$&')}.${table}'`
    const of = (column: string) => `joinGet(${name}, '${column}', trace_id, span_id)`
    await client.command({
      query: `ALTER TABLE spans UPDATE cost = ${of('cost')}, price_version = ${of('price_version')},
          cost_source = 'collector', cost_currency = 'USD', unpriced_reason = ''
        WHERE start_time >= fromUnixTimestamp64Milli(${from}) AND start_time < fromUnixTimestamp64Milli(${to})
          AND (trace_id, span_id) IN (SELECT trace_id, span_id FROM cost_adjustments WHERE run_id = '${runId}')`,
      clickhouse_settings: { mutations_sync: '0', allow_nondeterministic_mutations: 1 },
    })
    await finished(client, table)
  } finally {
    await client.command({ query: `DROP TABLE IF EXISTS ${table}` })
  }
}

async function databaseOf(client: ClickHouseClient): Promise<string> {
  const result = await client.query({ query: 'SELECT currentDatabase() AS name', format: 'JSONEachRow' })
  const [row] = await result.json<{ name: string }>()
  return row?.name ?? ''
}

/** Waits until the mutation that reads `table` is done. Throws what it failed with. */
async function finished(client: ClickHouseClient, table: string): Promise<void> {
  for (let delayMs = 50; ; delayMs = Math.min(delayMs * 2, 1000)) {
    const result = await client.query({
      query: `SELECT mutation_id, is_done, latest_fail_reason AS failure FROM system.mutations
        WHERE database = currentDatabase() AND table = 'spans' AND position(command, {table:String}) > 0`,
      query_params: { table },
      format: 'JSONEachRow',
    })
    const rows = await result.json<{ mutation_id: string; is_done: number; failure: string }>()
    const failed = rows.find(({ failure }) => failure !== '')
    if (failed !== undefined) {
      await client.command({
        query: `KILL MUTATION WHERE database = currentDatabase() AND table = 'spans' AND mutation_id = {id:String}`,
        query_params: { id: failed.mutation_id },
      })
      throw new Error(`cannot change the costs: ${failed.failure}; nothing is lost, run it again`)
    }
    if (rows.length > 0 && rows.every(({ is_done }) => Number(is_done) === 1)) return
    await delay(delayMs)
  }
}

interface Sum {
  group: Pick<RerateGroup, 'tenant_id' | 'provider' | 'model' | 'calls' | 'changed' | 'newly_priced'>
  before: bigint
  after: bigint
}

/** Sums by tenant and model. */
class Sums {
  calls = 0
  changed = 0
  readonly #sums = new Map<string, Sum>()

  add(
    { tenant_id, provider, model }: { tenant_id: string; provider: string; model: string },
    change: CostChange | undefined,
  ): void {
    this.calls++
    const key = JSON.stringify([tenant_id, provider, model])
    let sum = this.#sums.get(key)
    if (sum === undefined) {
      const group = { tenant_id, provider, model, calls: 0, changed: 0, newly_priced: 0 }
      sum = { group, before: 0n, after: 0n }
      this.#sums.set(key, sum)
    }
    sum.group.calls++
    if (change === undefined) return
    this.changed++
    sum.group.changed++
    if (change.before === null) sum.group.newly_priced++
    sum.before += parseDecimal(change.before ?? '0')
    sum.after += parseDecimal(change.after)
  }

  /** Those that change, the largest difference first. */
  groups(): RerateGroup[] {
    const size = ({ before, after }: Sum) => (after > before ? after - before : before - after)
    return [...this.#sums.values()]
      .filter(({ group }) => group.changed > 0)
      .sort((a, b) => (size(b) > size(a) ? 1 : size(b) < size(a) ? -1 : 0))
      .map(({ group, before, after }) => ({
        ...group,
        before: formatDecimal(before),
        after: formatDecimal(after),
        difference: formatDecimal(after - before),
      }))
  }
}
