/** What did not arrive, arrived late or arrived again, on a real engine. */
import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import { Decoders, decodeInto } from '../src/receive/decode.ts'
import { Repeats } from '../src/receive/repeats.ts'
import { SpanMemory } from '../src/receive/span-memory.ts'
import { createRepeatRecorder } from '../src/self/repeats.ts'
import { SpanBlock } from '../src/write/span-block.ts'
import { call, insertRows, replaceRows, type SpanRow } from './span-rows.ts'
import { protobuf, span } from './spans.ts'

const NOW = Date.parse('2026-03-11T15:30:00Z')
const HOUR = 3_600_000
let engine: TestClickhouse
let app: ReturnType<typeof createApi>
beforeAll(async () => {
  engine = await startTestClickhouse()
  app = createApi({ reader: engine.reader, now: () => new Date(NOW), report: console.error })
})
afterAll(() => engine?.close())

// biome-ignore lint/suspicious/noExplicitAny: the answers are checked against their schemas elsewhere
async function ask(query = 'period=last_hour', asked = app): Promise<any> {
  const response = await asked.request(`/api/v1/quality/completeness?${query}`)
  const body = await response.json()
  expect([response.status, body.detail]).toEqual([200, undefined])
  return body
}

/** A process that began at `at`: an id of version 7. */
function processOf(at: number, name = 1): string {
  const hex = at.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${name.toString(16).padStart(12, '0')}`
}
const time = (at: number) => new Date(at).toISOString().replace('T', ' ').replace('Z', '')

/** A span with a number that ended `late` ms before it arrived, `ago` ms ago. */
function numbered(process_id: string, span_number: number, ago: number, fields = {}, late = 500): SpanRow {
  const arrived = NOW - ago
  return call(new Date(arrived - late).toISOString(), {
    ...{ process_id, span_number, duration_ns: '0', ingested_at: time(arrived) },
    ...fields,
  })
}
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

test('what is missing is between what arrived, and a process that began in the range begins with 1', async () => {
  const process = processOf(NOW - 30 * 60_000)
  const came = [3, 4, 5, 8, 10, 11]
  await replaceRows(
    engine.client,
    came.map((number, index) => numbered(process, number, 20 * 60_000 - index * 1000)),
  )
  const { total, services } = await ask()
  expect(total).toMatchObject({ spans: 6, numbered_spans: 6, expected: 11, received: 6, missing: 5 })
  expect(services).toMatchObject([
    {
      ...{ tenant_id: 'acme', service: 'chat-api', processes: 1, complete_share: 6 / 11 },
      gaps: [
        { process, first: 1, last: 2, spans: 2 },
        { process, first: 6, last: 7, spans: 2 },
        { process, first: 9, last: 9, spans: 1 },
      ],
    },
  ])
})

test('what was overtaken or sent again later is not missing, nor what an earlier range had', async () => {
  const process = processOf(NOW - 3 * 24 * HOUR)
  await replaceRows(engine.client, [
    ...range(90, 100).map((number) => numbered(process, number, 90 * 60_000)),
    ...[102, 101, 104].map((number) => numbered(process, number, 30 * 60_000)),
    // a straggler of before
    numbered(process, 40, 25 * 60_000),
  ])
  expect((await ask()).total).toMatchObject({ expected: 4, received: 3, missing: 1 })
  await insertRows(engine.client, [numbered(process, 103, 10_000, {}, 40 * 60_000)])
  expect((await ask()).total).toMatchObject({ expected: 4, received: 4, missing: 0 })
  // overtaken a moment ago: that is judged a minute later
  await insertRows(engine.client, [numbered(process, 107, 9_000)])
  expect((await ask()).total).toMatchObject({ expected: 4, received: 4 })
})

test('a process of which only later spans are known misses nothing', async () => {
  const process = processOf(NOW - 3 * 24 * HOUR)
  await replaceRows(engine.client, [numbered(process, 7, 30_000), numbered('', 0, 20 * 60_000)])
  expect((await ask()).total).toMatchObject({ spans: 1, expected: 0, missing: 0 })
})

test('processes and tenants are counted apart, and a filter takes what it names', async () => {
  const [one, two] = [processOf(NOW - 40 * 60_000, 1), processOf(NOW - 40 * 60_000, 2)]
  const ago = 20 * 60_000
  await replaceRows(engine.client, [
    ...[1, 2, 4].map((number) => numbered(one, number, ago)),
    ...[1, 3].map((number) => numbered(one, number, ago, { tenant_id: 'globex' })),
    ...[1, 2].map((number) => numbered(two, number, ago)),
    numbered('', 0, ago, { service_name: 'other-tool' }),
  ])
  const { services } = await ask()
  expect(
    services.map((row: Record<string, unknown>) => [
      ...[row.tenant_id, row.service, row.processes, row.expected, row.missing, row.complete_share],
    ]),
  ).toEqual([
    ['acme', 'chat-api', 2, 6, 1, 5 / 6],
    ['globex', 'chat-api', 1, 3, 1, 2 / 3],
    ['acme', 'other-tool', 0, 0, 0, null],
  ])
  expect((await ask('period=last_hour&service=other-tool')).total).toMatchObject({ spans: 1, expected: 0 })
  expect((await ask('period=last_hour&tenant_id=globex')).total).toMatchObject({ spans: 2, missing: 1 })
})

test('a process that is two services numbers both in one row', async () => {
  const process = processOf(NOW - 40 * 60_000)
  const ago = 20 * 60_000
  await replaceRows(engine.client, [
    ...[1, 3, 6].map((number) => numbered(process, number, ago)),
    ...[2, 4].map((number) => numbered(process, number, ago, { service_name: 'worker' })),
  ])
  const { total, services } = await ask()
  expect(total).toMatchObject({ spans: 5, expected: 6, missing: 1 })
  expect(services.flatMap(({ gaps }: { gaps: object[] }) => gaps)).toMatchObject([{ first: 5, last: 5 }])
  // it is of the first of them, with all of its numbers
  const [first, second] = [
    await ask('period=last_hour&service=chat-api'),
    await ask('period=last_hour&service=worker'),
  ]
  expect(first.total).toMatchObject({ spans: 3, expected: 6, missing: 1 })
  expect(second.total).toMatchObject({ spans: 2, expected: 0, missing: 0 })
})

test('says how late spans arrive, and whose clock is ahead', async () => {
  const ago = 20 * 60_000
  await replaceRows(engine.client, [
    ...range(1, 98).map(() => numbered('', 0, ago, {}, 1_000)),
    numbered('', 0, ago, {}, 2 * HOUR),
    numbered('', 0, ago, {}, -90_000),
  ])
  const { services } = await ask()
  expect(services).toMatchObject([
    {
      ...{ late: 1, ahead: 1, ahead_max_seconds: 90, lateness_p50_seconds: 1, lateness_max_seconds: 7200 },
    },
  ])
  expect((await ask('period=last_hour&late_seconds=7200')).total.late).toBe(0)
})

test('whatever numbers arrive, gaps are what is missing between them', async () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 30 })
  const cases = new Map(fc.sample(numbers, 40).map((came, index) => [`service-${index}`, came]))
  await replaceRows(
    engine.client,
    [...cases].flatMap(([service_name, came], index) =>
      came.map((number) =>
        numbered(processOf(NOW - 30 * 60_000, index), number, 20 * 60_000, { service_name }),
      ),
    ),
  )
  for (const { service, expected, missing, gaps } of (await ask()).services) {
    const came = cases.get(service) ?? []
    const lacking = range(1, Math.max(...came)).filter((number) => !came.includes(number))
    expect([service, expected, missing]).toEqual([service, Math.max(...came), lacking.length])
    const told = gaps.flatMap((gap: { first: number; last: number }) => range(gap.first, gap.last))
    if (gaps.length < 20) expect(told).toEqual(lacking)
  }
})

const DAY = 24 * HOUR
/** Numbers that come in their order, but for some that are lost or come up to two days later; when each came, by number. */
const history = fc
  .record({
    began: fc.integer({ min: 1, max: 5 * DAY }),
    waits: fc.array(fc.integer({ min: 0, max: 5 * HOUR }), { minLength: 1, maxLength: 60 }),
    fates: fc.array(fc.constantFrom('lost', 'late', 'soon', 'soon', 'soon', 'soon'), {
      ...{ minLength: 60, maxLength: 60 },
    }),
    delays: fc.array(fc.integer({ min: 0, max: 2 * DAY }), { minLength: 60, maxLength: 60 }),
    known: fc.boolean(),
  })
  .map(({ began, waits, fates, delays, known }) => {
    let at = NOW - began
    const came = waits.flatMap((wait, index) => {
      at += wait
      const arrived = at + (fates[index] === 'late' ? (delays[index] ?? 0) : 0)
      return fates[index] === 'lost' || arrived > NOW ? [] : [{ number: index + 1, ended: at, arrived }]
    })
    // a process that is older than what is looked at: it is not known where it began
    return { began: known ? NOW - began : NOW - 30 * DAY, came }
  })

test('rollups of days and hours say of any range what the spans would', async () => {
  const histories = fc.sample(history, 60)
  await replaceRows(
    engine.client,
    histories.flatMap(({ began, came }, index) =>
      came.map(({ number, ended, arrived }) =>
        numbered(
          processOf(began, index),
          number,
          NOW - arrived,
          { service_name: `service-${index}` },
          arrived - ended,
        ),
      ),
    ),
  )
  const dayOf = (ms: number) => ms - (ms % DAY)
  const ends = fc.integer({ min: 0, max: 5 * DAY })
  const ranges = fc.sample(fc.tuple(ends, ends, fc.constantFrom(1, 60_000, HOUR, DAY)), 12)
  for (const [one, other, unit] of ranges) {
    const whole = (ms: number) => ms - (ms % unit)
    const [from = 0, to = 0] = [whole(NOW - one), whole(NOW - other)].sort((a, b) => a - b)
    if (from === to) continue
    const end = Math.min(to, NOW - 60_000)
    const since = from - Math.min(DAY, Math.max(HOUR, end - from))
    const due = histories.flatMap(({ began, came }, index) => {
      const within = came.filter(({ arrived }) => arrived >= from && arrived < end)
      const numbers = within.map(({ number }) => number)
      const before = came.filter(({ arrived }) => arrived >= dayOf(since) && arrived < from)
      const known = Math.max(0, ...before.map(({ number }) => number))
      const low = known > 0 ? known + 1 : began >= since ? 1 : Math.min(...numbers)
      const high = Math.max(...numbers)
      if (numbers.length === 0 || high < low) return []
      const there = came.filter(
        ({ number, arrived }) =>
          number >= low && number <= high && arrived >= dayOf(since) && arrived < dayOf(end + DAY) + DAY,
      )
      return [[`service-${index}`, high - low + 1, there.length]]
    })
    const { services } = await ask(
      `period=custom&startDate=${new Date(from).toISOString()}&endDate=${new Date(to).toISOString()}`,
    )
    const told = services.filter(({ expected }: { expected: number }) => expected > 0)
    expect(
      told.map((row: Record<string, unknown>) => [row.service, row.expected, row.received]).sort(),
    ).toEqual(due.sort())
  }
})

test('gaps are looked for among the last million numbers, and counted among all', async () => {
  const process = processOf(NOW - 30 * 60_000)
  await replaceRows(
    engine.client,
    [1, 2, 2_000_000].map((number) => numbered(process, number, 20 * 60_000)),
  )
  const { services } = await ask()
  expect(services).toMatchObject([{ expected: 2_000_000, received: 3, missing: 1_999_997 }])
  expect(services[0].gaps).toMatchObject([{ first: 1_000_000, last: 1_999_999 }])
})

test('spans that came again are counted by who sent them, also after a restart', async () => {
  await replaceRows(engine.client, [])
  const repeats = new Repeats()
  const decoders = new Decoders()
  const memory = new SpanMemory({ maxSpans: 1000, windowMs: 60_000 })
  const body = protobuf([
    span({ id: 1 }),
    span({ id: 2 }),
    span({ id: 3, resource: { 'service.name': 'b' } }),
  ])
  const frame = { kind: 'protobuf', body, receivedAt: NOW + 86_400_000 * 200 } as const
  for (const expected of [0, 3]) {
    const { duplicates } = decodeInto(new SpanBlock(1n), frame, decoders, memory, repeats)
    expect(duplicates).toBe(expected)
  }
  const again = decodeInto(new SpanBlock(1n), { ...frame, tenant: 'of-token' }, decoders, memory, repeats)
  expect(again.duplicates).toBe(3)
  let broken = true
  const insert = async (...given: Parameters<typeof engine.client.insert>) => {
    if (broken) throw new Error('the store is away')
    return engine.client.insert(...given)
  }
  const record = createRepeatRecorder({ insert } as never, repeats)
  const now = Date.now()
  await expect(record(now - 30 * 60_000)).rejects.toThrow('away')
  broken = false
  await record(now - 30 * 60_000)
  await record(now - 30 * 60_000)
  const restarted = createApi({ reader: engine.reader, now: () => new Date(now) })
  const { total, services } = await ask('period=last_hour', restarted)
  expect(total.duplicates).toBe(6)
  expect(
    services.map((row: Record<string, unknown>) => [row.tenant_id, row.service, row.duplicates]),
  ).toEqual([
    ['acme', 'b', 1],
    ['acme', 'chat-api', 2],
    ['of-token', 'b', 1],
    ['of-token', 'chat-api', 2],
  ])
})
