/** What the panels of the Overview say, against the rows themselves. */
import { describe, expect, it } from 'vitest'
import { earlier, frameOfPanel, useSeeded } from './panel-frames.ts'
import { column, contextOf, DAY, exact, HOUR, inRange, rows, sumOf, value } from './panel-store.ts'
import { type SeedRow, totalCost } from './seed.ts'

useSeeded()

const ranges = { '1h': HOUR, '24h': DAY, '30d': 30 * DAY, 'zero width': 0 }

describe('what the panels say is right', () => {
  it.each(Object.entries(ranges))(
    'spend of %s is the exact sum of its calls, in total and in every breakdown',
    async (_, width) => {
      const want = exact(totalCost(inRange(width)))
      expect(exact(value(await frameOfPanel(1, width), 'spend'))).toBe(want)
      for (const id of [5, 6, 16, 17, 18])
        expect(sumOf(await frameOfPanel(id, width)), `panel ${id}`).toBe(want)
    },
  )

  it.each([
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Asia/Kathmandu',
    'Australia/Lord_Howe',
    'utc',
  ])('the days of 30 days in %s begin at its midnight and add up', async (timezone) => {
    const frame = await frameOfPanel(5, 30 * DAY, { timezone })
    expect(sumOf(frame)).toBe(exact(totalCost(inRange(30 * DAY))))
    const clock = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    expect(new Set(frame.fields[0]?.values.map((at) => clock.format(Number(at))))).toEqual(new Set(['00:00']))
  })

  it('spend of filtered calls is the sum of those calls', async () => {
    const variables = {
      ...contextOf({}, 0).variables,
      provider: ['anthropic', 'google'],
      service: ['worker'],
    }
    const want = inRange(30 * DAY).filter(
      (row) => ['anthropic', 'google'].includes(String(row.provider)) && row.service_name === 'worker',
    )
    const frame = await frameOfPanel(1, 30 * DAY, { variables })
    expect(exact(value(frame, 'spend'))).toBe(exact(totalCost(want)))
  })

  it('the period before is as long, ends where the range begins, and is compared with it', async () => {
    const before = earlier(5 * DAY)
    const change = Number(totalCost(inRange(5 * DAY))) / Number(totalCost(before)) - 1
    expect(Number(value(await frameOfPanel(1, 5 * DAY), 'change'))).toBeCloseTo(change, 9)
  })

  it('this month and today are those of the zone', async () => {
    const timezone = 'Pacific/Auckland'
    const local = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' })
    const day = local.format(Date.now())
    const dated = (row: SeedRow) => local.format(Date.parse(`${row.start_time.replace(' ', 'T')}Z`))
    const month = rows.filter((row) => dated(row).slice(0, 7) === day.slice(0, 7))
    expect(exact(value(await frameOfPanel(4, HOUR, { timezone }), 'spend'))).toBe(exact(totalCost(month)))
    expect(exact(value(await frameOfPanel(3, HOUR, { timezone }), 'spend'))).toBe(
      exact(totalCost(rows.filter((row) => dated(row) === day))),
    )
  })

  it('requests, errors, tokens and shares are counts of the calls', async () => {
    const calls = inRange(30 * DAY)
    const count = (test: (row: SeedRow) => boolean) => calls.filter(test).length
    const failed = count((row) => row.unpriced_reason === 'failed')
    const unpriced = count((row) => row.cost === null) - failed
    const uncertain = count((row) => row.usage_source !== 'provider') - failed
    const sum = (...names: string[]) =>
      calls.reduce((total, row) => total + names.reduce((each, name) => each + Number(row[name] ?? 0), 0), 0)
    const input = sum('input_uncached_tokens', 'cache_read_tokens')
    expect(value(await frameOfPanel(7, 30 * DAY), 'requests')).toBe(calls.length)
    expect(value(await frameOfPanel(8, 30 * DAY), 'errors')).toBe(count((row) => row.status === 'error'))
    expect(value(await frameOfPanel(8, 30 * DAY), 'error_rate')).toBeCloseTo(failed / calls.length, 12)
    expect(value(await frameOfPanel(11, 30 * DAY), 'tokens')).toBe(
      input + sum('output_text_tokens', 'reasoning_tokens'),
    )
    expect(value(await frameOfPanel(11, 30 * DAY), 'cached')).toBeCloseTo(
      sum('cache_read_tokens') / input,
      12,
    )
    expect(value(await frameOfPanel(12, 30 * DAY), 'unpriced')).toBeCloseTo(
      unpriced / (calls.length - failed),
      12,
    )
    expect(value(await frameOfPanel(12, 30 * DAY), 'uncertain')).toBeCloseTo(
      uncertain / (calls.length - failed),
      12,
    )
    const sources = (await frameOfPanel(19, 30 * DAY)).fields[1]?.values ?? []
    expect(sources.reduce<number>((total, each) => total + Number(each), 0)).toBe(calls.length)
    const reasons = column(await frameOfPanel(7, 30 * DAY, {}, 'quality'), 'requests')
    expect(reasons.length).toBeLessThan(20)
    expect(reasons.reduce<number>((total, each) => total + Number(each), 0)).toBe(unpriced)
    expect(column(await frameOfPanel(21, 30 * DAY), 'requests')).toEqual(reasons.slice(0, 10))
  })

  it('requests over time add up to the requests', async () => {
    const [, succeeded, failed] = (await frameOfPanel(13, 30 * DAY)).fields
    const total = [...(succeeded?.values ?? []), ...(failed?.values ?? [])].reduce<number>(
      (sum, each) => sum + Number(each),
      0,
    )
    expect(total).toBe(inRange(30 * DAY).length)
  })

  it('percentiles are near those of the calls, with and without the rollup', async () => {
    const sorted = inRange(30 * DAY)
      .map((row) => Number(row.duration_ns) / 1e9)
      .sort((a, b) => a - b)
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0
    const all = contextOf({}, 0).variables
    const services = [...new Set(rows.map((row) => String(row.service_name)))]
    for (const variables of [all, { ...all, service: services }]) {
      expect(
        Math.abs(Number(value(await frameOfPanel(9, 30 * DAY, { variables }), 'latency_p50')) / median - 1),
      ).toBeLessThan(0.03)
    }
  })

  it('tables list the most expensive first', async () => {
    const dearest = [...inRange(30 * DAY)].sort((a, b) => Number(exact(b.cost ?? 0) - exact(a.cost ?? 0)))[0]
    const table = await frameOfPanel(22, 30 * DAY)
    expect(exact(value(table, 'cost'))).toBe(exact(dearest?.cost))
    expect(value(table, 'time')).toBe(Date.parse(`${dearest?.start_time.replace(' ', 'T')}Z`))
    const conversations = new Map<string, bigint>()
    for (const row of inRange(30 * DAY)) {
      if (row.conversation_id === '') continue
      const key = `${row.tenant_id} ${row.conversation_id}`
      conversations.set(key, (conversations.get(key) ?? 0n) + exact(row.cost ?? 0))
    }
    const want = [...conversations.values()].sort((a, b) => Number(b - a)).slice(0, 10)
    expect(
      (await frameOfPanel(20, 30 * DAY)).fields.find(({ name }) => name === 'cost')?.values.map(exact),
    ).toEqual(want)
  })
})
