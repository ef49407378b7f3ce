/**
 * A reader that sees one tenant.
 *
 * Invariant: the engine itself adds the condition to every table of the database, whatever the SQL says; a table
 * without a tenant has no rows for it.
 */
import type { ClickHouseClient } from '@clickhouse/client'

/** What a query needs of a client. */
export type Reader = Pick<ClickHouseClient, 'query' | 'exec'>

interface Table {
  readonly name: string
  readonly hasTenant: boolean
  readonly isPublic: boolean
}

/** Tables without a tenant that everybody may read: list prices, and what credits are worth. */
const PUBLIC: ReadonlySet<string> = new Set(['model_prices', 'credit_rates'])

const known = new WeakMap<Reader, Promise<readonly Table[]>>()

/** Restricts `reader` to `tenant`; to nothing less where it is absent. */
export function readerFor(reader: Reader, tenant: string | undefined): Reader {
  if (tenant === undefined) return reader
  const only = async <Params extends { clickhouse_settings?: object }>(params: Params): Promise<Params> => ({
    ...params,
    clickhouse_settings: {
      ...params.clickhouse_settings,
      additional_table_filters: filters(await tablesOf(reader), tenant),
    },
  })
  return {
    query: (async (params: Parameters<Reader['query']>[0]) =>
      reader.query(await only(params))) as Reader['query'],
    exec: (async (params: Parameters<Reader['exec']>[0]) =>
      reader.exec(await only(params))) as Reader['exec'],
  }
}

/** The setting's value: https://clickhouse.com/docs/operations/settings/settings#additional_table_filters */
function filters(tables: readonly Table[], tenant: string): string {
  // bytes as numbers: there is nothing to quote, and the engine still reads its index
  const condition = `tenant_id = char(${[...Buffer.from(tenant)].join(',')})`
  return `{${tables
    .filter(({ isPublic }) => !isPublic)
    .map(({ name, hasTenant }) => `'${name}':'${hasTenant ? condition : '0'}'`)
    .join(',')}}`
}

/** Every table of the database; asked once, and again after a failure. */
function tablesOf(reader: Reader): Promise<readonly Table[]> {
  let tables = known.get(reader)
  if (tables === undefined) {
    tables = ask(reader)
    tables.catch(() => known.delete(reader))
    known.set(reader, tables)
  }
  return tables
}

async function ask(reader: Reader): Promise<readonly Table[]> {
  const result = await reader.query({
    query: `SELECT concat(database, '.', table) AS full_name, countIf(name = 'tenant_id') AS bound
      FROM system.columns WHERE database = currentDatabase() GROUP BY database, table`,
    format: 'JSONEachRow',
  })
  const rows = await result.json<{ full_name: string; bound: string | number }>()
  const tables = rows.map(({ full_name: name, bound }) => ({
    name,
    hasTenant: Number(bound) > 0,
    isPublic: PUBLIC.has(name.slice(name.indexOf('.') + 1)),
  }))
  if (!tables.some(({ hasTenant }) => hasTenant))
    throw new Error('cannot restrict a reader to a tenant: the store has no tables; migrate it first')
  return tables
}
