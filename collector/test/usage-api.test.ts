/** The usage endpoints over HTTP semantics and a real engine: comparison, series, entries, prices, files. */

import { startTestClickhouse, type TestClickhouse } from '@spanmeter/clickhouse/testing'
import { rate } from '@spanmeter/middleware/pricing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApi } from '../src/api/app.ts'
import { call, replaceRows } from './span-rows.ts'

const NOW = new Date('2026-03-11T15:30:00Z')
let engine: TestClickhouse
let app: ReturnType<typeof createApi>
beforeAll(async () => {
  engine = await startTestClickhouse()
  app = createApi({ reader: engine.reader, now: () => NOW, report: console.error })
  await replaceRows(engine.client, [
    call('2026-02-11T15:00:00Z', { cost: '2' }),
    // The same day of last month, but later than now: not yet to be compared with.
    call('2026-02-11T16:00:00Z', { cost: '100' }),
    call('2026-03-01T00:00:00Z', { cost: '1.5', model: 'a', user_id: 'u1' }),
    call('2026-03-11T10:00:00Z', { cost: '1', model: 'b', user_id: '=cmd()', agent_name: 'Bob' }),
    call('2026-03-11T10:20:00Z', { cost: '0.5', model: 'c', status: 'error' }),
    call('2026-03-11T10:40:00Z', { cost: null, unpriced_reason: 'unknown_model', model: 'd' }),
  ])
})
afterAll(() => engine?.close())

// biome-ignore lint/suspicious/noExplicitAny: the answers are checked against their schemas elsewhere
async function ask(path: string, status = 200): Promise<any> {
  const response = await app.request(`/api/v1/${path}`)
  const body = await response.json()
  expect([response.status, body.detail]).toEqual([status, body.detail])
  return body
}

describe('summary', () => {
  test('a running month is compared with the same part of the month before', async () => {
    const body = await ask('usage/summary?period=month')
    expect(body.total).toMatchObject({ calls: 4, errors: 1, cost_exact: '3', unpriced_calls: 1 })
    expect(body.total.cost_per_call_exact).toBe('0.75')
    expect(body.previous).toMatchObject({
      start: '2026-02-01T00:00:00.000Z',
      end: '2026-02-11T15:30:00.000Z',
      cost_exact: '2',
      calls: 1,
    })
    expect(body.change.cost).toEqual({ absolute: 1, absolute_exact: '1', ratio: 0.5 })
  })

  test.each([
    ['yesterday', '2026-03-10', '2026-03-11', '2026-03-09'],
    ['last_week', '2026-03-02', '2026-03-09', '2026-02-23'],
    ['last_month', '2026-02-01', '2026-03-01', '2026-01-01'],
    ['last_year', '2025-01-01', '2026-01-01', '2024-01-01'],
  ])('%s is whole, and so is what it is compared with', async (period, start, end, before) => {
    const body = await ask(`usage/summary?period=${period}`)
    const at = (date: string): string => `${date}T00:00:00.000Z`
    expect([body.period.start, body.period.end]).toEqual([at(start), at(end)])
    expect([body.previous.start, body.previous.end]).toEqual([at(before), at(start)])
  })

  test('rolling periods end now, and a ratio to nothing is null', async () => {
    const body = await ask('usage/summary?period=last_24h')
    expect([body.period.start, body.period.end]).toEqual([
      '2026-03-10T15:30:00.000Z',
      '2026-03-11T15:30:00.000Z',
    ])
    expect(body.change.cost.ratio).toBe(null)
  })

  test('days are compared with as many days, across a change of clocks', async () => {
    const range = 'startDate=2026-03-29&endDate=2026-03-30&timezone=Europe/Berlin'
    const { period, previous } = await ask(`usage/summary?${range}`)
    expect([period.start, period.end]).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'])
    expect([previous.start, previous.end]).toEqual(['2026-03-27T23:00:00.000Z', '2026-03-28T23:00:00.000Z'])
  })
})

describe('series', () => {
  test('every bucket is there, in the zone', async () => {
    const range = 'startDate=2026-03-11T09:00:00Z&endDate=2026-03-11T12:00:00Z'
    const body = await ask(`usage/series?interval=hour&${range}&timezone=Asia/Kolkata`)
    expect(body.series[0].points.map((p: { label: string; calls: number }) => [p.label, p.calls])).toEqual([
      ['2026-03-11T14:30+05:30', 0],
      ['2026-03-11T15:00+05:30', 2],
      ['2026-03-11T16:00+05:30', 1],
      ['2026-03-11T17:00+05:30', 0],
    ])
  })

  test('by a dimension: the largest, then other, each in every bucket', async () => {
    const body = await ask('usage/series?period=month&by=model&limit=2&interval=week')
    expect(body.series.map((entry: { name: string }) => entry.name)).toEqual(['a', 'b', 'other'])
    expect(body.series.map((entry: { total: { cost_exact: string } }) => entry.total.cost_exact)).toEqual([
      '1.5',
      '1',
      '0.5',
    ])
    for (const entry of body.series) expect(entry.points.length).toBe(3)
  })

  test('too many pieces are refused with a reason', async () => {
    const body = await ask('usage/series?period=year&interval=minute', 400)
    expect(body.errors).toEqual([{ name: 'interval', detail: expect.stringContaining('more than 2000') }])
    const points = await ask('usage/series?period=last_24h&interval=minute&by=model&limit=50', 400)
    expect(points.errors[0].name).toBe('limit')
  })
})

