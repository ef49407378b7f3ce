/**
 * Compares what the store has with what was acknowledged.
 *
 * Invariant: every span is compared by its id, and every rollup with the query of its own view over the raw rows,
 * key by key, whatever rollups there are.
 */
import { attachEmbedded } from '@spanmeter/clickhouse'
import type { Ledger } from './ledger.ts'

export interface Verdict {
  stored: number
  /** Acknowledged spans that are not there. */
  lost: number
  /** Rows beyond the first of a span. */
  doubled: number
  /** Buckets of a rollup that do not say what the rows say, by rollup. */
  differing: Record<string, number>
}

type Ask = <T>(query: string) => Promise<T[]>

export async function verify(dataDir: string, ledger: Ledger): Promise<Verdict> {
  const store = await attachEmbedded({ dataDir })
  const ask: Ask = async <T>(query: string) => {
    const clickhouse_settings = { output_format_json_quote_64bit_integers: 0 } as const
    return (await store.client.query({ query, format: 'JSONEachRow', clickhouse_settings })).json<T>()
  }
  try {
    const rows = await ask<{ span_id: string; copies: number }>(
      'SELECT span_id, count() AS copies FROM spans GROUP BY span_id',
    )
    const copies = new Map(rows.map(({ span_id, copies }) => [span_id, copies]))
    let lost = 0
    for (let number = 1; number <= ledger.made; number++) {
      if (ledger.isAcknowledged(number) && !copies.has(ledger.id(number))) lost++
    }
    const doubled = rows.reduce((sum, row) => sum + row.copies - 1, 0)
    return { stored: rows.length, lost, doubled, differing: await differingBuckets(ask) }
  } finally {
    await store.close()
  }
}

async function differingBuckets(ask: Ask): Promise<Record<string, number>> {
  const views = await ask<{ name: string; as_select: string }>(
    `SELECT name, as_select FROM system.tables
     WHERE database = currentDatabase() AND engine = 'MaterializedView' AND as_select LIKE '%FROM spanmeter.spans%'`,
  )
  if (views.length === 0) throw new Error('cannot verify the rollups: the store has no materialized view')
  const differing: Record<string, number> = {}
  for (const { name, as_select } of views) {
    const table = name.replace(/_view$/, '')
    const columns = await ask<{ name: string; type: string; is_in_sorting_key: number }>(
      `SELECT name, type, is_in_sorting_key FROM system.columns WHERE database = currentDatabase() AND table = '${table}'`,
    )
    const keys = columns.filter((column) => column.is_in_sorting_key === 1).map((column) => column.name)
    const sums = columns
      .filter(({ type }) => type.startsWith('SimpleAggregateFunction(sum'))
      .map((c) => c.name)
    if (keys.length === 0 || sums.length === 0)
      throw new Error(`cannot verify ${table}: it has no keys or no sums`)
    const side = (sign: string) => sums.map((sum) => `${sign}toDecimal256(${sum}, 12) AS ${sum}`).join(', ')
    const all = keys.join(', ')
    // a rollup that expires has less than the rows, and rightly so
    const kept = /minute/.test(table) ? 'WHERE minute > now() - INTERVAL 13 DAY' : ''
    const [row] = await ask<{ n: number }>(
      `SELECT count() AS n FROM (
         SELECT ${all} FROM (
           SELECT ${all}, ${side('')} FROM ${table} ${kept}
           UNION ALL SELECT ${all}, ${side('-')} FROM (${as_select}) ${kept}
         ) GROUP BY ${all} HAVING ${sums.map((sum) => `sum(${sum}) != 0`).join(' OR ')}
       )`,
    )
    if (row !== undefined && row.n > 0) differing[table] = row.n
  }
  return differing
}
