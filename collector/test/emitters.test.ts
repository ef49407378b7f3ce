/**
 * Spans as tools really send them, recorded against a provider that knows what it billed: the collector comes to the
 * same tokens and the same cost, as far as each tool tells.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Recording, toldBy } from '../../e2e/emitters/recording.ts'
import { expectedCost, parseUsd } from '../../e2e/expected-cost.ts'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { insertBlock } from '../src/write/insert.ts'
import { SpanBlock } from '../src/write/span-block.ts'

const FOLDER = new URL('../fixtures/emitters/', import.meta.url)

let store: TestClickhouse
let segment = 0n

beforeAll(async () => {
  store = await startTestClickhouse()
})
afterAll(() => store.close())

interface Row {
  provider: string
  model: string
  status: string
  usage_source: string
  input_uncached_tokens: number
  cache_read_tokens: number
  cache_write_5m_tokens: number
  cache_write_1h_tokens: number
  cache_write_other_tokens: number
  output_text_tokens: number
  reasoning_tokens: number
  cost: string | null
  unpriced_reason: string
}

/** The calls among the spans of one recording, in the order in which they began. */
async function callsOf({ requests }: Recording): Promise<Row[]> {
  const block = new SpanBlock(++segment)
  const decoders = new Decoders()
  for (const request of requests) {
    const body = Buffer.from(JSON.stringify(request))
    decodeInto(block, { kind: 'json', body, receivedAt: Date.now() }, decoders)
  }
  const token = `emitter-${segment}`
  await insertBlock(
    store.client,
    { data: block.encode(), columns: block.columnNames },
    { queryId: token, token },
  )
  const columns = `provider, model, status, usage_source, input_uncached_tokens, cache_read_tokens,
    cache_write_5m_tokens, cache_write_1h_tokens, cache_write_other_tokens, output_text_tokens, reasoning_tokens,
    cost, unpriced_reason`
  const result = await store.client.query({
    query: `SELECT ${columns} FROM spans WHERE segment_id = ${segment} AND is_call ORDER BY start_time`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 0 },
  })
  return await result.json<Row>()
}

/** What the rows have to be: the ledger, as far as the tool tells of it. */
function wantedOf(recording: Recording): object[] {
  return toldBy(recording).map(({ entry, silent }) => {
    const { billed } = entry
    const failed = entry.outcome === 'failed'
    const counts = failed || silent ? undefined : billed
    return {
      provider: entry.provider,
      failed: failed && recording.gaps.failures !== 'no error',
      usage: counts ? 'provider' : 'missing',
      tokens: [
        counts?.inputUncached ?? 0,
        counts?.cacheRead ?? 0,
        counts?.cacheWrite5m ?? 0,
        counts?.cacheWrite1h ?? 0,
        counts?.cacheWriteOther ?? 0,
        counts?.outputText ?? 0,
        counts?.reasoning ?? 0,
      ],
      cost: counts ? expectedCost(entry) : failed ? 'none' : 'missing_usage',
    }
  })
}

for (const file of readdirSync(FOLDER).sort()) {
  const recording = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Recording
  const versions = Object.entries(recording.versions).map(([name, version]) => `${name} ${version}`)
  test(`${recording.name}: ${versions.join(', ')}`, async () => {
    const rows = await callsOf(recording)
    const wanted = wantedOf(recording)
    const seen = rows.map((row) => ({
      provider: row.provider,
      failed: row.status === 'error',
      usage: row.usage_source,
      tokens: [
        row.input_uncached_tokens,
        row.cache_read_tokens,
        row.cache_write_5m_tokens,
        row.cache_write_1h_tokens,
        row.cache_write_other_tokens,
        row.output_text_tokens,
        row.reasoning_tokens,
      ],
      cost:
        row.cost === null
          ? row.status === 'error' || row.unpriced_reason === 'failed'
            ? 'none'
            : row.unpriced_reason
          : parseUsd(row.cost),
    }))
    expect(seen).toEqual(wanted)
    expect(seen.length).toBeGreaterThan(0)
  })
}
