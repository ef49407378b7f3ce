/**
 * What the tests of dialects share: a store for each file, and the row of a span.
 *
 * Invariant: every span is stored by the code that stores those of senders.
 */
import type { Attributes, SpanKind } from '@opentelemetry/api'
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { priceVersion, rate } from '@spanmeter/middleware/pricing'
import { afterAll, beforeAll, expect } from 'vitest'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { insertBlock } from '../src/write/insert.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { AT, protobuf, span, type TestSpan } from './spans.ts'

let store: TestClickhouse
let segment = 0n

/** Gives the file a store for its tests. */
export function useStore(): void {
  beforeAll(async () => {
    store = await startTestClickhouse()
  })
  afterAll(() => store.close())
}

/** A row as the store has it. */
export type Row = Record<string, unknown>

/** Sends one span of a tool and looks at its row. */
export async function check(
  scope: string,
  kind: SpanKind,
  attributes: Attributes,
  want: Row,
  rest?: Partial<TestSpan>,
) {
  const block = new SpanBlock(++segment)
  const body = protobuf([span({ id: 1, scope, kind, attributes, ...rest })])
  decodeInto(block, { kind: 'protobuf', body, receivedAt: (AT + 60) * 1000 }, new Decoders())
  const token = `dialect-${segment}`
  await insertBlock(
    store.client,
    { data: block.encode(), columns: block.columnNames },
    { queryId: token, token },
  )
  const result = await store.client.query({
    query: `SELECT * FROM spans WHERE segment_id = ${segment}`,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_decimals: 1, output_format_json_quote_64bit_integers: 0 },
  })
  expect((await result.json<Row>())[0]).toMatchObject(want)
}

/** What every call is. */
export const chat = { is_call: true, operation: 'chat', usage_source: 'provider' }
/** What no call is. */
export const none = { is_call: false, usage_source: '', cost: null, unpriced_reason: '' }
/** Disjoint buckets: uncached input, cache read, cache write, output text, reasoning. */
export const tokens = (uncached: number, read: number, write: number, text: number, reasoning = 0) => ({
  input_uncached_tokens: uncached,
  cache_read_tokens: read,
  cache_write_other_tokens: write,
  output_text_tokens: text,
  reasoning_tokens: reasoning,
})
/** What the price book says of a call whose totals contain everything. */
export function priced(provider: string, model: string, usage: Parameters<typeof rate>[0]['usage']): Row {
  const rating = rate({ provider, models: [model], usage, at: new Date(AT * 1000) })
  if (rating.cost === null) throw new Error(`no price for ${model}`)
  return { cost: rating.cost, cost_source: 'collector', cost_currency: 'USD', price_version: priceVersion }
}
