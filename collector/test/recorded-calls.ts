/**
 * The calls that the collector makes of a recording, and what they have to be.
 *
 * Invariant: what is wanted comes from the provider's ledger and the published prices, never from our own rating.
 */
import type { TestClickhouse } from '@spanmeter/clickhouse/testing'
import { type Recording, toldBy } from '../../e2e/emitters/recording.ts'
import { expectedCost, parseUsd } from '../../e2e/expected-cost.ts'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { insertBlock } from '../src/write/insert.ts'
import { SpanBlock } from '../src/write/span-block.ts'

/** What a test compares of a call. */
export interface SeenCall {
  provider: string
  failed: boolean
  usage: string
  /** Uncached input, cache read, cache writes (5 min, 1 h, other), output text, reasoning. */
  tokens: number[]
  /** 10^-12 USD, or why there is none. */
  cost: bigint | string | undefined
}

const TOKENS = [
  'input_uncached_tokens',
  'cache_read_tokens',
  'cache_write_5m_tokens',
  'cache_write_1h_tokens',
  'cache_write_other_tokens',
  'output_text_tokens',
  'reasoning_tokens',
] as const
type Row = Record<(typeof TOKENS)[number], number> & {
  provider: string
  status: string
  usage_source: string
  cost: string | null
  unpriced_reason: string
}

let segment = 0n

/** The calls among the spans of a recording, in the order in which they began. */
export async function readCalls(
  { client }: TestClickhouse,
  { requests }: Pick<Recording, 'requests'>,
): Promise<SeenCall[]> {
  const block = new SpanBlock(++segment)
  const decoders = new Decoders()
  for (const request of requests) {
    const body = Buffer.from(JSON.stringify(request))
    decodeInto(block, { kind: 'json', body, receivedAt: Date.now() }, decoders)
  }
  const token = `emitter-${segment}`
  await insertBlock(client, { data: block.encode(), columns: block.columnNames }, { queryId: token, token })
  const result = await client.query({
    query: `SELECT provider, status, usage_source, ${TOKENS.join(', ')}, cost, unpriced_reason
      FROM spans WHERE segment_id = ${segment} AND is_call ORDER BY start_time`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 0 },
  })
  return (await result.json<Row>()).map((row) => ({
    provider: row.provider,
    failed: row.status === 'error',
    usage: row.usage_source,
    tokens: TOKENS.map((name) => row[name]),
    cost: row.cost === null ? row.unpriced_reason : parseUsd(row.cost),
  }))
}

/** What the calls have to be: the ledger, as far as the tool tells of it. */
export function wantedCalls(recording: Recording): SeenCall[] {
  const { gaps } = recording
  return toldBy(recording).map(({ entry, silent }) => {
    const { billed, provider } = entry
    const failed = entry.outcome === 'failed'
    const told = !failed && !silent
    const counts = [
      billed.inputUncached,
      billed.cacheRead,
      billed.cacheWrite5m,
      billed.cacheWrite1h,
      billed.cacheWriteOther,
      billed.outputText,
      billed.reasoning,
    ]
    return {
      provider: failed && gaps.provider === 'by model' ? 'unknown' : provider,
      failed: failed && gaps.failures !== 'no error',
      usage: told ? 'provider' : 'missing',
      tokens: counts.map((count) => (told ? count : 0)),
      cost: told ? expectedCost(entry) : failed && gaps.failures !== 'no error' ? 'failed' : 'missing_usage',
    }
  })
}
