/**
 * A reader that counts what the store reads for an answer.
 *
 * Invariant: it only asks for what ClickHouse knows anyhow, its summary of a query; the answer is the same, and
 * what it costs to wait for the summary is not part of any time that is reported.
 */
import type { ClickHouseClient } from '@clickhouse/client'

type Reader = Pick<ClickHouseClient, 'query' | 'exec'>

/** Wraps `reader`; `rows` is told of every query. */
export function countingReader(reader: Reader, rows: (read: number) => void): Reader {
  return {
    query: (async (params: Parameters<Reader['query']>[0]) => {
      const result = await reader.query({
        ...params,
        clickhouse_settings: { ...params.clickhouse_settings, wait_end_of_query: 1 },
      })
      const header = result.response_headers['x-clickhouse-summary']
      rows(Number((JSON.parse(String(header ?? '{}')) as { read_rows?: string }).read_rows ?? 0))
      return result
    }) as Reader['query'],
    exec: reader.exec.bind(reader),
  }
}
