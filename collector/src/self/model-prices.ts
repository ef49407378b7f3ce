/**
 * Writes the list prices of the models that were called to the store, for queries that only ClickHouse answers.
 *
 * Invariant: nothing is rated from them; a model that the price book does not know gets no row.
 */
import type { ClickHouseClient } from '@clickhouse/client'
import { listPrices, priceBookOf } from '@spanmeter/middleware/pricing'
import { tokenPrices } from '../api/cache-effect.ts'

/** A row of `model_prices`; USD for one token. */
interface PriceRow {
  readonly provider: string
  readonly model: string
  readonly priced_at: number
  readonly price_version: string
  readonly input: number
  readonly output: number
  readonly cache_read: number
  readonly cache_write: number
}

/** How far the first look goes back, hours: as far as costs are kept by default. */
const ALL_HOURS = 24 * 400
/** How far every other one goes back. */
const NEW_HOURS = 3

/** Creates a function that writes what is not yet written in this process; it returns how many. */
export function createPriceRecorder(client: ClickHouseClient): (at: number) => Promise<number> {
  const done = new Set<string>()
  let hours = ALL_HOURS
  return async (at) => {
    const result = await client.query({
      query: `SELECT DISTINCT provider, model FROM rollup_cost_hour
        WHERE hour >= toDateTime({since:UInt32}, 'UTC') AND model != '' LIMIT 10000`,
      query_params: { since: Math.max(Math.floor(at / 1_000) - hours * 3_600, 0) },
      format: 'JSONEachRow',
    })
    const called = await result.json<{ provider: string; model: string }>()
    const fresh = called.filter(({ provider, model }) => !done.has(`${provider}\t${model}`))
    const rows = fresh.flatMap(({ provider, model }) => priceRow(provider, model, at) ?? [])
    if (rows.length > 0) await client.insert({ table: 'model_prices', values: rows, format: 'JSONEachRow' })
    for (const { provider, model } of fresh) done.add(`${provider}\t${model}`)
    hours = NEW_HOURS
    return rows.length
  }
}

function priceRow(provider: string, model: string, at: number): PriceRow | undefined {
  const prices = tokenPrices(provider, model, at)
  if (!prices) return undefined
  return {
    provider,
    model,
    priced_at: Math.floor(at / 1_000),
    price_version: listPrices(priceBookOf(provider), model, new Date(at))?.priceVersion ?? '',
    input: prices.input,
    output: prices.output,
    cache_read: prices.cacheRead,
    cache_write: prices.cacheWrite,
  }
}
