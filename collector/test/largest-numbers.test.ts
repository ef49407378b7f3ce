/** The largest conversations and runs are found by numbers: the same ones, in the same order, as by their ids. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { topConversations } from '../src/query/top-conversations.ts'
import { ORDERS, usageCube } from '../src/query/usage-cube.ts'
import { call, insertRows, type SpanRow } from './span-rows.ts'

let engine: TestClickhouse
const DAY = 86_400_000
const FIRST = Date.parse('2026-03-01T07:20:00Z')
/** Days that are ragged at both ends. */
const END = FIRST + 5 * DAY + 1_234_567
/** A hundred conversations of three tenants: some go on over days, some cost the same, and calls of none. */
const rows: SpanRow[] = Array.from({ length: 900 }, (_, i) => {
  const conversation = (i * 37) % 100
  const id = conversation % 10 === 9 ? '' : `c-${conversation % 50}`
  return call(new Date(FIRST - 3_600_000 + ((i * 7_919) % 1_000) * 518_400).toISOString(), {
    tenant_id: `t-${conversation % 3}`,
    conversation_id: id,
    run_id: id === '' ? '' : `r${id}`,
    conversation_title: i % 5 === 0 ? `${id} at ${i}` : '',
    environment: i % 4 === 0 ? 'staging' : 'production',
    feature: i % 2 === 0 ? 'search' : 'chat',
    cost: conversation % 7 === 0 ? '0.5' : ((i * 13) % 40) / 1_000,
    input_uncached_tokens: (i * 31) % 500,
  })
})

beforeAll(async () => {
  engine = await startTestClickhouse()
  await insertRows(engine.client, rows)
})
afterAll(() => engine?.close())

const micros = (cost: unknown) => Math.round(Number(cost) * 1e6)
const sizes = {
  cost: ({ cost }: SpanRow) => micros(cost),
  calls: () => 1,
  tokens: (row: SpanRow) => Number(row.input_uncached_tokens) + Number(row.output_text_tokens),
}

function isIn({ start_time }: SpanRow): boolean {
  const at = Date.parse(`${start_time.replace(' ', 'T')}Z`)
  return at >= FIRST && at < END
}

/** What the calls say: keys of all entries, the largest first, with their size. */
function expected(
  id: string,
  order: keyof typeof sizes,
  filters: Record<string, string>,
): [string, number][] {
  const all = new Map<string, number>()
  for (const row of rows) {
    if (!isIn(row) || Object.entries(filters).some(([name, value]) => row[name] !== value)) continue
    const key = JSON.stringify([row.tenant_id, row[id]])
    all.set(key, (all.get(key) ?? 0) + sizes[order](row))
  }
  return [...all].sort(([one, size], [other, otherSize]) => otherSize - size || (one < other ? -1 : 1))
}

const kinds = { conversation: 'conversation_id', run: 'run_id' } as const
const filters: Record<string, string>[] = [
  {},
  { tenant_id: 't-1' },
  { environment: 'staging' },
  { feature: 'chat' },
]
test.each(
  Object.keys(kinds).flatMap((by) =>
    ORDERS.flatMap((order) =>
      filters.slice(0, order === 'cost' ? filters.length : 1).map((filter) => ({ by, order, filter })),
    ),
  ),
)('by $by, the largest by $order, of $filter', async ({ by, order, filter }) => {
  const want = expected(kinds[by as keyof typeof kinds], order, filter)
  expect(want.length).toBeGreaterThan(12)
  for (const limit of [1, 10, 100]) {
    const { rows: found } = await usageCube(
      { reader: engine.reader },
      {
        ...{ start: FIRST, end: END, by: by as keyof typeof kinds, order, limit },
        filters: Object.fromEntries(Object.entries(filter).map(([name, value]) => [name, [value]])),
      },
    )
    const own = found.filter(({ place }) => place > 0)
    expect(own.map(({ key }) => JSON.stringify(key))).toEqual(want.slice(0, limit).map(([key]) => key))
    const other = found.find(({ place }) => place === 0)
    expect(other?.members ?? 0).toBe(Math.max(0, want.length - limit))
    const size =
      order === 'cost' ? micros(other?.cost ?? 0) : order === 'calls' ? (other?.calls ?? 0) : undefined
    const rest = want.slice(limit).reduce((sum, [, each]) => sum + each, 0)
    expect(Number(size ?? rest)).toBe(rest)
  }
})

test('the most expensive conversations, with their newest title', async () => {
  for (const limit of [1, 5, 90]) {
    const found = await topConversations(
      { reader: engine.reader },
      { start: FIRST, end: END } as Parameters<typeof topConversations>[1],
      {},
      limit,
    )
    const want = expected('conversation_id', 'cost', {}).filter(([key]) => JSON.parse(key)[1] !== '')
    expect(found.map(({ cost }) => micros(cost))).toEqual(want.slice(0, limit).map(([, size]) => size))
    for (const { tenant_id, conversation_id, title } of found) {
      const titled = rows.filter(
        (row) =>
          row.tenant_id === tenant_id &&
          row.conversation_id === conversation_id &&
          row.conversation_title !== '' &&
          isIn(row),
      )
      const newest = titled.sort((one, other) => (one.start_time < other.start_time ? 1 : -1))[0]
      expect(title).toBe(newest?.conversation_title ?? '')
    }
  }
})