describe('breakdown and trends', () => {
  test('the key of an entry asks for it alone', async () => {
    const body = await ask('usage/breakdown?by=user&period=month')
    expect(body.entries.map((entry: { key: unknown }) => entry.key)).toEqual([
      { tenant_id: 'acme', user_id: 'u1' },
      { tenant_id: 'acme', user_id: '=cmd()' },
      { tenant_id: 'acme', user_id: null },
    ])
    expect(body.entries.map((entry: { cost_share: number }) => entry.cost_share)).toEqual([
      1.5 / 3,
      1 / 3,
      0.5 / 3,
    ])
    const alone = await ask('usage/summary?period=month&tenant_id=acme&user_id=u1')
    expect(alone.total.cost_exact).toBe('1.5')
  })

  test('an agent without an id is known by its name; by is required', async () => {
    const body = await ask('usage/top?by=agent&period=month&limit=1')
    expect(
      body.entries.map((entry: { name: string; members: number }) => [entry.name, entry.members]),
    ).toEqual([
      [null, 1],
      ['other', 1],
    ])
    expect((await ask('usage/top', 400)).errors[0].name).toBe('by')
  })

  test('trends: complete months and the running one', async () => {
    const body = await ask('usage/trends?range=3m&metric=calls')
    expect(
      body.months.map((m: { month: string; value: number; complete: boolean }) => [
        m.month,
        m.value,
        m.complete,
      ]),
    ).toEqual([
      ['2025-12', 0, true],
      ['2026-01', 0, true],
      ['2026-02', 2, true],
      ['2026-03', 4, false],
    ])
    expect(body.trend).toBe(null)
  })
})

describe('files', () => {
  const file = async (path: string, accept = '*/*'): Promise<[string | null, string | null, string]> => {
    const response = await app.request(`/api/v1/${path}`, { headers: { accept } })
    return [
      response.headers.get('content-type'),
      response.headers.get('content-disposition'),
      await response.text(),
    ]
  }

  test('CSV of a series in the layout of the billing page', async () => {
    const range = 'startDate=2026-03-10&endDate=2026-03-12'
    const [type, disposition, text] = await file(
      `usage/series?${range}&interval=day&format=csv&columns=billing`,
    )
    expect([type, disposition]).toEqual([
      'text/csv; charset=utf-8',
      'attachment; filename="billing-custom.csv"',
    ])
    expect(text).toBe('Date,Tokens,Cost\r\n2026-03-10,0,0\r\n2026-03-11,330,1.5\r\n')
  })

  test('no cell is a formula, whoever chose the name', async () => {
    const [, , text] = await file('usage/breakdown?by=user&period=month', 'text/csv')
    expect(text).toContain("acme,'=cmd(),'=cmd(),")
    expect(text).not.toMatch(/(^|,|")[=+@]/m)
  })

  test('JSON lines of events are the events', async () => {
    const [, , text] = await file('usage/events?period=month&format=jsonl')
    const { events } = await ask('usage/events?period=month')
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events)
  })
})

test('events by offset are the same list', async () => {
  const all = await ask('usage/events?period=year&sort=timestamp')
  const page = await ask('usage/events?period=year&sort=timestamp&limit=2&offset=3')
  expect(page.events).toEqual(all.events.slice(3, 5))
  expect((await ask(`usage/events?offset=3&cursor=${page.next_cursor}`, 400)).errors[0].name).toMatch(
    /cursor|offset/,
  )
})

describe('the price of one call', () => {
  const at = new Date('2026-03-05T10:00:00Z')
  const usage = { input: 1200, cacheRead: 800, output: 350 }
  const rating = rate({ provider: 'openai', models: ['gpt-4o-mini'], usage, at })
  const row = {
    input_uncached_tokens: 400,
    cache_read_tokens: 800,
    output_text_tokens: 350,
    cost: rating.cost,
    price_version: rating.cost === null ? '' : rating.priceVersion,
  }
  const priced = async (fields: Record<string, unknown>) => {
    const event = call(at.toISOString(), { ...row, ...fields })
    await replaceRows(engine.client, [event])
    return await ask(
      `usage/events/${event.trace_id}/${event.span_id}?timestamp=2026-03-05T10:00:00.000000000Z`,
    )
  }

  test('is its buckets times unit prices', async () => {
    const { event, price } = await priced({})
    expect(event.cost_exact).toBe(rating.cost)
    expect(price).toMatchObject({ state: 'explained', difference_exact: '0', parts_total_exact: rating.cost })
    expect(
      price.parts.map((part: { billed: string; quantity: number }) => [part.billed, part.quantity]),
    ).toEqual([
      ['input_uncached_tokens', 400],
      ['cache_read_tokens', 800],
      ['output_text_tokens', 350],
    ])
  })

  test.each([
    [{ cost: '0.5', cost_source: 'provider' }, 'billed_by_provider'],
    [{ cost: '0.5' }, 'differs'],
    [{ request_model: 'mystery', model: 'mystery' }, 'unexplained'],
    [{ cost: null, unpriced_reason: 'unknown_model', request_model: 'x', model: 'x' }, 'unpriced'],
    [{ service_tier: 'flex' }, 'differs'],
  ])('%j is %s', async (fields, state) => {
    expect((await priced(fields)).price.state).toBe(state)
  })

  test('a call that is not there is 404', async () => {
    const body = await ask('usage/events/00/11', 404)
    expect(body.detail).toContain('cannot find call 00-11')
  })

  test('list prices', async () => {
    const { prices } = await ask('pricing?provider=openai&model=gpt-4o-mini')
    expect(prices[0]).toMatchObject({ billed: 'input_uncached_tokens', price_per_million: 0.15 })
    expect((await ask('pricing?provider=openai&model=mystery', 404)).detail).toContain('mystery')
  })
})
